// What travels on the bus: pushes in envelopes, hop facts in receipt batches, what could not be processed in dead letters.
import type { MessageId, Seq } from './ids.ts';
import type { DeliveryTimes } from './status.ts';

/** The content of a push as its sender gave it; names as on the wire of the original. */
export interface MessageBody {
  title?: string;
  content: string;
  content_type?: string;
  extras?: string;
}

/** One push, cut down to the receivers of one bus partition. */
export interface EnvelopePush {
  message_id: MessageId;
  app: string;
  /** Receivers of this partition: distinct, 1..1000. */
  uids: string[];
  /** Only these devices of a uid; a uid without a row gets it on all its devices. */
  devices?: Record<string, string[]>;
  /** Lower-case platforms that may see it; absent = all. */
  platforms?: string[];
  message: MessageBody;
  /** Creation time, epoch milliseconds. */
  c_time: number;
  /** Seconds to keep it for absent receivers; 0 = only who is online now. */
  ttl_s: number;
  /** Distinct receivers of the whole push over all partitions. */
  accepted: number;
  /** W3C trace context of the request. */
  traceparent?: string;
  /** Published again after an unknown outcome: look for the message id before appending. */
  again?: true;
}

/** One bus record of the topic `pushes`; the index of a push in `pushes` is the index of its sequence. At most 1,000. */
export interface Envelope {
  v: 1;
  pushes: EnvelopePush[];
}

/** Facts about one message to one uid, on the way to the archive. Upserts: order and repetition do not matter. */
export interface Receipt extends Omit<DeliveryTimes, 'queued_at' | 'expires_at'> {
  message_id: MessageId;
  app: string;
  uid: string;
  seq?: Seq;
  node?: string;
  gateway?: string;
  session_id?: string;
  platform?: string;
  /** Ring version by which it was routed. */
  ring_version?: number;
  /** Why it ended where it ended: a sentence of REASONS. */
  reason?: string;
}

/** One bus record of the topic `receipts`. At most 1,000. */
export interface ReceiptBatch {
  v: 1;
  receipts: Receipt[];
}

/** One bus record of the topic `dead`: a record that cannot be processed, and why. */
export interface DeadLetter {
  v: 1;
  partition: number;
  offset: number;
  /** Index of the push in its record; absent when the record could not be read at all. */
  index?: number;
  /** A sentence of REASONS, with what is to be said about this case. */
  reason: string;
  at: number;
  push?: EnvelopePush;
  /** Base64 of the first 64 KB of an unreadable record. */
  raw?: string;
}
