// The vocabulary of the inbox: what is stored for one (app, uid), what its calls take and answer. Plain data, no I/O.
import type { MessageId, Seq } from '@message-push/protocol';

/** One stored delivery, without its body. */
export interface Entry {
  seq: Seq;
  message_id: MessageId;
  /** Bytes of the body as stored. */
  bytes: number;
  /** Lower-case platforms that may see it; absent = all. */
  platforms?: string[];
  /** Only these devices; absent = all. */
  device_ids?: string[];
  /** Epoch milliseconds. */
  expires_at: number;
  /** Since when all addressed scopes have passed it, epoch milliseconds; absent = not yet. */
  passed_at?: number;
}

/** How far a device (`d:<id>`) or a platform (`p:<name>`) of a person is. */
export interface Scope {
  id: string;
  /** Platform that the scope logged in with, lower case: decides which entries address it. */
  platform: string;
  /** Everything up to here was passed. Only grows. */
  cursor: Seq;
  /** Sequences past the cursor that this scope does not get, because others had passed them before it was first seen. */
  skips: Seq[];
  /** Last bind or cursor move, epoch milliseconds. */
  used_at: number;
}

/** A node where sessions of the uid are bound. */
export interface Bind {
  node: string;
  incarnation: string;
  /** Ring version by which the bind was made. */
  ring_version: number;
}

/** The inbox of one (app, uid). Entries are in order of sequence. */
export interface Inbox {
  /** Highest sequence trimmed or evicted. */
  floor: Seq;
  /** Highest sequence that left without having been passed (evicted, or expired and trimmed): a reader below it has a gap. */
  gap: Seq;
  entries: Entry[];
  scopes: Scope[];
  binds: Bind[];
  /** Tokens issued before this epoch second are refused at BIND; 0 = none. */
  revoked_before: number;
}

/** Bounds; defaults in `INBOX_LIMITS`. */
export interface InboxLimits {
  entriesMax: number;
  bytesMax: number;
  scopesMax: number;
  /** A passed entry stays this long. */
  holdMs: number;
  /** A scope without a session for this long holds nothing back. */
  scopeIdleMs: number;
}

export const INBOX_LIMITS: InboxLimits = {
  entriesMax: 200,
  bytesMax: 256 * 1024,
  scopesMax: 8,
  holdMs: 60_000,
  scopeIdleMs: 7 * 86_400_000,
};

/** `new`: stored now; `held`: was there already (redelivery); `gone`: was there and has left; `again`: another entry has this message id. */
export type AppendOutcome = 'new' | 'held' | 'gone' | 'again';

export interface AppendResult {
  outcome: AppendOutcome;
  /** The sequence held or let go just before this one. */
  prev: Seq;
  /** Where sessions of the uid are bound, at the same moment. */
  binds: Bind[];
  /** Entries that left before they were passed, to be reported as `expired: inbox full`. */
  evicted: { seq: Seq; message_id: MessageId }[];
}

export interface BindRequest {
  bind: Bind;
  scope: string;
  platform: string;
  /** A session that was bound before: never a first sight of its scope. */
  repeat: boolean;
  /** The session's position: highest enqueued to the client. For a first bind SEQ_ZERO. */
  enqueued: Seq;
  /** Its cursor: acknowledged (of an acknowledging client, its own stored cursor included) or written. Advances the scope's. */
  cursor: Seq;
  /** Token issue time, epoch seconds; 0 = unknown, passes. */
  issued_at: number;
}

export interface BindAnswer {
  /** The token was revoked: nothing was bound. */
  revoked: boolean;
  /** Where the session starts to read. */
  start: Seq;
  /** False when something past the client's cursor was evicted or expired. */
  resumed: boolean;
  /** Binds of the uid after this call, this one included. */
  binds: Bind[];
  /** Entries that the scope passed by this call, oldest first: their receipts may be missing. */
  passed: { seq: Seq; message_id: MessageId }[];
}

export interface PullRequest {
  scope: string;
  platform: string;
  /** Read past this. */
  after: Seq;
  /** At least one entry is answered, then as many as fit. */
  bytesMax: number;
}

export interface PullAnswer {
  /** Entries for this scope past `after`, in order: addressed, not skipped, not expired. */
  entries: Entry[];
  /** The reader's position after these entries: the inbox's highest sequence, or the last of `entries` if there is more. */
  upTo: Seq;
  more: boolean;
}

export interface AdvanceRequest {
  scope: string;
  platform: string;
  /** New cursor; lower than the present one = no change. */
  cursor: Seq;
}

/** Entries passed by the move, oldest first. */
export interface AdvanceAnswer {
  passed: { seq: Seq; message_id: MessageId }[];
}
