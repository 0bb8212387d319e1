// archive: the record of what was sent and what became of it, searchable.
import type { DeliveryStatus, DeliveryTimes, MessageBody, MessageId, Receipt, Seq } from '@message-push/protocol';
import type { Clock, Metrics } from '@message-push/runtime';
import type { ArchiveConfig } from './config.ts';
import { createEmbeddedArchive } from './embedded.ts';

export { type ArchiveConfig, archiveFields } from './config.ts';
export { createEmbeddedArchive, type EmbeddedArchiveOptions } from './embedded.ts';

/** One accepted push. */
export interface PushRecord {
  message_id: MessageId;
  app: string;
  platforms?: string[];
  message: MessageBody;
  c_time: number;
  ttl_s: number;
  /** Distinct receivers. */
  accepted: number;
  traceparent?: string;
}

/** A push as it stands on the bus: the receivers of one partition. Upserts a push and its deliveries (`queued_at`). */
export interface QueuedPush extends PushRecord {
  uids: string[];
  partition: number;
  offset: number;
  seq: Seq;
  /** When the bus stored it, epoch milliseconds. */
  queued_at: number;
}

/** One message to one uid; `status` is computed from the times at reading. */
export interface DeliveryRecord extends DeliveryTimes {
  message_id: MessageId;
  app: string;
  uid: string;
  status: DeliveryStatus;
  seq?: Seq;
  partition?: number;
  offset?: number;
  node?: string;
  gateway?: string;
  session_id?: string;
  platform?: string;
  ring_version?: number;
  reason?: string;
}

export interface PushSummary extends PushRecord {
  /** Deliveries on record per status; statuses without any are left out. */
  counts: Partial<Record<DeliveryStatus, number>>;
  /** When the last of those who have it got it: acknowledged, else written; absent = nobody has it on record. */
  last_at?: number;
  /** Deliveries that went with the person they were for; absent = none. */
  erased?: number;
}

/** All given clauses hold at once. Times in epoch milliseconds, `from` inclusive, `to` exclusive. */
export interface PushQuery {
  app?: string;
  /** Of one of these apps; 1..1,000. */
  apps?: string[];
  /** Pushes addressed to this uid. */
  uid?: string;
  message_id?: MessageId;
  /** With at least one delivery in one of these statuses (to `uid`, by `node` and for `reason`, where given). */
  status?: DeliveryStatus[];
  /** With at least one delivery that this node took furthest (one to `uid`, in `status` and for `reason`, where given). */
  node?: string;
  /** With at least one delivery that ended for this reason, word for word (one to `uid`, in `status` and by `node`, where given). */
  reason?: string;
  /** Addressed to this platform or to all. */
  platform?: string;
  content_type?: string;
  /**
   * Words in the title and the first 500 characters of the content: Chinese, Japanese and Korean by any piece of a run, everything
   * else by whole words, case and width ignored; several as a phrase. At most 200 characters, with a letter or digit in them.
   */
  text?: string;
  from?: number;
  to?: number;
}

export interface SampledDelivery extends DeliveryRecord {
  /** Of its push. */
  c_time: number;
}

export interface Page<T> {
  items: T[];
  /** Opaque; absent on the last page. Stable while new pushes come in: nothing is skipped or repeated. */
  cursor?: string;
}

/** Deliveries of the pushes created in one interval; intervals are counted from 1970. */
export interface Bucket {
  from: number;
  counts: Partial<Record<DeliveryStatus, number>>;
}

/**
 * Promises: `write` is an upsert of facts: any order, any repetition, the same result; a resolved promise means stored. A receipt may come
 * before its push, and shows once the push is in. Of several receipts the earliest time of each hop counts, and for the rest the earliest
 * of the furthest hop. What is told of one message id is one push: only its receivers and places on the bus may differ.
 * `search` is newest first, by (c_time, message_id).
 * Errors: ApiError ARCHIVE_UNAVAILABLE when it is away (try again; what was written may be stored), INVALID_QUERY naming the field for a
 * query out of bounds or too broad. Any other error of `write` means that the batch holds what can never be stored.
 */
export interface Archive {
  /**
   * Milliseconds that facts should be gathered before a write, where a push costs less when its receipts come with it. Absent = none.
   */
  readonly gatherMs?: number;
  /** A call has a price of its own: write hundreds at once. */
  write(batch: { pushes: QueuedPush[]; receipts: Receipt[] }): Promise<void>;
  /** `limit` is 1..200. Matches are counted up to 10,000. */
  search(
    query: PushQuery,
    page: { limit: number; cursor?: string },
  ): Promise<Page<PushSummary> & { total: number; totalIsLowerBound: boolean }>;
  push(messageId: MessageId): Promise<PushSummary | undefined>;
  /** By uid. */
  deliveries(
    messageId: MessageId,
    page: { limit: number; cursor?: string; status?: DeliveryStatus[]; uid?: string },
  ): Promise<Page<DeliveryRecord>>;
  /**
   * Deliveries per status and interval, oldest first, intervals without any left out. Counts the deliveries that satisfy the query: of
   * `uid`, in `status`, by `node`, for `reason`, where given. Refused when `from` to `to` (or to the newest push) has more than 500 intervals; without
   * `from` the newest 500 are meant.
   */
  histogram(query: PushQuery, intervalMs: number): Promise<Bucket[]>;
  /** Deliveries that satisfy the query and got at least as far as each hop. */
  funnel(query: PushQuery): Promise<Record<'accepted' | 'routed' | 'written' | 'acked', number>>;
  /**
   * Up to `limit` (1..1,000) deliveries that satisfy the query, those of the newest pushes first: for percentiles and reasons of what
   * happens now. In which order those of one push come, and which of them where not all fit, is left open.
   */
  sample(query: PushQuery, limit: number): Promise<SampledDelivery[]>;
  /**
   * Removes what was created before `before` (epoch milliseconds); answers the number of pushes. What is less than a day older may stay
   * until that day is over.
   */
  retain(before: number): Promise<number>;
  /**
   * Removes every delivery to this person that can be found now, and the words of each push whose receivers are all erased (in
   * Elasticsearch not of pushes to more than 32: they stay until retention ends); answers the number of deliveries. A push
   * to others too keeps `accepted` as it was. What is told of a removed delivery later, be it a late receipt or the push itself read
   * from the bus again, is dropped; only a hash of message id and uid is kept for that, until retention ends. What was never
   * told before is not covered: a push that the history has not read yet comes in as any other. It can be repeated, and completes
   * what an error cut short.
   */
  erase(app: string, uid: string): Promise<number>;
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** The archive that the configuration names. `dir` is where an embedded one lives. */
export async function createArchive(
  config: ArchiveConfig,
  deps: { dir: string; clock: Clock; metrics?: Metrics },
): Promise<Archive> {
  if (config.archive === 'elasticsearch') {
    const { createElasticsearchArchive } = await import('./elasticsearch/archive.ts');
    return createElasticsearchArchive(config, deps);
  }
  return createEmbeddedArchive({ ...deps, scanMax: config.archiveScanMax, cacheKiB: config.archiveCacheKiB });
}
