// A consumer over embedded stores and real HTTP: everything accepted is appended, posted in order, settled, and in the history.
import { deadLetterJson, envelopeJson, partitionOf } from '@message-push/protocol';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import {
  openStores,
  PARTITIONS,
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
  stores = await openStores(undo, { entriesMax: 3 });
  node = await new StubNode('node-1').listen(undo);
  await setRing(stores.state, [node]);
});
afterEach(async () => {
  vi.restoreAllMocks();
  await undo.run();
});

const soon = <T>(check: () => T) => vi.waitFor(check, { timeout: 8000, interval: 10 });
const committed = () => soon(async () => expect(await uncommitted(stores.bus)).toBe(0));

async function inbox(uid: string): Promise<string[]> {
  const request = { scope: 'p:h5', platform: 'h5', after: '0'.repeat(22), bytesMax: 1e6 };
  const { entries } = await stores.state.inboxes.pull({ app: 'demo', uid }, request);
  return entries.map(({ message }) => message.content);
}

test('a push is appended, posted to the node of its receiver, committed, and written to the history', async () => {
  await node.bind(stores.state, 'u1');
  await startConsumer(undo, stores);
  const [push] = await publish(stores.bus, pushTo(['u1'], 'hello'));
  await soon(() => expect(node.contents('u1')).toEqual(['hello']));
  expect(await inbox('u1')).toEqual(['hello']);
  await committed();
  await soon(async () => expect(await stores.archive.push(push?.message_id ?? '')).toMatchObject({ accepted: 1 }));
});

test('order per uid is kept over records, batches and a node that fails in between', async () => {
  await node.bind(stores.state, 'u1');
  const consumer = await startConsumer(undo, stores, { CONSUMER_POST_ENTRIES_MAX: '2' });
  const contents = Array.from({ length: 20 }, (_, i) => `m${i}`);
  const [first = [], second = []] = [contents.slice(0, 10), contents.slice(10)];
  await publish(stores.bus, ...first.map((content) => pushTo(['u1'], content)));
  node.mode = 'broken';
  await publish(stores.bus, ...second.map((content) => pushTo(['u1'], content)));
  await soon(async () => expect(await consumer.metric('post_failures_total')).toBeGreaterThan(0));
  node.mode = 'answer';
  await soon(() => expect(node.contents('u1')).toHaveLength(20));
  expect(node.contents('u1')).toEqual(contents);
  await committed();
});

test('nobody bound: the message waits in the inbox, nothing is posted, and a receipt says offline', async () => {
  await startConsumer(undo, stores);
  const [push] = await publish(stores.bus, pushTo(['absent'], 'later'));
  await committed();
  expect(await inbox('absent')).toEqual(['later']);
  expect(node.posts).toEqual([]);
  const receipts = await receiptsOn(stores.bus);
  expect(receipts).toMatchObject([{ message_id: push?.message_id, uid: 'absent', offline_at: expect.any(Number) }]);
  await soon(async () => {
    const { items } = await stores.archive.deliveries(push?.message_id ?? '', { limit: 10 });
    expect(items).toMatchObject([{ uid: 'absent', status: 'offline' }]);
  });
});

test('a node that has nobody of the uid any more counts as offline', async () => {
  node.mode = 'nobody';
  await node.bind(stores.state, 'u1');
  await startConsumer(undo, stores);
  await publish(stores.bus, pushTo(['u1'], 'x'));
  await committed();
  expect(await receiptsOn(stores.bus)).toMatchObject([{ uid: 'u1', offline_at: expect.any(Number) }]);
});

test('a message for many is named once in a post, with the filters of each receiver', async () => {
  for (const uid of ['a', 'b', 'c']) await node.bind(stores.state, uid);
  await startConsumer(undo, stores);
  await publish(stores.bus, pushTo(['a', 'b', 'c'], 'all', { platforms: ['h5'], devices: { b: ['phone'] } }));
  await soon(() => expect(node.posts.flatMap((post) => post.deliveries)).toHaveLength(3));
  const { messages, deliveries } = node.posts[0] ?? { messages: [], deliveries: [] };
  expect(messages).toMatchObject([{ platforms: ['h5'], message: { content: 'all' } }]);
  expect(deliveries.map(({ uid, device_ids }) => [uid, device_ids])).toEqual([
    ['a', undefined],
    ['b', ['phone']],
    ['c', undefined],
  ]);
});

test('what was evicted from a full inbox is reported as such', async () => {
  await startConsumer(undo, stores);
  const pushes = await publish(stores.bus, ...['1', '2', '3', '4'].map((content) => pushTo(['u1'], content)));
  await committed();
  const evicted = (await receiptsOn(stores.bus)).filter(({ evicted_at }) => evicted_at !== undefined);
  expect(evicted).toMatchObject([{ message_id: pushes[0]?.message_id, uid: 'u1', reason: 'inbox full' }]);
});

test('a push whose time was over before it was read is neither stored nor posted, and reported', async () => {
  await node.bind(stores.state, 'u1');
  await startConsumer(undo, stores);
  await publish(stores.bus, pushTo(['u1'], 'old', { c_time: Date.now() - 61_000 }));
  await committed();
  expect(await inbox('u1')).toEqual([]);
  expect(node.posts).toEqual([]);
  expect(await receiptsOn(stores.bus)).toMatchObject([{ evicted_at: expect.any(Number) }]);
});

test('online-only: posted to who is bound, never stored, and dropped by a consumer that begins later', async () => {
  await node.bind(stores.state, 'u1');
  await publish(stores.bus, pushTo(['u1'], 'before', { ttl_s: 0 }));
  await startConsumer(undo, stores);
  await committed();
  await publish(stores.bus, pushTo(['u1'], 'now', { ttl_s: 0 }), pushTo(['nobody'], 'now', { ttl_s: 0 }));
  await soon(() => expect(node.contents('u1')).toEqual(['now']));
  expect(node.deliveries('u1')[0]?.message.online_only).toBe(true);
  await committed();
  expect(await inbox('u1')).toEqual([]);
  expect(await receiptsOn(stores.bus)).toMatchObject([{ uid: 'nobody', reason: 'nobody was online' }]);
});

test('an unreadable record or push goes to the dead letters with its reason, and the others go on', async () => {
  await node.bind(stores.state, 'u1');
  await startConsumer(undo, stores);
  const partition = partitionOf('demo', 'u1', PARTITIONS);
  const bad = { ...pushTo(['u1'], 'x'), message: 7 };
  const envelope = JSON.stringify({ v: 1, pushes: [bad, pushTo(['u1'], 'good')] });
  await stores.bus.publish('pushes', [
    { partition, value: Buffer.from('no json') },
    { partition, value: Buffer.from(envelope) },
  ]);
  await soon(() => expect(node.contents('u1')).toEqual(['good']));
  await committed();
  const letters = [];
  for (const offset of [0, 1]) letters.push(await stores.bus.read('dead', 0, offset));
  expect(letters.map((letter) => deadLetterJson.decode(letter?.value ?? ''))).toMatchObject([
    {
      partition,
      offset: 0,
      reason: 'the push cannot be read: envelope is not JSON',
      raw: Buffer.from('no json').toString('base64'),
    },
    { partition, offset: 1, index: 0, reason: expect.stringContaining('message') },
  ]);
  const dead = (await receiptsOn(stores.bus)).filter(({ dead_at }) => dead_at !== undefined);
  expect(dead).toMatchObject([{ message_id: bad.message_id, uid: 'u1', reason: 'the push cannot be read' }]);
});

test('a push that was published twice after an unknown outcome is delivered once', async () => {
  await node.bind(stores.state, 'u1');
  await startConsumer(undo, stores);
  const push = pushTo(['u1'], 'once');
  await publish(stores.bus, push, { ...push, again: true }, pushTo(['u1'], 'end'));
  await soon(() => expect(node.contents('u1')).toContain('end'));
  expect(node.contents('u1')).toEqual(['once', 'end']);
});

test('a record with pushes for several uids is settled only when the last of them is', async () => {
  const silent = await new StubNode('node-2').listen(undo);
  await setRing(stores.state, [node, silent]);
  await node.bind(stores.state, 'a');
  await silent.bind(stores.state, 'b');
  silent.mode = 'silent';
  await startConsumer(undo, stores, { CONSUMER_POST_TIMEOUT_MS: '200' });
  const partition = partitionOf('demo', 'a', PARTITIONS);
  const pushes = [pushTo(['a'], 'x'), pushTo(['b'], 'y')];
  await stores.bus.publish('pushes', [{ partition, value: envelopeJson.encode({ v: 1, pushes }) }]);
  await soon(() => expect(node.contents('a')).toEqual(['x']));
  expect(await uncommitted(stores.bus)).toBe(1);
  silent.mode = 'answer';
  await committed();
  expect(silent.contents('b')).toEqual(['y']);
});

test('health, readiness and metrics are served', async () => {
  const { address } = await startConsumer(undo, stores);
  const answers = await Promise.all(
    ['/healthz', '/readyz', '/metrics', '/x'].map((path) => fetch(`http://${address}${path}`)),
  );
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 404]);
  expect(await answers[2]?.text()).toContain('mp_consumer_oldest_unsettled_ms');
});
