// What a consumer takes on at once: bounded whatever a batch holds, shared by the apps, and never far ahead of one receiver's posts.
import { ApiError } from '@message-push/protocol';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import {
  openStores,
  publish,
  pushTo,
  type Stores,
  StubNode,
  setRing,
  startConsumer,
  Undo,
  uncommitted,
} from './fixture.ts';

const KB = 1024;
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

const soon = <T>(check: () => T) => vi.waitFor(check, { timeout: 20_000, interval: 10 });
const committed = () => soon(async () => expect(await uncommitted(stores.bus)).toBe(0));
/** The same first receiver, so that all are in one partition. */
const crowd = (push: number) => ['first', ...Array.from({ length: 999 }, (_, i) => `p${push}-${i}`)];
const contentOf = (i: number) => `${i} ${'x'.repeat(16 * KB - 4)}`;

/** Lets no receipt through until it is called: what nobody is bound for stays unsettled. */
function holdReceipts(): () => void {
  const real = stores.bus.publish.bind(stores.bus);
  const spy = vi.spyOn(stores.bus, 'publish').mockImplementation(async (topic, records) => {
    if (topic === 'receipts') throw new ApiError('BUS_UNAVAILABLE');
    return real(topic, records);
  });
  return () => spy.mockRestore();
}

test('a batch of pushes with 1,000 receivers each never has more entries under way than the limit', async () => {
  const release = holdReceipts();
  await publish(stores.bus, ...Array.from({ length: 12 }, (_, i) => pushTo(crowd(i), `m${i}`)));
  const consumer = await startConsumer(undo, stores, { CONSUMER_UNSETTLED_MAX: '2500' });
  await soon(async () => expect(await consumer.metric('partitions_paused')).toBe(1));
  expect(await consumer.metric('records_total')).toBe(12);
  expect(await consumer.metric('appended_total')).toBeLessThanOrEqual(2500);
  expect(await consumer.metric('unsettled')).toBeLessThanOrEqual(2500);
  release();
  await committed();
  expect(await consumer.metric('appended_total')).toBe(12_000);
  await soon(async () => expect(await consumer.metric('partitions_paused')).toBe(0));
}, 60_000);

test('what waits its turn is told, with its age; what only waits for a silent node is not', async () => {
  await node.bind(stores.state, 'first');
  node.mode = 'silent';
  let now = Date.now();
  await startConsumer(undo, stores, { CONSUMER_UNSETTLED_MAX: '4' }, { now: () => now });
  const told = async () => (await stores.state.announced('consumer')).map(({ data }) => JSON.parse(data));
  await publish(stores.bus, ...['1', '2', '3', '4'].map((content) => pushTo(['first'], content)));
  now += 3000;
  await soon(async () => expect(await told()).toMatchObject([{ unsettled: 4, waiting_ms: 0 }]));
  await publish(stores.bus, pushTo(['first'], '5'));
  now += 3000;
  await soon(async () => expect((await told())[0]?.waiting_ms).toBeGreaterThanOrEqual(2500));
  node.mode = 'answer';
  await committed();
  now += 3000;
  await soon(async () => expect(await told()).toMatchObject([{ unsettled: 0, waiting_ms: 0, read_bytes: 0 }]));
}, 30_000);

test('reading pauses when what was read and is not done takes too much memory, and goes on later', async () => {
  const release = holdReceipts();
  const bytesMax = 256 * KB;
  const consumer = await startConsumer(undo, stores, {
    CONSUMER_READ_BYTES_MAX: String(bytesMax),
    CONSUMER_UNSETTLED_MAX: '100',
    CONSUMER_BATCH_MAX: '1',
  });
  await publish(stores.bus, ...Array.from({ length: 12 }, (_, i) => pushTo(crowd(i), `m${i}`)));
  await soon(async () => expect(await consumer.metric('read_bytes')).toBeGreaterThan(bytesMax / 2));
  // Half of the bytes for each of two partitions, and one record of 1,000 receivers.
  expect(await consumer.metric('read_bytes')).toBeLessThan(bytesMax / 2 + 64 * KB);
  expect(await consumer.metric('records_total')).toBeLessThan(6);
  release();
  await committed();
  expect(await consumer.metric('records_total')).toBe(12);
  await soon(async () => expect(await consumer.metric('read_bytes')).toBe(0));
}, 60_000);

test("an app's single push does not wait for the thousands that another app sent before", async () => {
  await node.bind(stores.state, 'first');
  await publish(stores.bus, ...Array.from({ length: 10 }, (_, i) => pushTo(crowd(i), `m${i}`, { app: 'shop' })));
  const vip = pushTo(['first'], 'vip');
  await publish(stores.bus, vip);
  const append = vi.spyOn(stores.state.inboxes, 'append');
  await startConsumer(undo, stores, { CONSUMER_APPENDS_MAX: '100' });
  await soon(() => expect(node.contents('first')).toEqual(['vip']));
  const calls = append.mock.calls.map(([entries]) => entries);
  expect(calls[0]?.some(({ entry }) => entry.message_id === vip.message_id)).toBe(true);
  expect(calls[0]).toHaveLength(100);
  await committed();
}, 60_000);

test('a burst to one receiver is appended no further ahead of its posts than half an inbox, and is posted whole, in order', async () => {
  await node.bind(stores.state, 'ann');
  const ahead: number[] = [];
  let appended = 0;
  const { append } = stores.state.inboxes;
  vi.spyOn(stores.state.inboxes, 'append').mockImplementation((calls) => {
    appended += calls.length;
    ahead.push(appended - node.contents('ann').length);
    return append(calls);
  });
  const pushes = Array.from({ length: 60 }, (_, i) => pushTo(['ann'], contentOf(i)));
  await publish(stores.bus, ...pushes);
  // However slow this machine is now, the node is not silent.
  await startConsumer(undo, stores, { CONSUMER_UID_WAIT_MS: '60000' });
  await committed();
  expect(node.contents('ann').map((text) => Number.parseInt(text, 10))).toEqual([...Array(60).keys()]);
  expect(Math.max(...ahead)).toBeLessThanOrEqual(7);
}, 30_000);

test('a receiver whose node is silent holds nobody of the app up for long, and gets everything into the inbox', async () => {
  const silent = await new StubNode('node-2').listen(undo);
  silent.mode = 'silent';
  await setRing(stores.state, [node, silent]);
  await silent.bind(stores.state, 'a');
  await node.bind(stores.state, 'b');
  const consumer = await startConsumer(undo, stores, { CONSUMER_UID_ENTRIES_MAX: '2', CONSUMER_UID_WAIT_MS: '50' });
  const burst = Array.from({ length: 50 }, (_, i) => pushTo(['a'], `m${i}`));
  await publish(stores.bus, ...burst, pushTo(['a', 'b'], 'for b'));
  await soon(() => expect(node.contents('b')).toEqual(['for b']));
  // Once for each who was waited for, not once for each message.
  expect(await consumer.metric('paced_total')).toBe(1);
  expect(await consumer.metric('appended_total')).toBe(52);
}, 30_000);
