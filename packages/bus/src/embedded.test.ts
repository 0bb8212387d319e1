import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig, Metrics } from '@message-push/runtime';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type BUS_LIMITS, busFields } from './config.ts';
import { type Bus, createBus, createEmbeddedBus } from './index.ts';

let dir: string;
let now = 1_000_000;
let bus: Bus | undefined;
const clock = { now: () => now };

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'mp-bus-'));
});
afterEach(async () => {
  await bus?.close();
  bus = undefined;
  rmSync(dir, { recursive: true });
});

async function open(limits: Partial<typeof BUS_LIMITS> = {}, more: { partitions?: number; metrics?: Metrics } = {}) {
  bus = await createEmbeddedBus({ dir, partitions: 2, clock, limits, ...more });
  return bus;
}
const publish = (to: Bus, size: number) => to.publish('pushes', [{ partition: 0, value: new Uint8Array(size) }]);
const kept = async (of: Bus, offset: number) => (await of.read('pushes', 0, offset)) !== undefined;

/** A group that has read and committed up to `offset`. */
async function commit(of: Bus, offset: number): Promise<void> {
  const member = await of.subscribe({ group: 'delivery', topic: 'pushes', batchMax: 10, onBatch: async () => {} });
  await member.commit([{ partition: 0, offset }]);
  await member.close();
}

test('consumed records are deleted when they are older than the retention time', async () => {
  const log = await open({ retentionMs: 10_000 });
  await publish(log, 1);
  await publish(log, 1);
  await commit(log, 1);
  now += 10_001;
  await commit(log, 1);
  expect([await kept(log, 0), await kept(log, 1)]).toEqual([false, true]);
  expect(await publish(log, 1)).toEqual([2]);
});

test('consumed records are deleted, oldest first, when a partition is larger than its retention bytes', async () => {
  const log = await open({ retentionBytes: 250 });
  await commit(log, 0);
  for (let i = 0; i < 4; i++) await publish(log, 100);
  expect(await kept(log, 0)).toBe(true);
  await commit(log, 4);
  now += 1001;
  await publish(log, 1);
  expect([await kept(log, 0), await kept(log, 1), await kept(log, 2)]).toEqual([false, false, true]);
});

test('a group that has not shown up for the retention time holds nothing back, and starts at the oldest record kept', async () => {
  const log = await open({ retentionMs: 10_000 });
  await publish(log, 1);
  await commit(log, 0);
  now += 10_001;
  await publish(log, 1);
  expect(await kept(log, 0)).toBe(false);
  expect((await log.lag('delivery', 'pushes'))[0]).toEqual({ partition: 0, committed: 1, end: 2 });
});

test('one pass deletes a bounded number, and the next goes on', async () => {
  const log = await open({ retentionMs: 10_000 });
  const many = Array.from({ length: 1500 }, () => ({ partition: 0, value: new Uint8Array(1) }));
  await log.publish('pushes', many);
  await commit(log, 1500);
  now += 10_001;
  await log.publish('receipts', [{ partition: 0, value: new Uint8Array(1) }]);
  expect([await kept(log, 999), await kept(log, 1000)]).toEqual([false, true]);
  await log.publish('receipts', [{ partition: 0, value: new Uint8Array(1) }]);
  expect(await kept(log, 1499)).toBe(false);
});

test('a partition at its largest size refuses new records, and takes them again when it has been read', async () => {
  const log = await open({ retentionBytes: 100, partitionBytesMax: 250 });
  await commit(log, 0);
  await publish(log, 200);
  await expect(publish(log, 100)).rejects.toMatchObject({ code: 'BUS_UNAVAILABLE' });
  await commit(log, 1);
  now += 1001;
  await commit(log, 1);
  expect(await publish(log, 100)).toEqual([1]);
});

test('a batch is bounded in bytes, and holds at least one record', async () => {
  const log = await open({ batchBytesMax: 250 });
  await log.publish(
    'pushes',
    [100, 100, 100, 300].map((size) => ({ partition: 0, value: new Uint8Array(size) })),
  );
  const sizes: number[] = [];
  const all = Promise.withResolvers<void>();
  const onBatch = async ({ records }: { records: unknown[] }) => {
    if (sizes.push(records.length) === 3) all.resolve();
  };
  await log.subscribe({ group: 'delivery', topic: 'pushes', batchMax: 10, onBatch });
  await all.promise;
  expect(sizes).toEqual([2, 1, 1]);
});

test('a log with another number of partitions is refused with a sentence', async () => {
  await (await open()).close();
  await expect(open({}, { partitions: 3 })).rejects.toThrow(/the log has 2 partitions, not 3: their number is fixed/);
  expect((await (await open()).describe('receipts')).partitions).toBe(2);
});

test('the identity of a log is made once, and a new log has another', async () => {
  const first = await (await open()).describe('pushes');
  await bus?.close();
  expect((await (await open()).describe('pushes')).busId).toBe(first.busId);
  await bus?.close();
  rmSync(join(dir, 'bus.db'));
  expect((await (await open()).describe('pushes')).busId).not.toBe(first.busId);
});

test('after it was closed, a bus refuses with BUS_UNAVAILABLE', async () => {
  const log = await open();
  await log.close();
  await expect(publish(log, 1)).rejects.toMatchObject({ code: 'BUS_UNAVAILABLE' });
});

test('records stored, sizes and refused batches are counted', async () => {
  const metrics = new Metrics();
  const log = await open({}, { metrics });
  await publish(log, 7);
  const failed = Promise.withResolvers<void>();
  let tries = 0;
  const onBatch = async () => {
    tries += 1;
    if (tries === 2) failed.resolve();
    else throw new Error('not now');
  };
  await log.subscribe({ group: 'delivery', topic: 'pushes', batchMax: 10, onBatch });
  await failed.promise;
  const text = await metrics.metrics();
  expect(text).toContain('mp_bus_records_total{topic="pushes"} 1');
  expect(text).toContain('mp_bus_partition_bytes{topic="pushes",partition="0"} 7');
  expect(text).toContain('mp_bus_batch_failures_total{group="delivery",topic="pushes"} 1');
});

test('only what exists can be configured; anything else is refused with a sentence', async () => {
  expect(() => loadConfig(busFields, { BUS: 'rabbit' })).toThrow(/BUS: must be "embedded" or "kafka"/);
  const log = await createBus(loadConfig(busFields, {}), { dir, clock });
  bus = log;
  expect((await log.describe('pushes')).partitions).toBe(4);
});
