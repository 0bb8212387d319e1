// What a record costs on Kafka: node packages/bus/bench/kafka.ts HOST:PORT[,…] prints processor time, latency and the cost of waiting.
import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { loadConfig, systemClock } from '@message-push/runtime';
import { busFields } from '../src/config.ts';
import { type Bus, createBus } from '../src/index.ts';
import { deleteTopics } from '../src/kafka/test-topics.ts';

const RECORDS = 100_000;
const PARTITIONS = 24;
const LATENCIES = 500;

const config = loadConfig(busFields, {
  BUS: 'kafka',
  KAFKA_BROKERS: process.argv[2],
  KAFKA_TOPIC_PREFIX: `mp-bench-${randomBytes(4).toString('hex')}-`,
});
const open = async () => {
  const bus = await createBus(config, { dir: '', clock: systemClock });
  while (await bus.ping().catch((reason) => reason));
  return bus;
};
const say = (line: string) => process.stdout.write(`${line}\n`);

/** Microseconds of processor time for each of `count`, and thousands a second. */
async function cost(what: string, count: number, work: () => Promise<unknown>): Promise<void> {
  const cpu = process.cpuUsage();
  const from = performance.now();
  await work();
  const { user, system } = process.cpuUsage(cpu);
  const ms = performance.now() - from;
  say(`${what}: ${((user + system) / count).toFixed(2)} µs of CPU a record, ${(count / ms).toFixed(0)} thousand/s`);
}

async function produce(bus: Bus, bytes: number, together: number, partitions: number, count: number): Promise<void> {
  const value = randomBytes(bytes);
  await cost(`publish ${bytes} bytes, ${together} together, ${partitions} partitions`, count, async () => {
    for (let sent = 0; sent < count; sent += together) {
      const records = Array.from({ length: together }, (_, i) => ({ partition: (sent + i) % partitions, value }));
      await bus.publish('pushes', records);
    }
  });
}

async function consume(bus: Bus, count: number): Promise<void> {
  const all = Promise.withResolvers<void>();
  let seen = 0;
  let batches = 0;
  await cost('consume', count, async () => {
    const onBatch = async ({ records }: { records: unknown[] }) => {
      seen += records.length;
      batches += 1;
      if (seen >= count) all.resolve();
    };
    const member = await bus.subscribe({ group: 'history', topic: 'pushes', batchMax: 500, onBatch });
    await all.promise;
    await member.close();
  });
  say(`  (${(count / batches).toFixed(0)} records a batch, joining included)`);
}

async function latency(bus: Bus): Promise<void> {
  const took: number[] = [];
  let wait = Promise.withResolvers<void>();
  let sentAt = 0;
  const member = await bus.subscribe({
    group: 'delivery',
    topic: 'receipts',
    batchMax: 500,
    onBatch: async () => {
      took.push(performance.now() - sentAt);
      wait.resolve();
    },
  });
  const stored: number[] = [];
  for (let n = 0; n < LATENCIES; n++) {
    wait = Promise.withResolvers<void>();
    sentAt = performance.now();
    await bus.publish('receipts', [{ partition: n % PARTITIONS, value: Buffer.from('x') }]);
    stored.push(performance.now() - sentAt);
    await wait.promise;
    await pause(5);
  }
  const at = (list: number[], share: number) =>
    list.toSorted((a, b) => a - b)[Math.floor(list.length * share)]?.toFixed(1);
  say(`publish answered: p50 ${at(stored, 0.5)} ms, p99 ${at(stored, 0.99)} ms`);
  say(`publish to batch: p50 ${at(took, 0.5)} ms, p99 ${at(took, 0.99)} ms`);
  await member.close();
}

/** Three subscriptions and a producer with nothing to do. */
async function idle(bus: Bus): Promise<void> {
  const options = { batchMax: 500, onBatch: async () => {} };
  const members = await Promise.all([
    bus.subscribe({ ...options, group: 'delivery', topic: 'receipts' }),
    bus.subscribe({ ...options, group: 'history', topic: 'receipts' }),
    bus.subscribe({ ...options, group: 'delivery', topic: 'dead' }),
  ]);
  await pause(2000);
  const cpu = process.cpuUsage();
  await pause(5000);
  const { user, system } = process.cpuUsage(cpu);
  say(`idle, three subscriptions: ${((user + system) / 50_000).toFixed(2)} % of a core`);
  await Promise.all(members.map((member) => member.close()));
}

const bus = await open();
await produce(bus, 200, 500, PARTITIONS, RECORDS);
await produce(bus, 200, 500, 1, RECORDS);
await produce(bus, 500, 32, PARTITIONS, RECORDS / 2);
await produce(bus, 500, 1, PARTITIONS, RECORDS / 20);
await produce(bus, 50_000, 24, PARTITIONS, RECORDS / 20);
const { ends } = await bus.describe('pushes');
await consume(
  bus,
  ends.reduce((sum, end) => sum + end, 0),
);
await latency(bus);
await idle(bus);
await bus.close();
await deleteTopics(config);
