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
  /** Highest sequence of a second publication of this message that was recognised: it leaves together with this one. */
  twin?: Seq;
  /** What this entry pushed out of a full inbox before it was passed, so that its redelivery can report it again. */
  evicts?: Left[];
}

/** An entry that left or was passed, as reports name it. */
export interface Left {
  seq: Seq;
  message_id: MessageId;
}

/** What comes to be appended; `again`: its envelope is marked as published again, so look for the message id first. */
export interface Arrival extends Omit<Entry, 'passed_at' | 'twin' | 'evicts'> {
  again?: boolean;
}

/** How far a device (`d:<id>`) or a platform (`p:<name>`) of a person is. */
export interface Scope {
  id: string;
  /** Platform that the scope logged in with, lower case: decides which entries address it. */
  platform: string;
  /** Everything up to here was passed. Only grows. */
  cursor: Seq;
  /** Held sequences that this scope does not get, because others had passed them before it was first seen. */
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
  /**
   * Grows with each call of this incarnation that records a bind. An unbind names the last one it knows of: one that a broken
   * connection carries out late does not remove the record of a session that came since.
   */
  serial?: number;
}

/** The inbox of one (app, uid). Entries are in order of sequence. */
export interface Inbox {
  /** Highest sequence trimmed or evicted. */
  floor: Seq;
  /** Highest sequence that was evicted, or expired without having been passed: a reader below it has a gap. */
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
  /** Records of nodes; the one of the oldest ring version goes first. */
  bindsMax: number;
}

/** What calls changed in an inbox, for a store that keeps entries as rows and the rest as one head row. */
export interface Changes {
  /** Entries added or changed (`passed_at`, `twin`), as they are now; may name one twice. */
  put: Entry[];
  /** Entries that left; wins over `put`. */
  removed: Seq[];
  /** Anything else of the inbox changed. */
  head: boolean;
}

export const INBOX_LIMITS: InboxLimits = {
  entriesMax: 200,
  bytesMax: 256 * 1024,
  scopesMax: 8,
  holdMs: 60_000,
  scopeIdleMs: 7 * 86_400_000,
  bindsMax: 16,
};

/** `new`: stored now; `held`: was there already (redelivery); `gone`: was there and has left; `again`: another entry has this message id. */
export type AppendOutcome = 'new' | 'held' | 'gone' | 'again';

export interface AppendResult {
  outcome: AppendOutcome;
  /** The sequence held or let go just before this one. */
  prev: Seq;
  /** Where sessions of the uid are bound, at the same moment. */
  binds: Bind[];
  /** Entries that left to make room before they were passed, to be reported as `expired: inbox full` before the offset is committed. */
  evicted: Left[];
}

export interface BindRequest {
  bind: Bind;
  scope: string;
  platform: string;
  /**
   * The session was attached before (a bind of it was answered by state): never a first sight of its scope. Until then each
   * bind of it is a first one, however often it is tried.
   */
  repeat: boolean;
  /** The session's position: highest enqueued to the client, at least the start that its first bind answered. Else SEQ_ZERO. */
  enqueued: Seq;
  /**
   * Its cursor, advances the scope's: the lowest acknowledged or written of the scope's sessions here; at a first bind the
   * client's own stored cursor, believed only as far as the inbox goes.
   */
  cursor: Seq;
  /** Token issue time, epoch seconds; 0 = unknown, passes. */
  issued_at: number;
  /**
   * Only at a first bind of a session whose LOGIN succeeded while state was away: the time of that LOGIN, epoch milliseconds.
   * What was created since is its due, even if other sessions have passed it in the meantime.
   */
  since?: number;
}

export interface BindAnswer {
  /** The token was revoked: nothing was bound. */
  revoked: boolean;
  /** Where the session starts to read. */
  start: Seq;
  /** Something for this session lies past `start`: pull. Otherwise `start` is the inbox's highest sequence. */
  behind: boolean;
  /** False when something past the client's cursor was evicted or expired. */
  resumed: boolean;
  /** Binds of the uid after this call, this one included. */
  binds: Bind[];
  /** Entries that the scope passed by this call, oldest first: their receipts may be missing. */
  passed: Left[];
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
  /** The reader's position after these entries: the inbox's highest sequence, or the last of `entries` if there is more; never below `after`. */
  upTo: Seq;
  more: boolean;
}

export interface AdvanceRequest {
  scope: string;
  platform: string;
  /**
   * New cursor, the lowest of the scope's sessions here or the last one's; lower than the present one = no change, above the
   * inbox's highest sequence = as far as that. A scope that state has lost is recorded again.
   */
  cursor: Seq;
}

/** Entries passed by the move, oldest first. */
export interface AdvanceAnswer {
  passed: Left[];
}
