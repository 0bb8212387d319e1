// A consumer when something goes away: a node, itself, state, the bus, the archive.
import { ApiError, deadLetterJson } from '@message-push/protocol';
import type { State } from '@message-push/state';
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
afterEach(async () => {
  vi.restoreAllMocks();
  await undo.run();
});

const soon = <T>(check: () => T) => vi.waitFor(check, { timeout: 8000, interval: 10 });
const IMPATIENT = { CONSUMER_POST_TIMEOUT_MS: '200' };
const committed = () => soon(async () => expect(await uncommitted(stores.bus)).toBe(0));

test('a node killed between append and post loses nothing: the entry waits, and is settled when the ring drops the node', async () => {
  await node.bind(stores.state, 'u1');
  node.kill();
  const consumer = await startConsumer(undo, stores);
  const [push] = await publish(stores.bus, pushTo(['u1'], 'kept'));
  await soon(async () => expect(await consumer.metric('post_failures_total')).toBeGreaterThan(2));
  expect(await uncommitted(stores.bus)).toBe(1);
  await setRing(stores.state, []);
  await committed();
  const receiver = { app: 'demo', uid: 'u1' };
  await soon(async () => expect(await stores.state.inboxes.binds([receiver])).toEqual([[]]));
  const request = { scope: 'p:h5', platform: 'h5', after: '0'.repeat(22), bytesMax: 1e6 };
  const { entries } = await stores.state.inboxes.pull(receiver, request);
  expect(entries).toMatchObject([{ message_id: push?.message_id }]);
});

test('a silent node delays nobody but its own receivers', async () => {
  const silent = await new StubNode('node-2').listen(undo);
  silent.mode = 'silent';
  await setRing(stores.state, [node, silent]);
  await node.bind(stores.state, 'a');
  await silent.bind(stores.state, 'b');
  await startConsumer(undo, stores, { CONSUMER_POST_TIMEOUT_MS: '5000' });
  for (let i = 0; i < 20; i++) await publish(stores.bus, pushTo(['b'], `b${i}`), pushTo(['a'], `a${i}`));
  await soon(() => expect(node.contents('a')).toHaveLength(20));
  expect(silent.posts).toEqual([]);
  await setRing(stores.state, [node]);
  await committed();
});

test('a node that came back as another incarnation is not waited for, and its old record goes', async () => {
  await node.bind(stores.state, 'u1');
  node.mode = 'gone';
  await startConsumer(undo, stores);
  await publish(stores.bus, pushTo(['u1'], 'x'));
  await committed();
  await soon(async () => expect(await stores.state.inboxes.binds([{ app: 'demo', uid: 'u1' }])).toEqual([[]]));
  expect(await receiptsOn(stores.bus)).toMatchObject([{ offline_at: expect.any(Number) }]);
});

test('a bind by a newer ring than the consumer knows makes it read the ring, not drop the node', async () => {
  await startConsumer(undo, stores);
  const late = await new StubNode('node-2').listen(undo);
  await setRing(stores.state, [node, late]);
  await late.bind(stores.state, 'u1');
  await publish(stores.bus, pushTo(['u1'], 'x'));
  await soon(() => expect(late.contents('u1')).toEqual(['x']));
});

test('a post that a node refuses for ever is left to the inbox', async () => {
  await node.bind(stores.state, 'u1');
  node.mode = 'refuse';
  const consumer = await startConsumer(undo, stores);
  await publish(stores.bus, pushTo(['u1'], 'x'));
  await committed();
  expect(await consumer.metric('posts_refused_total')).toBe(1);
});

test('a consumer that starts again posts what was not committed with the same sequence, and skips what was', async () => {
  await node.bind(stores.state, 'u1');
  const first = await startConsumer(undo, stores, IMPATIENT);
  await publish(stores.bus, pushTo(['u1'], 'done'));
  await committed();
  node.mode = 'silent';
  await publish(stores.bus, pushTo(['u1'], 'open'));
  await soon(async () => expect(await first.metric('post_failures_total')).toBeGreaterThan(0));
  await first.app.stop();
  node.mode = 'answer';
  await startConsumer(undo, stores);
  await committed();
  expect(node.contents('u1')).toEqual(['done', 'open']);
  const [done, open] = node.deliveries('u1');
  expect(open?.delivery.prev).toBe(done?.message.seq);
});

test('a new connection to state makes it read again from the committed offset, also when nothing new comes', async () => {
  let connection = 1;
  const state: State = { ...stores.state, lossWindowMs: 60_000, connection: () => connection };
  await node.bind(stores.state, 'u1');
  await startConsumer(undo, { ...stores, state });
  await publish(stores.bus, pushTo(['u1'], 'x'));
  await soon(() => expect(node.contents('u1')).toEqual(['x']));
  connection++;
  await soon(() => expect(node.contents('u1')).toEqual(['x', 'x']));
  const seqs = node.deliveries('u1').map(({ message }) => message.seq);
  expect(seqs[0]).toBe(seqs[1]);
});

test('nothing is committed before state has proved that it kept it', async () => {
  let now = Date.now();
  const ping = vi.fn(stores.state.ping);
  const state: State = { ...stores.state, ping, lossWindowMs: 5000 };
  await node.bind(stores.state, 'u1');
  await startConsumer(undo, { ...stores, state }, {}, { now: () => now });
  await publish(stores.bus, pushTo(['u1'], 'x'));
  await soon(() => expect(node.contents('u1')).toEqual(['x']));
  const before = ping.mock.calls.length;
  now += 4900;
  await soon(() => expect(ping.mock.calls.length).toBeGreaterThan(before));
  await Promise.all(ping.mock.results.map(({ value }) => value));
  expect(await uncommitted(stores.bus)).toBe(1);
  now += 1100;
  await committed();
});

test('while state is away nothing is dead-lettered, and everything goes on in order when it is back', async () => {
  await node.bind(stores.state, 'u1');
  const append = vi.spyOn(stores.state.inboxes, 'append').mockRejectedValue(new ApiError('STATE_UNAVAILABLE'));
  await startConsumer(undo, stores);
  await publish(stores.bus, pushTo(['u1'], '1'), pushTo(['u1'], '2'));
  await soon(() => expect(append.mock.calls.length).toBeGreaterThan(1));
  append.mockRestore();
  await soon(() => expect(node.contents('u1')).toEqual(['1', '2']));
  await committed();
  expect((await stores.bus.describe('dead')).ends.every((end) => end === 0)).toBe(true);
});

test('entries that state did not take come again, and what was carried out before is not carried out twice', async () => {
  await node.bind(stores.state, 'u1');
  const { append } = stores.state.inboxes;
  let failures = 0;
  vi.spyOn(stores.state.inboxes, 'append').mockImplementation(async (calls) => {
    if (calls[0]?.entry.message.content === '2' && failures++ === 0) throw new ApiError('STATE_UNAVAILABLE');
    return append(calls);
  });
  const pushes = ['1', '2', '3'].map((content) => pushTo(['u1'], content));
  await publish(stores.bus, ...pushes);
  await startConsumer(undo, stores, { CONSUMER_APPENDS_MAX: '1', CONSUMER_COMMIT_MS: '1000' });
  await committed();
  expect(failures).toBe(2);
  expect(node.contents('u1')).toEqual(['1', '2', '3']);
});

test('a message that state refuses for ever goes to the dead letters alone', async () => {
  await node.bind(stores.state, 'u1');
  const { append } = stores.state.inboxes;
  vi.spyOn(stores.state.inboxes, 'append').mockImplementation(async (calls) => {
    if (calls.some(({ entry }) => entry.message.content === 'poison')) throw new RangeError('too deep');
    return append(calls);
  });
  await startConsumer(undo, stores);
  await publish(stores.bus, pushTo(['u1'], '1'), pushTo(['u1'], 'poison'), pushTo(['u1'], '2'));
  await soon(() => expect(node.contents('u1')).toEqual(['1', '2']));
  await committed();
  const dead = (await receiptsOn(stores.bus)).filter(({ dead_at }) => dead_at !== undefined);
  expect(dead).toMatchObject([{ uid: 'u1', reason: 'the inbox refuses it' }]);
  const letter = await stores.bus.read('dead', 0, 0);
  expect(deadLetterJson.decode(letter?.value ?? '').reason).toBe('the inbox refuses it: too deep');
});

test('an offset is committed only when the receipts of its messages are stored', async () => {
  const real = stores.bus.publish.bind(stores.bus);
  const publishing = vi.spyOn(stores.bus, 'publish').mockImplementation(async (topic, records) => {
    if (topic === 'receipts') throw new ApiError('BUS_UNAVAILABLE');
    return real(topic, records);
  });
  const consumer = await startConsumer(undo, stores);
  await publish(stores.bus, pushTo(['absent'], 'x'));
  await soon(async () => expect(await consumer.metric('offline_total')).toBe(1));
  await soon(() => expect(publishing.mock.calls.length).toBeGreaterThan(3));
  expect(await uncommitted(stores.bus)).toBe(1);
  publishing.mockRestore();
  await committed();
  expect(await receiptsOn(stores.bus)).toHaveLength(1);
});

test('an archive that is away delays the history alone', async () => {
  const write = vi.spyOn(stores.archive, 'write').mockRejectedValue(new ApiError('ARCHIVE_UNAVAILABLE'));
  await node.bind(stores.state, 'u1');
  await startConsumer(undo, stores);
  const [push] = await publish(stores.bus, pushTo(['u1'], 'x'));
  await soon(() => expect(node.contents('u1')).toEqual(['x']));
  await committed();
  await soon(() => expect(write.mock.calls.length).toBeGreaterThan(1));
  write.mockRestore();
  await soon(async () => expect(await stores.archive.push(push?.message_id ?? '')).toBeDefined());
});

test('a record that the archive refuses for ever is dropped alone', async () => {
  const real = stores.archive.write.bind(stores.archive);
  vi.spyOn(stores.archive, 'write').mockImplementation(async (batch) => {
    if (batch.pushes.some(({ message }) => message.content === 'poison')) throw new TypeError('no');
    return real(batch);
  });
  const consumer = await startConsumer(undo, stores);
  const pushes = await publish(stores.bus, pushTo(['u1'], 'a'), pushTo(['u1'], 'poison'), pushTo(['u1'], 'b'));
  for (const push of [pushes[0], pushes[2]])
    await soon(async () => expect(await stores.archive.push(push?.message_id ?? '')).toBeDefined());
  expect(await consumer.metric('history_dropped_total')).toBe(1);
});
