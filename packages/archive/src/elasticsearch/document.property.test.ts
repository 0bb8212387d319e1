import { formatSeq, messageIdAt, type Receipt } from '@message-push/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Builder, START } from '../conformance-world.ts';
import { describeFacts, type Facts, factsOfPush, factsOfReceipt, HOP_STATUSES, hopOf, mergeFacts } from '../facts.ts';
import {
  blankSheet,
  groupOf,
  groupsOf,
  readSource,
  type Sheet,
  stateOf,
  statusOfState,
  writeSource,
} from './document.ts';

const time = fc.integer({ min: START, max: START + 4 });
const mark = fc.constantFrom('a', 'b', '');
const uid = fc.oneof(fc.constantFrom('1', '__proto__', 'a:b', ''), fc.string({ unit: 'grapheme' }));
const receipts = fc.array(
  fc.record<Receipt>(
    {
      ...{ message_id: fc.constant('m'), app: fc.constant('a'), uid },
      ...{ offline_at: time, routed_at: time, evicted_at: time, dead_at: time, recalled_at: time },
      ...{
        written_at: time,
        acked_at: time,
        node: mark,
        gateway: mark,
        session_id: mark,
        platform: mark,
        reason: mark,
      },
      ring_version: fc.nat(2),
      seq: fc.nat(3).map((offset) => formatSeq({ generation: 0, offset, index: 0 })),
    },
    { requiredKeys: ['message_id', 'app', 'uid'] },
  ),
  { maxLength: 8 },
);

function told(sheet: Sheet, list: Receipt[]): Sheet {
  for (const receipt of list) {
    const facts = factsOfReceipt(receipt);
    const known = sheet.deliveries.get(receipt.uid);
    if (known) mergeFacts(known, facts);
    else sheet.deliveries.set(receipt.uid, facts);
  }
  return sheet;
}

test('what is stored of a push and its deliveries is read back whole, and what is told again changes nothing', () => {
  fc.assert(
    fc.property(receipts, fc.boolean(), (list, pushed) => {
      const push = new Builder().push({ uids: list.map((receipt) => receipt.uid), platforms: ['h5'] });
      const sheet = told(blankSheet(push.message_id, 0), list);
      if (pushed) {
        const { uids, partition: _p, offset: _o, seq: _s, queued_at: _q, ...record } = push;
        sheet.push = record;
        for (const name of uids) mergeFacts(sheet.deliveries.get(name) as Facts, factsOfPush(push)); // it was told above
      }
      const version = { seqNo: 3, primaryTerm: 1 };
      const read = blankSheet(push.message_id, 0);
      readSource(read, JSON.parse(writeSource(sheet)), version);
      expect([read.push, read.version]).toEqual([sheet.push, version]);
      expect([...read.deliveries.keys()]).toEqual([...sheet.deliveries.keys()]);
      for (const [name, facts] of sheet.deliveries) {
        const stored = read.deliveries.get(name);
        if (stored === undefined) throw new Error('it was among the keys');
        expect(describeFacts(stored)).toEqual(describeFacts(facts));
        expect(mergeFacts(stored, facts), 'nothing new').toBe(false);
      }
    }),
    { numRuns: 1000 },
  );
});

test('the state of a delivery keeps its hop, and whether it was routed', () => {
  fc.assert(
    fc.property(receipts, (list) => {
      for (const facts of told(blankSheet('m', 0), list).deliveries.values()) {
        const state = stateOf(facts);
        const { routed_at, written_at, acked_at } = describeFacts(facts);
        expect(state.hop).toBe(hopOf(facts.times));
        expect(state.routed).toBe((routed_at ?? written_at ?? acked_at) !== undefined);
        expect(statusOfState(state, false)).toBe(HOP_STATUSES[state.hop]);
      }
    }),
    { numRuns: 1000 },
  );
});

test('receivers spread over the documents of a push evenly, few of a bus partition share one', () => {
  const push = { ...new Builder().push(), accepted: 1000, message_id: messageIdAt(START, new Uint8Array(10)) };
  const groups = groupsOf(push);
  const sizes = new Map<number, number>();
  for (let n = 0; n < 1000; n++) {
    const group = groupOf(push, `user-${n}`, groups);
    sizes.set(group, (sizes.get(group) ?? 0) + 1);
  }
  expect([groups, sizes.size]).toEqual([32, 32]);
  expect(Math.max(...sizes.values())).toBeLessThan(64);
  expect([1, 32, 33, 64, 65].map((accepted) => groupsOf({ ...push, accepted }))).toEqual([1, 1, 2, 2, 4]);
});
