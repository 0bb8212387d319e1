// Receipts that the consumer itself knows (offline, expired, dead): what waits for one is settled only when it is stored.
import type { Bus } from '@message-push/bus';
import { type Receipt, receiptBatchJson } from '@message-push/protocol';
import type { ConsumerConfig } from './config.ts';
import type { ConsumerMetrics } from './metrics.ts';
import type { Retry } from './retry.ts';

/** Something that waits for its receipts, e.g. a bus record before its offset may be committed. */
export interface Waiting {
  done(): void;
}

export interface ReceiptsDeps {
  bus: Pick<Bus, 'describe' | 'publish'>;
  config: ConsumerConfig;
  metrics: ConsumerMetrics;
  retry: Retry;
}

interface Batch {
  receipts: Receipt[];
  waiting: Waiting[];
}

/** Promises: `done` of each receipt's waiter is called once, after the receipt is on the bus. The queue is bounded by what may be unsettled. */
export class Receipts {
  #deps: ReceiptsDeps;
  #pending: Batch = { receipts: [], waiting: [] };
  #queue: Batch[] = [];
  #timer: NodeJS.Timeout | undefined;
  #sending: Promise<void> | undefined;
  #partitions = 0;
  #next = 0;

  constructor(deps: ReceiptsDeps) {
    this.#deps = deps;
  }

  add(receipt: Receipt, waiting: Waiting): void {
    this.#pending.receipts.push(receipt);
    this.#pending.waiting.push(waiting);
    const { consumerReceiptBatchMax, consumerReceiptFlushMs } = this.#deps.config;
    if (this.#pending.receipts.length >= consumerReceiptBatchMax) this.#cut();
    else this.#timer ??= setTimeout(() => this.#cut(), consumerReceiptFlushMs);
  }

  /** Publishes what is pending; resolves when it is stored, or when the retries were stopped. */
  async flush(): Promise<void> {
    this.#cut();
    await this.#sending;
  }

  #cut(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#pending.receipts.length > 0) {
      this.#queue.push(this.#pending);
      this.#pending = { receipts: [], waiting: [] };
    }
    this.#start();
  }

  #start(): void {
    if (this.#queue.length === 0) return;
    this.#sending ??= this.#send().finally(() => {
      this.#sending = undefined;
      if (!this.#deps.retry.stopped) this.#start();
    });
  }

  async #send(): Promise<void> {
    const { retry, metrics } = this.#deps;
    for (let batch = this.#queue.shift(); batch !== undefined; batch = this.#queue.shift()) {
      const { receipts, waiting } = batch;
      const sent = await retry.until(() => this.#publish(receipts), 'receipts are not published');
      if (!sent) return;
      metrics.receipts.inc(receipts.length);
      for (const one of waiting) one.done();
    }
  }

  async #publish(receipts: Receipt[]): Promise<void> {
    const { bus } = this.#deps;
    if (this.#partitions === 0) this.#partitions = (await bus.describe('receipts')).partitions;
    const partition = this.#next++ % this.#partitions;
    await bus.publish('receipts', [{ partition, value: receiptBatchJson.encode({ v: 1, receipts }) }]);
  }
}
