import type { SubscribeOptions } from '@message-push/bus';
import { type Receipt, receiptBatchJson } from '@message-push/protocol';
import { createLog, loadConfig, Metrics } from '@message-push/runtime';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { consumerFields } from './config.ts';
import { History } from './history.ts';
import { consumerMetrics } from './metrics.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('facts are gathered as long as the archive asks, also while a write is under way, and at once when they are enough', async () => {
  const { tell, written, done, history } = await world({ gatherMs: 500, CONSUMER_HISTORY_BATCH_MAX: '5' });
  tell('a', 'b');
  await vi.advanceTimersByTimeAsync(499);
  tell('c');
  expect(written).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  expect(written).toEqual([['a', 'b', 'c']]);
  tell('d');
  await vi.advanceTimersByTimeAsync(200);
  done();
  await vi.advanceTimersByTimeAsync(299);
  expect(written.length, 'the end of a write does not cut the next one short').toBe(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(written[1]).toEqual(['d']);
  tell('e', 'f', 'g', 'h', 'i');
  tell('j');
  await vi.advanceTimersByTimeAsync(0);
  expect(written.length, 'one at a time').toBe(2);
  done();
  await vi.advanceTimersByTimeAsync(0);
  expect(written[2]).toEqual(['e', 'f', 'g', 'h', 'i', 'j']);
  done();
  tell('k');
  await vi.advanceTimersByTimeAsync(0);
  const stopped = history.stop();
  await vi.advanceTimersByTimeAsync(0);
  expect(written[3], 'a stop waits for no more').toEqual(['k']);
  done();
  await vi.advanceTimersByTimeAsync(1000);
  await stopped;
});

/** A history of receipts whose writes last until `done` is called. `written` has their uids, write by write. */
async function world({ gatherMs, ...env }: { gatherMs: number; CONSUMER_HISTORY_BATCH_MAX: string }) {
  const written: string[][] = [];
  const ends: (() => void)[] = [];
  let subscribed: SubscribeOptions | undefined;
  const history = new History({
    bus: {
      subscribe: async (options) => {
        subscribed = options;
        return { commit: async () => {}, pause: () => {}, resume: () => {}, rewind: () => {}, close: async () => {} };
      },
    },
    archive: {
      gatherMs,
      write: ({ receipts }) => {
        written.push(receipts.map(({ uid }) => uid));
        return new Promise((resolve) => ends.push(resolve));
      },
    },
    config: loadConfig(consumerFields, env),
    metrics: consumerMetrics(new Metrics(), 'test'),
    log: createLog('test', 'silent'),
    openLog: () => Promise.reject(new Error('receipts have no sequence')),
  });
  await history.start('receipts');
  let offset = 0;
  return {
    written,
    history,
    done: () => ends.shift()?.(),
    /** One batch of a partition of its own, a record for each uid. */
    tell: (...uids: string[]) => {
      const records = uids.map((uid) => {
        const receipts: Receipt[] = [{ message_id: '0'.repeat(32), app: 'a', uid }];
        return { offset: offset++, at: 0, value: receiptBatchJson.encode({ v: 1, receipts }) };
      });
      void subscribed?.onBatch({ busId: 'b', partition: offset, records, end: offset });
    },
  };
}
