import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Bus, createEmbeddedBus } from '@message-push/bus';
import { ApiError, partitionOf } from '@message-push/protocol';
import { createLog, systemClock } from '@message-push/runtime';
import { createEmbeddedState } from '@message-push/state';
import { afterEach, expect, test, vi } from 'vitest';
import { PushLog } from './push-log.ts';
import { basic, call, openWorld, pushBody, replaced } from './world.ts';

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

const log = createLog('test', 'silent');

function folder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'message-push-log-'));
  undo.push(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

async function logOf(partitions: number): Promise<Bus> {
  const bus = await createEmbeddedBus({ dir: folder(), clock: systemClock, partitions });
  undo.push(() => bus.close());
  return bus;
}

test('a log that was made anew is opened again, once, and only another number of partitions is told', async () => {
  const state = await createEmbeddedState({ dir: folder(), clock: systemClock });
  undo.push(() => state.close());
  let bus: Pick<Bus, 'describe'> = await logOf(2);
  const told = vi.fn();
  const pushLog = new PushLog({ bus: { describe: (topic) => bus.describe(topic) }, state, log }, told);
  expect(pushLog.partitions).toBeUndefined();
  await pushLog.open();
  await pushLog.open();
  expect([pushLog.partitions, (await state.logSeen())?.generation]).toEqual([2, 1]);

  bus = await logOf(2);
  await pushLog.open();
  await pushLog.open();
  expect([pushLog.partitions, (await state.logSeen())?.generation, told.mock.calls.length]).toEqual([2, 2, 0]);

  const away = () => Promise.reject(new ApiError('BUS_UNAVAILABLE'));
  bus = { describe: away };
  await expect(pushLog.open()).rejects.toThrow(ApiError);
  expect(pushLog.partitions).toBe(2);

  bus = await logOf(3);
  await pushLog.open();
  expect([pushLog.partitions, (await state.logSeen())?.generation, told.mock.calls.length]).toEqual([3, 3, 1]);
});

test('a running api cuts its pushes for the partitions of the log that is there', async () => {
  const world = await openWorld();
  undo.push(() => world.close());
  let bus: Bus = world.bus;
  const api = await world.api(
    {},
    { bus: replaced(world.bus, { describe: (topic) => bus.describe(topic), publish: (...of) => bus.publish(...of) }) },
  );
  const app = await world.app();
  bus = await logOf(16);
  const uids = Array.from({ length: 30 }, (_, i) => `u${i}`);
  const wanted = new Set(uids.map((uid) => partitionOf(app.id, uid, 16)));
  const used = async () => {
    expect((await call(api, basic(app), 'POST', '/push', pushBody(uids))).status).toBe(200);
    const { ends } = await bus.describe('pushes');
    return new Set(ends.flatMap((end, partition) => (end > 0 ? [partition] : [])));
  };
  // What was accepted before it looked lies elsewhere.
  const missing = async () => {
    const found = await used();
    return [...wanted].filter((partition) => !found.has(partition));
  };
  await vi.waitFor(async () => expect(await missing()).toEqual([]), { timeout: 8000, interval: 200 });
}, 60_000);
