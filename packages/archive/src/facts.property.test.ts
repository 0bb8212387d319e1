import { formatSeq, statusOf } from '@message-push/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  describeFacts,
  type Facts,
  factsOfReceipt,
  HOP_EXPIRED,
  HOP_STATUSES,
  HOP_TIMES,
  hopOf,
  mergeFacts,
  packMarks,
  unpackMarks,
} from './facts.ts';

const time = fc.integer({ min: 1_790_000_000_000, max: 1_790_000_000_004 });
const mark = fc.constantFrom('a', 'b');
const receipts = fc.array(
  fc.record(
    {
      ...{ message_id: fc.constant('m'), app: fc.constant('a'), uid: fc.constant('1') },
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
      ring_version: fc.integer({ min: 1, max: 3 }),
      seq: fc.nat(3).map((offset) => formatSeq({ generation: 0, offset, index: 0 })),
    },
    { requiredKeys: ['message_id', 'app', 'uid'] },
  ),
  { minLength: 1, maxLength: 6 },
);

function merged(parts: Facts[]): Facts {
  const [first, ...rest] = structuredClone(parts);
  if (first === undefined) throw new Error('nothing to merge');
  for (const part of rest) mergeFacts(first, part);
  return first;
}

test('facts merge to the same whatever their order, grouping and repetition', () => {
  fc.assert(
    fc.property(receipts, fc.array(fc.nat()), fc.nat(), (list, keys, cut) => {
      const parts = list.map(factsOfReceipt);
      const whole = merged(parts);
      const shuffled = parts.map((part, n) => ({ part, key: keys[n] ?? 0 })).sort((a, b) => a.key - b.key);
      const others = shuffled.map(({ part }) => part);
      const at = 1 + (cut % others.length);
      const left = merged(others.slice(0, at));
      left.marks = unpackMarks(packMarks(left.marks));
      expect(describeFacts(merged([left, ...others.slice(at - 1), ...others]))).toEqual(describeFacts(whole));
      expect(mergeFacts(whole, left), 'nothing new').toBe(false);
    }),
    { numRuns: 2000 },
  );
});

test('of contradicting receipts the earliest of the furthest hop tells the session', () => {
  const base = { message_id: 'm', app: 'a', uid: '1' };
  const whole = merged(
    [
      { ...base, routed_at: 1, node: 'n1', ring_version: 7 },
      { ...base, written_at: 9, node: 'n3', gateway: 'g3', session_id: 's3' },
      { ...base, written_at: 5, node: 'n2', gateway: 'g2', session_id: 's2' },
    ].map(factsOfReceipt),
  );
  expect(describeFacts(whole)).toEqual({
    ...{ routed_at: 1, written_at: 5, node: 'n2', gateway: 'g2', session_id: 's2', ring_version: 7 },
  });
});

test('the hop of the times is the status that protocol computes', () => {
  const maybe = fc.option(time, { nil: undefined });
  fc.assert(
    fc.property(fc.tuple(...HOP_TIMES.map(() => maybe)), maybe, time, (times, expires_at, now) => {
      const hop = hopOf(times.map((value) => value ?? null));
      const over = hop < HOP_EXPIRED && expires_at !== undefined && expires_at < now;
      const named = Object.fromEntries(HOP_TIMES.map((name, n) => [name, times[n]]));
      expect(HOP_STATUSES[over ? HOP_EXPIRED : hop]).toBe(statusOf({ ...named, expires_at } as never, now)); // undefined = absent
    }),
    { numRuns: 2000 },
  );
});
