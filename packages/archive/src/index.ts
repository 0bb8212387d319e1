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
  /** Deliveries per status; statuses without any are left out. */
  counts: Partial<Record<DeliveryStatus, number>>;
}

/** All given clauses hold at once. Times in epoch milliseconds, `from` inclusive, `to` exclusive. */
export interface PushQuery {
  app?: string;
  /** Pushes addressed to this uid. */
  uid?: string;
  message_id?: MessageId;
  /** With at least one delivery in one of these statuses (of `uid`, when given). */
  status?: DeliveryStatus[];
  platform?: string;
  content_type?: string;
  /** Words in title and content: Chinese by two-character pieces, Latin by whole words, case ignored; all must occur as a phrase. */
  text?: string;
  from?: number;
  to?: number;
}

export interface Page<T> {
  items: T[];
  /** Opaque; absent on the last page. Stable while new pushes come in: nothing is skipped or repeated. */
  cursor?: string;
}

export interface Bucket {
  from: number;
  counts: Partial<Record<DeliveryStatus, number>>;
}

/**
 * Promises: `write` is an upsert of facts: any order, any repetition, the same result; a resolved promise means stored. A receipt may come
 * before its push. `search` is newest first, by (c_time, message_id).
 */
export interface Archive {
  write(batch: { pushes: QueuedPush[]; receipts: Receipt[] }): Promise<void>;
  search(
    query: PushQuery,
    page: { limit: number; cursor?: string },
  ): Promise<Page<PushSummary> & { total: number; totalIsLowerBound: boolean }>;
  push(messageId: MessageId): Promise<PushSummary | undefined>;
  deliveries(
    messageId: MessageId,
    page: { limit: number; cursor?: string; status?: DeliveryStatus[]; uid?: string },
  ): Promise<Page<DeliveryRecord>>;
  /** Deliveries per status and interval over the pushes of the query; at most 500 buckets. */
  histogram(query: PushQuery, intervalMs: number): Promise<Bucket[]>;
  /** Deliveries that got at least as far as each hop. */
  funnel(query: PushQuery): Promise<Record<'accepted' | 'routed' | 'written' | 'acked', number>>;
  /** Removes what was created before `before` (epoch milliseconds); answers the number of pushes. */
  retain(before: number): Promise<number>;
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** The archive that the configuration names. `dir` is where an embedded one lives. */
export function createArchive(
  config: ArchiveConfig,
  deps: { dir: string; clock: Clock; metrics?: Metrics },
): Promise<Archive> {
  const { archiveScanMax: scanMax, archiveLingerMs: lingerMs, archiveCacheKiB: cacheKiB } = config;
  return createEmbeddedArchive({ ...deps, scanMax, lingerMs, cacheKiB });
}
