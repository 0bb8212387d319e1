// bus: the partitioned log between the api and the consumers.
import type { Clock, Log, Metrics } from '@message-push/runtime';
import { type BusConfig, EMBEDDED_PARTITIONS } from './config.ts';
import { createEmbeddedBus } from './embedded.ts';

export { BUS_LIMITS, type BusConfig, busFields } from './config.ts';
export { createEmbeddedBus, type EmbeddedBusOptions } from './embedded.ts';

/** pushes: Envelope; receipts: ReceiptBatch; dead: DeadLetter (JSON as UTF-8, see @message-push/protocol). */
export type Topic = 'pushes' | 'receipts' | 'dead';

export interface BusRecord {
  offset: number;
  /** When it was stored, epoch milliseconds. */
  at: number;
  value: Uint8Array;
}

export interface BusBatch {
  /** Identity of the log that the records are of, as `describe` answers it: offsets of another log say nothing about this one. */
  busId: string;
  partition: number;
  /** In order of offset, without gaps that were ever readable. */
  records: BusRecord[];
  /** Offset after the last stored record of the partition when the batch was read. */
  end: number;
}

export interface SubscribeOptions {
  group: 'delivery' | 'history';
  topic: Topic;
  /** Most records per batch. */
  batchMax: number;
  /** Records that come within this time may be read together, which costs less than one by one; the first after a silence comes at once. */
  gatherMs?: number;
  /**
   * Called with one batch at a time per partition, in order. When it resolves the partition reads on behind the batch, whether
   * or not it was committed. When it rejects, the same batch comes again after a pause that grows from 100 ms to 2 s.
   */
  onBatch(batch: BusBatch): Promise<void>;
  /**
   * Partitions given to this member, before the first batch of each; reading starts at their committed offsets, or at the oldest
   * record where the group has none for this log. A partition whose log was made anew, or whose next record is not kept any more, is
   * revoked and given again.
   */
  onAssigned?(partitions: { partition: number; committed: number }[]): void;
  /** Partitions taken away; their commits are refused from now on. */
  onRevoked?(partitions: number[]): void;
}

export interface Subscription {
  /** Stores the next offset to read. Rejects when the partition is not this member's any more. */
  commit(offsets: { partition: number; offset: number }[]): Promise<void>;
  /** Stops and resumes reading of a partition; its membership stays. */
  pause(partition: number): void;
  resume(partition: number): void;
  /** Goes back to the committed offset: the next batch starts there. */
  rewind(partition: number): void;
  /** Leaves the group; batches under way have ended when it resolves. */
  close(): Promise<void>;
}

export interface TailOptions {
  /** So many records of each partition that are stored already come first. Default 0. */
  back?: number;
  /**
   * Called with records of one partition in order of offset; their values are to be read before it returns. `missed`: records
   * before these were passed over, since the reader was too slow or the log was made anew.
   */
  onRecords(partition: number, records: readonly BusRecord[], missed: boolean): void;
}

export interface Tail {
  /** Nothing comes after it was called. */
  close(): void;
}

export interface Lag {
  partition: number;
  committed: number;
  end: number;
}

/**
 * Promises: `publish` resolves when all records are stored so that the crash of any one process loses none, and answers their
 * offsets in the order given. Records of one partition published in order are read in that order. When it rejects with ApiError
 * BUS_UNAVAILABLE nothing was stored; with PUBLISH_UNKNOWN the fate is unknown. A subscriber sees each record at least once:
 * everything past its group's committed offset comes again after a crash. A new group starts at the oldest record.
 * Each partition is read by one member of a group at a time.
 */
export interface Bus {
  /** Identity of the log (changes when topics are made anew), partitions of the topic, offset after the last record of each. */
  describe(topic: Topic): Promise<{ busId: string; partitions: number; ends: number[] }>;
  publish(topic: Topic, records: { partition: number; value: Uint8Array }[]): Promise<number[]>;
  subscribe(options: SubscribeOptions): Promise<Subscription>;
  /**
   * Watches what is published to all partitions from now on, beside all groups and without a commit. While the bus is away nothing
   * comes; afterwards it goes on where it was. Rejects with BUS_UNAVAILABLE when it cannot begin.
   */
  tail(topic: Topic, options: TailOptions): Promise<Tail>;
  lag(group: 'delivery' | 'history', topic: Topic): Promise<Lag[]>;
  /** Reads one record, undefined when it is not kept any more. */
  read(topic: Topic, partition: number, offset: number): Promise<BusRecord | undefined>;
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** The bus that the configuration names. `dir` is where an embedded log lives. A bus on servers connects in the background: see `ping`. */
export async function createBus(
  config: BusConfig,
  deps: { dir: string; clock: Clock; metrics?: Metrics; log?: Log },
): Promise<Bus> {
  if (config.bus === 'kafka') {
    const [{ createKafkaBus }, { kafkaSettings }] = await Promise.all([
      import('./kafka/bus.ts'),
      import('./kafka/settings.ts'),
    ]);
    return createKafkaBus({ ...deps, settings: kafkaSettings(config) });
  }
  return createEmbeddedBus({
    ...deps,
    partitions: config.busPartitions ?? EMBEDDED_PARTITIONS,
    limits: {
      retentionMs: config.busRetentionMs,
      retentionBytes: config.busRetentionBytes,
      partitionBytesMax: config.busPartitionBytesMax,
      batchBytesMax: config.busBatchBytesMax,
    },
  });
}
