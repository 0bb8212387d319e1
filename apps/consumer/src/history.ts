// The history group: reads pushes and receipts and writes the archive; trouble with the archive delays nothing else.
import type { Archive, QueuedPush } from '@message-push/archive';
import type { Bus, BusBatch, BusRecord, Subscription } from '@message-push/bus';
import {
  ApiError,
  type Envelope,
  envelopeJson,
  formatSeq,
  type Receipt,
  receiptBatchJson,
} from '@message-push/protocol';
import type { Log } from '@message-push/runtime';
import type { LogRecord } from '@message-push/state';
import { Commits } from './commits.ts';
import type { ConsumerConfig } from './config.ts';
import type { ConsumerMetrics } from './metrics.ts';

export interface HistoryDeps {
  bus: Pick<Bus, 'subscribe'>;
  archive: Pick<Archive, 'write' | 'gatherMs'>;
  config: ConsumerConfig;
  metrics: ConsumerMetrics;
  log: Log;
  /** The log that records came from, as state remembers it; rejects when it is not there any more. */
  openLog(busId: string): Promise<LogRecord>;
}

/** What one bus record says to the archive. */
interface Facts {
  pushes: QueuedPush[];
  receipts: Receipt[];
}

interface Write extends Facts {
  records: number;
  /** It has gathered long enough, or enough. */
  due: boolean;
  done: Promise<void>;
  resolve(): void;
  reject(cause: unknown): void;
}

type HistoryTopic = 'pushes' | 'receipts';

/**
 * Promises: an offset is committed after the archive stored what lies before it. A record that can never be archived is dropped, counted
 * and logged; an archive that is away is tried again by the bus, batch by batch.
 */
export class History {
  #deps: HistoryDeps;
  #gathering: Write | undefined;
  #stored: Promise<void> | undefined;
  #stopping = false;
  #subscriptions: { subscription: Subscription; commits: Commits }[] = [];

  constructor(deps: HistoryDeps) {
    this.#deps = deps;
  }

  /** Ends the write under way, commits it and leaves the group. */
  async stop(): Promise<void> {
    this.#stopping = true;
    const gathering = this.#gathering;
    if (gathering) this.#ready(gathering);
    await Promise.allSettled([this.#stored, gathering?.done]);
    for (const { commits } of this.#subscriptions) await commits.stop();
    await Promise.all(this.#subscriptions.map(({ subscription }) => subscription.close()));
  }

  /** Joins the group for one topic. */
  async start(topic: HistoryTopic): Promise<void> {
    const { bus, config, log } = this.#deps;
    const commits = new Commits({ everyMs: config.consumerCommitMs, log });
    const subscription = await bus.subscribe({
      group: 'history',
      topic,
      batchMax: config.consumerHistoryBatchMax,
      // Nobody waits for the history: it reads as rarely as it writes.
      gatherMs: this.#gatherMs,
      onAssigned: (partitions) => commits.own(partitions.map(({ partition }) => partition)),
      onBatch: async (batch) => {
        if (this.#stopping) throw new Error('the consumer is stopping');
        const since = commits.since(batch.partition);
        await this.#write(await this.#facts(topic, batch), batch.records.length);
        const last = batch.records.at(-1);
        if (last !== undefined) commits.set(batch.partition, last.offset + 1, since);
      },
      onRevoked: (partitions) => commits.forget(partitions),
    });
    commits.to(subscription);
    this.#subscriptions.push({ subscription, commits });
  }

  async #facts(topic: HistoryTopic, batch: BusBatch): Promise<Facts> {
    const facts: Facts = { pushes: [], receipts: [] };
    const generation = topic === 'pushes' ? (await this.#deps.openLog(batch.busId)).generation : 0;
    for (const record of batch.records) {
      try {
        if (topic === 'receipts') facts.receipts.push(...receiptBatchJson.decode(record.value).receipts);
        else addPushes(facts.pushes, envelopeJson.decode(record.value), record, batch.partition, generation);
      } catch (cause) {
        // An unreadable push is in the dead letters by the delivery group's hand.
        this.#drop(1, cause, { topic, partition: batch.partition, offset: record.offset });
      }
    }
    return facts;
  }

  /** Resolves when the archive stored the facts, together with those of other partitions. */
  #write(facts: Facts, records: number): Promise<void> {
    const gathering = this.#gathering ?? this.#gather();
    for (const push of facts.pushes) gathering.pushes.push(push);
    for (const receipt of facts.receipts) gathering.receipts.push(receipt);
    gathering.records += records;
    if (gathering.records >= this.#deps.config.consumerHistoryBatchMax) this.#ready(gathering);
    return gathering.done;
  }

  get #gatherMs(): number {
    const { archive, config } = this.#deps;
    return Math.max(config.consumerHistoryLingerMs, archive.gatherMs ?? 0);
  }

  /** A write that gathers as long as the archive likes, also while another is under way: what comes together costs less. */
  #gather(): Write {
    const write = emptyWrite();
    this.#gathering = write;
    const timer = setTimeout(() => this.#ready(write), this.#gatherMs);
    const clear = () => clearTimeout(timer);
    write.done.then(clear, clear);
    return write;
  }

  #ready(write: Write): void {
    write.due = true;
    this.#flush();
  }

  /** One write at a time: while it is under way the next one gathers. */
  #flush(): void {
    const write = this.#gathering;
    if (!write?.due || this.#stored !== undefined) return;
    this.#gathering = undefined;
    this.#stored = this.#store(write)
      .then(() => {
        this.#deps.metrics.historyWritten.inc(write.records);
        write.resolve();
      }, write.reject)
      .finally(() => {
        this.#stored = undefined;
        this.#flush();
      });
  }

  async #store(write: Write): Promise<void> {
    const { archive, metrics, log } = this.#deps;
    try {
      await archive.write({ pushes: write.pushes, receipts: write.receipts });
    } catch (cause) {
      metrics.historyFailures.inc();
      log.warn({ err: cause }, 'the archive did not take a batch');
      if (cause instanceof ApiError) throw cause;
      await this.#storeOneByOne(write);
    }
  }

  /** The archive is there and refuses: what it refuses alone can never be stored. */
  async #storeOneByOne({ pushes, receipts }: Facts): Promise<void> {
    const single = [
      ...pushes.map((push) => ({ pushes: [push], receipts: [] })),
      ...receipts.map((receipt) => ({ pushes: [], receipts: [receipt] })),
    ];
    for (const facts of single) {
      try {
        await this.#deps.archive.write(facts);
      } catch (cause) {
        if (cause instanceof ApiError) throw cause;
        this.#drop(1, cause, { message_id: (facts.pushes[0] ?? facts.receipts[0])?.message_id });
      }
    }
  }

  #drop(count: number, cause: unknown, where: object): void {
    this.#deps.metrics.historyDropped.inc(count);
    this.#deps.log.error({ err: cause, ...where }, 'a record cannot be archived');
  }
}

function addPushes(into: QueuedPush[], envelope: Envelope, record: BusRecord, partition: number, generation: number) {
  const { offset, at } = record;
  for (const [index, push] of envelope.pushes.entries()) {
    const { devices: _devices, again: _again, ...kept } = push;
    into.push({ ...kept, partition, offset, seq: formatSeq({ generation, offset, index }), queued_at: at });
  }
}

function emptyWrite(): Write {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  return { pushes: [], receipts: [], records: 0, due: false, done: promise, resolve, reject };
}
