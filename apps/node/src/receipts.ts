// Receipts on their way to the archive: merged per message and uid, published in batches, kept over a short absence of the bus.
import type { Bus } from '@message-push/bus';
import { type Receipt, receiptBatchJson } from '@message-push/protocol';
import type { Log } from '@message-push/runtime';
import type { NodeConfig } from './config.ts';
import type { NodeMetrics } from './metrics.ts';

export interface ReceiptsDeps {
  bus: Pick<Bus, 'describe' | 'publish'>;
  config: NodeConfig;
  metrics: NodeMetrics;
  log: Log;
  jitter(): number;
}

/**
 * Promises: a receipt handed in is published within the flush time of configuration while the bus lives; while it is away the newest
 * `nodeReceiptQueueMax` are kept. Facts about one message and uid that come within one flush leave as one receipt.
 */
export class Receipts {
  #deps: ReceiptsDeps;
  #pending = new Map<string, Receipt>();
  #queue: Receipt[][] = [];
  #queued = 0;
  #timer: NodeJS.Timeout | undefined;
  #sending: Promise<void> | undefined;
  #partitions = 0;
  #next = 0;
  #failures = 0;
  #wake: (() => void) | undefined;
  #stopping = false;

  constructor(deps: ReceiptsDeps) {
    this.#deps = deps;
  }

  /** Takes over the receipt: the caller must not change it afterwards. */
  add(receipt: Receipt): void {
    // Ids are of fixed width and app ids hold no slash: the key is unique.
    const key = `${receipt.message_id}${receipt.app}/${receipt.uid}`;
    const before = this.#pending.get(key);
    if (before !== undefined) {
      mergeReceipt(before, receipt);
      return;
    }
    this.#pending.set(key, receipt);
    if (this.#pending.size >= this.#deps.config.nodeReceiptBatchMax) this.#cut();
    else this.#timer ??= setTimeout(() => this.#cut(), this.#deps.config.nodeReceiptFlushMs);
  }

  /** Publishes at the end of this turn: what nobody could report again must not wait. */
  hurry(): void {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#cut(), 0);
  }

  /** Publishes what is pending; resolves when it is stored, or after `ms`. */
  async flush(ms: number): Promise<void> {
    this.#cut();
    if (this.#sending === undefined) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ms);
    await Promise.race([this.#sending, promise]);
    clearTimeout(timer);
  }

  /** Publishes what is pending; resolves when the queue is empty, or at once after one failed try. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#cut();
    this.#wake?.();
    await this.#sending;
    if (this.#queued > 0)
      this.#deps.log.error({ receipts: this.#queued }, 'receipts lost: the bus is away at the stop');
  }

  #cut(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#pending.size > 0) {
      this.#queue.push([...this.#pending.values()]);
      this.#queued += this.#pending.size;
      this.#pending = new Map();
    }
    while (this.#queued > this.#deps.config.nodeReceiptQueueMax && this.#queue.length > 1) {
      const dropped = this.#queue.shift()?.length ?? 0;
      this.#queued -= dropped;
      this.#deps.metrics.receiptsDropped.inc(dropped);
    }
    this.#deps.metrics.receiptsQueued.set(this.#queued);
    this.#start();
  }

  #start(): void {
    if (this.#queue.length === 0) return;
    this.#sending ??= this.#send().finally(() => {
      this.#sending = undefined;
      if (!this.#stopping) this.#start();
    });
  }

  async #send(): Promise<void> {
    for (let batch = this.#queue[0]; batch !== undefined; batch = this.#queue[0]) {
      if (await this.#publish(batch)) {
        // The oldest may have been dropped while it was under way; then it is not the first any more.
        if (this.#queue[0] === batch) this.#queued -= this.#queue.shift()?.length ?? 0;
        this.#deps.metrics.receiptsQueued.set(this.#queued);
        continue;
      }
      if (this.#stopping) return;
      await this.#pause();
    }
  }

  async #publish(receipts: Receipt[]): Promise<boolean> {
    const { bus, log, metrics } = this.#deps;
    try {
      if (this.#partitions === 0) this.#partitions = (await bus.describe('receipts')).partitions;
      const partition = this.#next++ % this.#partitions;
      const value = receiptBatchJson.encode({ v: 1, receipts });
      await bus.publish('receipts', [{ partition, value }]);
      if (this.#failures > 0) log.info({ failures: this.#failures }, 'receipts are published again');
      this.#failures = 0;
      metrics.receipts.inc(receipts.length);
      return true;
    } catch (cause) {
      // An unknown fate is tried again as well: receipts are upserts.
      if (this.#failures++ === 0) log.warn({ err: cause }, 'receipts are not published: the bus is away');
      return false;
    }
  }

  #pause(): Promise<void> {
    const { config, jitter } = this.#deps;
    const most = Math.min(config.nodeRetryMaxMs, config.nodeRetryMinMs * 2 ** Math.min(this.#failures, 16));
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, most / 2 + (jitter() * most) / 2);
    this.#wake = () => {
      clearTimeout(timer);
      resolve();
    };
    return promise;
  }
}

const TIMES = ['offline_at', 'routed_at', 'written_at', 'acked_at', 'evicted_at', 'recalled_at', 'dead_at'] as const;

/** Adds the facts of `more` to `into`: the earliest of each time; the rest as the one that got further says it. */
function mergeReceipt(into: Receipt, more: Receipt): void {
  const merged = hopsOf(more) > hopsOf(into) ? { ...into, ...more } : { ...more, ...into };
  for (const time of TIMES) {
    const a = into[time];
    const b = more[time];
    if (a !== undefined && b !== undefined) merged[time] = Math.min(a, b);
  }
  Object.assign(into, merged);
}

function hopsOf(receipt: Receipt): number {
  if (receipt.acked_at !== undefined) return 2;
  return receipt.written_at === undefined ? 0 : 1;
}
