// A message that its sender took back is neither appended nor posted any more, and its receipts say so.
import type { MessageId } from '@message-push/protocol';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import {
  openStores,
  publish,
  pushTo,
  receiptsOn,
  type Stores,
  StubNode,
  setRing,
  startConsumer,
  Undo,
  uncommitted,
} from './fixture.ts';

const undo = new Undo();
let stores: Stores;
let node: StubNode;

beforeEach(async () => {
  stores = await openStores(undo);
  node = await new StubNode('node-1').listen(undo);
  await setRing(stores.state, [node]);
});
afterEach(() => undo.run());

const soon = <T>(check: () => T) => vi.waitFor(check, { timeout: 8000, interval: 10 });
const recall = async (...pushes: ({ message_id: MessageId } | undefined)[]) => {
  for (const push of pushes)
    await stores.state.revoke({ kind: 'message', app: 'demo', message_id: push?.message_id ?? '' });
};
const committed = () => soon(async () => expect(await uncommitted(stores.bus)).toBe(0));

test('recalled before it is read: not in the inbox, not posted, recorded as recalled; the others go on', async () => {
  await node.bind(stores.state, 'ann');
  const [before, push] = await publish(stores.bus, pushTo(['ann'], 'before'), pushTo(['ann', 'bob'], 'taken back'));
  const [once] = await publish(stores.bus, pushTo(['ann'], 'once', { ttl_s: 0 }));
  await recall(push, once);
  await publish(stores.bus, pushTo(['ann'], 'after'));
  await startConsumer(undo, stores, {});
  await committed();
  expect(node.contents('ann')).toEqual(['before', 'after']);
  const request = { scope: 'd:x', platform: 'h5', after: '0'.repeat(22), bytesMax: 1e6 };
  const { entries } = await stores.state.inboxes.pull({ app: 'demo', uid: 'bob' }, request);
  expect(entries).toEqual([]);
  const receipts = await receiptsOn(stores.bus);
  const of = (id: string | undefined) => receipts.filter(({ message_id }) => message_id === id);
  expect(of(push?.message_id).map(({ uid, recalled_at }) => [uid, typeof recalled_at])).toEqual([
    ['ann', 'number'],
    ['bob', 'number'],
  ]);
  expect(of(push?.message_id).some(({ offline_at }) => offline_at !== undefined)).toBe(false);
  expect(of(before?.message_id)).toEqual([]);
});

test('recalled while its post waits: it is not sent any more, and recorded as recalled', async () => {
  await node.bind(stores.state, 'ann');
  node.mode = 'broken';
  const consumer = await startConsumer(undo, stores, { CONSUMER_POST_ENTRIES_MAX: '2' });
  const contents = ['a', 'b', 'c', 'd', 'e'];
  const pushes = await publish(stores.bus, ...contents.map((content) => pushTo(['ann'], content)));
  await soon(async () => expect(await consumer.metric('post_failures_total')).toBeGreaterThan(0));
  await recall(pushes[0], pushes[2], pushes[3]);
  await soon(async () => expect(await consumer.metric('recalls_known')).toBe(3));
  node.mode = 'answer';
  await committed();
  expect(node.contents('ann')).toEqual(['b', 'e']);
  const facts = (await receiptsOn(stores.bus)).filter(({ recalled_at }) => recalled_at !== undefined);
  expect(new Set(facts.map(({ message_id }) => message_id))).toEqual(
    new Set([0, 2, 3].map((i) => pushes[i]?.message_id)),
  );
  expect(facts).toHaveLength(3);
});

test('sent to one of two nodes before it was recalled: it is recorded as recalled and goes to the other no more', async () => {
  const slow = await new StubNode('node-2').listen(undo);
  slow.mode = 'broken';
  await setRing(stores.state, [node, slow]);
  for (const one of [node, slow]) await one.bind(stores.state, 'ann');
  const consumer = await startConsumer(undo, stores, {});
  const [push] = await publish(stores.bus, pushTo(['ann'], 'x'));
  await soon(() => expect(node.contents('ann')).toEqual(['x']));
  await recall(push);
  await soon(async () => expect(await consumer.metric('recalls_known')).toBe(1));
  slow.mode = 'answer';
  await committed();
  expect(slow.contents('ann')).toEqual([]);
  expect(await receiptsOn(stores.bus)).toMatchObject([{ recalled_at: expect.any(Number) }]);
});
