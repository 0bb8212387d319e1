import { ApiError } from '@message-push/protocol';
import { loadConfig, Metrics, systemClock } from '@message-push/runtime';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { busFields } from '../config.ts';
import { Connections } from './connections.ts';
import { driverLogger } from './driver.ts';
import { FakeBroker } from './fake-broker.ts';
import { Lane } from './lane.ts';
import { kafkaSettings } from './settings.ts';

let broker: FakeBroker;
let lane: Lane;
let metrics: Metrics;
let topic: { name: string; id: string; leaders: number[]; bytesMax: number };

beforeEach(async () => {
  broker = new FakeBroker();
  await broker.listen();
});
afterEach(async () => {
  broker.release();
  await lane.close(0);
  await broker.close();
});

/** A lane to one partition on the fake broker. */
function open(env: Record<string, string> = {}): void {
  const settings = kafkaSettings(
    loadConfig(busFields, { BUS: 'kafka', KAFKA_BROKERS: 'x:1', KAFKA_TOPIC_PREFIX: 't-', ...env }),
  );
  const { connectMs, requestMs } = settings;
  const logger = driverLogger(() => undefined);
  metrics = new Metrics();
  topic = { name: 't-pushes', id: 'id', leaders: [1], bytesMax: settings.messageBytesMax };
  const driver = { clientId: 'test', connectionTimeout: connectMs, requestTimeout: requestMs, logger };
  const cluster = {
    connections: () => new Connections(driver, () => ({ host: '127.0.0.1', port: broker.port })),
    refresh: async () => undefined,
    topic: () => topic,
    topicLimit: () => topic.bytesMax,
    unavailable: (cause?: unknown) => new ApiError('BUS_UNAVAILABLE', { cause }),
  };
  lane = new Lane({ cluster, settings, clock: systemClock, log: undefined, metrics }, 'pushes');
}

const publish = async (...contents: string[]) =>
  lane.publish(contents.map((content) => ({ partition: 0, value: Buffer.from(content) })));
const codeOf = (publishing: Promise<unknown>) =>
  publishing.then(
    () => 'stored',
    (error: ApiError) => error.code,
  );

test('what is published while a send is under way goes together with the next one', async () => {
  open();
  broker.faults.push('hold');
  const first = publish('first');
  await vi.waitFor(() => expect(broker.requests.length).toBe(1));
  const others = ['a', 'b', 'c'].map((content) => publish(content));
  broker.release();
  expect([await first, ...(await Promise.all(others))]).toEqual([[0], [1], [2], [3]]);
  expect(broker.requests).toEqual([['first'], ['a', 'b', 'c']]);
});

test('at its deadline a publish under way is unknown, one that waits was never sent; the first is stored once, nothing passes it', async () => {
  open({ KAFKA_PUBLISH_DEADLINE_MS: '150' });
  broker.faults.push('hold');
  const under = publish('under way');
  await vi.waitFor(() => expect(broker.requests.length).toBe(1));
  const waiting = publish('waits');
  expect(await codeOf(under)).toBe('PUBLISH_UNKNOWN');
  expect(await codeOf(waiting)).toBe('BUS_UNAVAILABLE');
  const again = publish('under way, again');
  broker.release();
  expect(await again).toEqual([1]);
  expect(broker.stored).toEqual(['under way', 'under way, again']);
});

test('a connection that breaks before the answer: the same is sent again and stored once', async () => {
  open();
  broker.faults.push('store and cut', 'store and cut');
  const first = publish('a', 'b');
  const second = vi.waitFor(() => expect(broker.requests.length).toBeGreaterThan(0)).then(() => publish('c'));
  expect(await first).toEqual([0, 1]);
  expect(await second).toEqual([2]);
  expect(broker.stored).toEqual(['a', 'b', 'c']);
  expect(broker.requests).toEqual([['a', 'b'], ['a', 'b'], ['a', 'b'], ['c']]);
  expect(await metrics.metrics()).toContain('mp_bus_publish_retries_total{topic="pushes"} 2');
});

test('a broker that falls silent: the same is sent again over another connection and stored once', async () => {
  open({ KAFKA_REQUEST_MS: '500' });
  broker.faults.push('hold');
  expect(await publish('a')).toEqual([0]);
  expect(await publish('b')).toEqual([1]);
  expect(broker.requests).toEqual([['a'], ['a'], ['b']]);
  expect(broker.stored).toEqual(['a', 'b']);
});

test('a connection that breaks before anything is stored: the same is sent again', async () => {
  open();
  broker.faults.push('cut');
  expect(await publish('a')).toEqual([0]);
  expect(broker.stored).toEqual(['a']);
});

test('while no broker can be reached nothing leaves: BUS_UNAVAILABLE at the deadline, and it is not stored afterwards', async () => {
  open({ KAFKA_PUBLISH_DEADLINE_MS: '150' });
  const { port } = broker;
  await broker.close();
  expect(await codeOf(publish('lost'))).toBe('BUS_UNAVAILABLE');
  await broker.listen(port);
  expect(await publish('kept')).toEqual([0]);
  expect(broker.stored).toEqual(['kept']);
});

test('an error that passes is asked again; one that says no is BUS_UNAVAILABLE, and the next publish is stored', async () => {
  open();
  const notEnoughReplicas = 19;
  const tooLarge = 10;
  broker.faults.push({ error: notEnoughReplicas });
  expect(await publish('a')).toEqual([0]);
  broker.faults.push({ error: tooLarge });
  expect(await codeOf(publish('b'))).toBe('BUS_UNAVAILABLE');
  expect(await publish('c')).toEqual([1]);
  expect(broker.stored).toEqual(['a', 'c']);
});

test('a refusal after a send without an answer leaves the fate unknown', async () => {
  open();
  const notAllowed = 29;
  broker.faults.push('cut', { error: notAllowed });
  expect(await codeOf(publish('a'))).toBe('PUBLISH_UNKNOWN');
});

test('a broker that has forgotten the producer: a new one takes over, and what was refused is stored', async () => {
  open();
  const outOfOrder = 45;
  expect(await publish('a')).toEqual([0]);
  broker.faults.push({ error: outOfOrder });
  expect(await publish('b')).toEqual([1]);
  expect(await publish('c')).toEqual([2]);
  expect(broker.stored).toEqual(['a', 'b', 'c']);
});

test('a topic that was made anew: what was sent to the old one stays unknown and is not sent to the new one', async () => {
  open();
  expect(await publish('a')).toEqual([0]);
  broker.faults.push('cut');
  const sent = codeOf(publish('b'));
  await vi.waitFor(() => expect(broker.requests.length).toBe(2));
  topic = { ...topic, id: 'another' };
  expect(await sent).toBe('PUBLISH_UNKNOWN');
  expect(await publish('c')).toEqual([1]);
  expect(broker.stored).toEqual(['a', 'c']);
});

test('more than the queue may hold is refused at once', async () => {
  open({ KAFKA_QUEUE_BYTES_MAX: String(1024 * 1024) });
  broker.faults.push('hold');
  const under = publish('under way');
  await vi.waitFor(() => expect(broker.requests.length).toBe(1));
  const waiting = publish('x'.repeat(600_000));
  expect(await codeOf(publish('x'.repeat(600_000)))).toBe('BUS_UNAVAILABLE');
  broker.release();
  expect([await under, await waiting]).toEqual([[0], [1]]);
  expect(await publish('x'.repeat(600_000))).toEqual([2]);
});

test('a call larger than one send is stored in order by several', async () => {
  open({ KAFKA_BATCH_BYTES_MAX: String(16 * 1024) });
  const contents = Array.from({ length: 10 }, (_, i) => `${i}${'x'.repeat(5000)}`);
  expect(await publish(...contents)).toEqual(contents.map((_, i) => i));
  expect(broker.requests.map((records) => records.length)).toEqual([3, 3, 3, 1]);
  expect(broker.stored).toEqual(contents);
});

test('a record that no send can hold is refused with its whole call', async () => {
  open({ KAFKA_MESSAGE_BYTES_MAX: String(64 * 1024), KAFKA_BATCH_BYTES_MAX: String(64 * 1024) });
  expect(await codeOf(publish('small', 'x'.repeat(65_536)))).toBe('BUS_UNAVAILABLE');
  expect(await publish('small')).toEqual([0]);
});

test('closing tells those who wait what is known: sent is unknown, the rest was never sent', async () => {
  open();
  broker.faults.push('hold');
  const under = codeOf(publish('under way'));
  await vi.waitFor(() => expect(broker.requests.length).toBe(1));
  const waiting = codeOf(publish('waits'));
  await lane.close(20);
  expect([await under, await waiting]).toEqual(['PUBLISH_UNKNOWN', 'BUS_UNAVAILABLE']);
  expect(await codeOf(publish('late'))).toBe('BUS_UNAVAILABLE');
});
