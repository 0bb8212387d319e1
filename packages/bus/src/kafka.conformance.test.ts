import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { loadConfig, Metrics, systemClock } from '@message-push/runtime';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type BusConfig, busFields } from './config.ts';
import { busConformance } from './conformance.ts';
import { type Bus, type BusBatch, createBus } from './index.ts';
import { commitFor, createTopic, deleteRecords, deleteTopic, deleteTopics } from './kafka/test-topics.ts';

// biome-ignore lint/style/noProcessEnv: which servers the conformance lane may use is the lane's own setting
const { TEST_KAFKA_BROKERS: brokers, CI } = process.env;
const WAIT = { timeout: 20_000, interval: 20 };

/** A log of its own for each test. */
function settingsOf(more: Record<string, string> = {}): Record<string, string> {
  const prefix = `mp-test-${randomBytes(6).toString('hex')}-`;
  return { BUS: 'kafka', KAFKA_BROKERS: brokers ?? '', KAFKA_TOPIC_PREFIX: prefix, BUS_PARTITIONS: '2', ...more };
}

async function open(config: BusConfig, metrics = new Metrics()): Promise<Bus> {
  const bus = await createBus(config, { dir: '', clock: systemClock, metrics });
  while (await bus.ping().catch((reason) => reason));
  return bus;
}

if (brokers) {
  busConformance('Kafka', async () => {
    const env = settingsOf();
    const config = loadConfig(busFields, env);
    return {
      open: () => open(config),
      end: () => deleteTopics(config),
      killedPublisher: async () => {
        const program = fileURLToPath(new URL('./publish-until-killed.ts', import.meta.url));
        const child = spawn(process.execPath, [program, ''], { stdio: ['ignore', 'pipe', 'inherit'], env });
        const answered: number[] = [];
        for await (const line of createInterface(child.stdout)) {
          answered.push(Number(line));
          if (answered.length === 200) child.kill('SIGKILL');
        }
        return answered;
      },
    };
  });
  describe('bus: a Kafka that others use too', others);
} else {
  describe('bus: Kafka', () => {
    test.skipIf(!CI)('TEST_KAFKA_BROKERS names no server', () => {
      throw new Error('CI runs against a real Kafka');
    });
  });
}

function others(): void {
  let config: BusConfig;
  let metrics: Metrics;
  let bus: Bus;
  beforeEach(async () => {
    config = loadConfig(busFields, settingsOf());
    metrics = new Metrics();
    bus = await open(config, metrics);
  });
  afterEach(async () => {
    await bus.close();
    await deleteTopics(config);
  });
  const publish = (...contents: string[]) =>
    bus.publish(
      'pushes',
      contents.map((content) => ({ partition: 0, value: Buffer.from(content) })),
    );
  /** A subscriber's diary. */
  const follow = async () => {
    const diary: string[] = [];
    const batches: BusBatch[] = [];
    const member = await bus.subscribe({
      group: 'delivery',
      topic: 'pushes',
      batchMax: 100,
      onAssigned: (given) => diary.push(...given.map(({ partition, committed }) => `${partition} from ${committed}`)),
      onRevoked: (partitions) => diary.push(...partitions.map((partition) => `${partition} taken`)),
      onBatch: async (batch) => {
        batches.push(batch);
        diary.push(...batch.records.map(({ value }) => Buffer.from(value).toString()));
      },
    });
    return { member, diary, batches };
  };

  test('a topic that was made anew is another log: its partitions are given again from the start, old offsets count for nothing', async () => {
    const { member, diary, batches } = await follow();
    await publish('a', 'b', 'c');
    await vi.waitFor(() => expect(diary).toContain('c'), WAIT);
    await member.commit([{ partition: 0, offset: 2 }]);
    const { busId } = await bus.describe('pushes');
    await deleteTopic(config, 'pushes');
    await vi.waitFor(() => createTopic(config, 'pushes'), WAIT);
    await vi.waitFor(async () => expect((await bus.describe('pushes')).busId).not.toBe(busId), WAIT);
    await vi.waitFor(() => publish('new'), WAIT);
    await vi.waitFor(() => expect(diary).toContain('new'), WAIT);
    const anew = diary.slice(diary.indexOf('c') + 1);
    expect(anew.filter((line) => line.startsWith('0 ') || line === 'new')).toEqual(['0 taken', '0 from 0', 'new']);
    const { busId: now, ends } = await bus.describe('pushes');
    expect([batches[0]?.busId, batches.at(-1)?.busId, batches.at(-1)?.records[0]?.offset]).toEqual([busId, now, 0]);
    expect(ends[0]).toBe(1);
    expect((await bus.lag('delivery', 'pushes'))[0]).toEqual({ partition: 0, committed: 0, end: 1 });
    expect(await metrics.metrics()).toContain('mp_bus_topic_recreated_total{topic="pushes"} 1');
  });

  test('a tail goes on with a topic that was made anew, and says that it missed some', async () => {
    const seen: string[] = [];
    await bus.tail('pushes', {
      onRecords: (_, records, missed) => {
        seen.push(...records.map(({ value }) => `${missed ? 'missed, ' : ''}${Buffer.from(value)}`));
      },
    });
    await publish('a');
    await vi.waitFor(() => expect(seen).toEqual(['a']), WAIT);
    await deleteTopic(config, 'pushes');
    await vi.waitFor(() => createTopic(config, 'pushes'), WAIT);
    await vi.waitFor(async () => {
      await publish('new');
      expect(seen).toContain('missed, new');
    }, WAIT);
  });

  test('an offset that was committed for another log of the same name counts for nothing', async () => {
    await publish('a', 'b', 'c');
    const { busId } = await bus.describe('pushes');
    await vi.waitFor(() => commitFor(config, 'pushes', busId.replace('kafka-', ''), 0, 2), WAIT);
    expect((await bus.lag('delivery', 'pushes'))[0]?.committed).toBe(2);
    await commitFor(config, 'pushes', 'of another log', 0, 2);
    expect((await bus.lag('delivery', 'pushes'))[0]?.committed).toBe(0);
    const { diary } = await follow();
    await vi.waitFor(() => expect(diary).toContain('c'), WAIT);
    expect(diary.filter((line) => !line.startsWith('1 '))).toEqual(['0 from 0', 'a', 'b', 'c']);
  });

  test('a record that is not kept any more is an incident: counted, told as taken and given again at the oldest one', async () => {
    const first = await follow();
    await publish('a', 'b', 'c', 'd');
    await vi.waitFor(() => expect(first.diary).toContain('d'), WAIT);
    await first.member.commit([{ partition: 0, offset: 1 }]);
    await first.member.close();
    await deleteRecords(config, 'pushes', 0, 3);
    expect((await bus.lag('delivery', 'pushes'))[0]).toEqual({ partition: 0, committed: 3, end: 4 });
    const { diary } = await follow();
    await vi.waitFor(() => expect(diary).toContain('d'), WAIT);
    expect(diary.filter((line) => !line.startsWith('1 '))).toEqual(['0 from 1', '0 taken', '0 from 3', 'd']);
    expect(await metrics.metrics()).toContain('mp_bus_out_of_range_total{group="delivery",topic="pushes"} 1');
    expect(await bus.read('pushes', 0, 2)).toBeUndefined();
  });

  test('topics that are there with another number of partitions are refused when a number is set, else taken as they are', async () => {
    const prefix = { KAFKA_TOPIC_PREFIX: config.kafkaTopicPrefix };
    const three = await createBus(loadConfig(busFields, { ...settingsOf(prefix), BUS_PARTITIONS: '3' }), {
      dir: '',
      clock: systemClock,
    });
    const refused = await three.ping().catch((reason) => reason);
    expect(refused.cause.message).toMatch(/has 2 partitions, not 3: their number is fixed \(BUS_PARTITIONS\)/);
    await three.close();
    const any = await open(loadConfig(busFields, { ...settingsOf(prefix), BUS_PARTITIONS: '' }));
    expect((await any.describe('receipts')).partitions).toBe(2);
    await any.close();
  });

  test('a bus that was closed in the middle of its work leaves no connection behind', async () => {
    const sockets = () => process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
    const before = sockets();
    const other = await open(config);
    await other.publish('pushes', [{ partition: 0, value: Buffer.from('x') }]);
    await other.subscribe({ group: 'history', topic: 'pushes', batchMax: 1, onBatch: async () => {} });
    const reads = [0, 1, 2].map((offset) => other.read('pushes', 0, offset).catch(() => undefined));
    expect(sockets()).toBeGreaterThan(before);
    await Promise.all([other.close(), ...reads]);
    await vi.waitFor(() => expect(sockets()).toBeLessThanOrEqual(before), WAIT);
  });

  test('a bus whose brokers are away starts at once, says what is missing, and ends at once', async () => {
    const away = { ...settingsOf(), KAFKA_BROKERS: '127.0.0.1:1' };
    const lost = await createBus(loadConfig(busFields, away), { dir: '', clock: systemClock });
    const refused = await lost.ping().catch((reason) => reason);
    expect(refused).toMatchObject({ code: 'BUS_UNAVAILABLE' });
    expect(refused.cause.message).toMatch(/Kafka at 127\.0\.0\.1:1: .*ECONNREFUSED/);
    const options = { group: 'delivery', topic: 'pushes', batchMax: 1, onBatch: async () => {} } as const;
    const waiting = lost.subscribe(options).catch((reason) => reason);
    await expect(lost.publish('pushes', [{ partition: 0, value: Buffer.from('x') }])).rejects.toMatchObject({
      code: 'BUS_UNAVAILABLE',
    });
    await lost.close();
    expect(await waiting).toMatchObject({ code: 'BUS_UNAVAILABLE' });
  });
}
