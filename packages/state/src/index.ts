// state: what the processes share and must agree on: inboxes, the ring, leases, devices, idempotency, revocations.
import type {
  AdvanceAnswer,
  AdvanceRequest,
  AppendResult,
  Arrival,
  Bind,
  BindAnswer,
  BindRequest,
  Entry,
  PullAnswer,
  PullRequest,
} from '@message-push/delivery';
import type { MessageBody, MessageId, RingDocument } from '@message-push/protocol';
import type { Clock, Log, Metrics } from '@message-push/runtime';
import { redisServers, type StateConfig } from './config.ts';
import { createEmbeddedState } from './embedded.ts';

export { STATE_LIMITS, type StateConfig, stateFields } from './config.ts';
export { createEmbeddedState, type EmbeddedStateOptions } from './embedded.ts';
export { type FollowOptions, followState, type StateFollower } from './follow.ts';

/** Whose inbox. */
export interface Receiver {
  app: string;
  uid: string;
}

export interface Unbind {
  node: string;
  incarnation: string;
  serial?: number;
}

/** An entry to store. The body is given once per message; `c_time` is epoch milliseconds. */
export interface AppendEntry extends Omit<Arrival, 'bytes'> {
  c_time: number;
  message: MessageBody;
}

/** An entry as read back. */
export interface StoredEntry extends Entry {
  c_time: number;
  message: MessageBody;
}

export interface StoredPull extends Omit<PullAnswer, 'entries'> {
  entries: StoredEntry[];
}

/**
 * The inboxes: the one place of truth about delivery. Every call is atomic for one uid; calls made in order on one
 * State are carried out in that order. A resolved promise means stored (see `lossWindowMs`). A call whose state is
 * away rejects with ApiError STATE_UNAVAILABLE, at once or after `timeoutMs` of configuration; it may have been carried out.
 */
export interface Inboxes {
  /** Appends entries of several receivers; entries of one receiver in order. Answers in the order given. */
  append(calls: (Receiver & { entry: AppendEntry })[]): Promise<AppendResult[]>;
  /** Where these receivers are bound (for online-only messages and presence). */
  binds(receivers: Receiver[]): Promise<Bind[][]>;
  bind(receiver: Receiver, request: BindRequest): Promise<BindAnswer>;
  /** Changes nothing, but answers as if what time lets go had been let go before. */
  pull(receiver: Receiver, request: PullRequest): Promise<StoredPull>;
  advance(calls: (Receiver & AdvanceRequest)[]): Promise<AdvanceAnswer[]>;
  /**
   * Removes the record of exactly this node incarnation. `serial`: given by the node itself when its last session went, a record
   * of a later bind stays; absent: the incarnation is known to be out of the ring.
   */
  unbind(calls: (Receiver & Unbind)[]): Promise<void>;
  /** Refuses tokens issued before this epoch second from the next BIND on. */
  revokeBefore(receiver: Receiver, epochS: number): Promise<void>;
  /** Takes a message back from those who have not passed it; answers in the order given whether there was something to take. */
  recall(calls: (Receiver & { message_id: MessageId })[]): Promise<boolean[]>;
  /** Forgets a person: entries, cursors, binds; answers the devices that were known. Old records of the bus bring nothing back. */
  erase(receiver: Receiver): Promise<{ devices: string[] }>;
}

export interface RingStore {
  /** The stored document; version 0 when there is none. */
  read(): Promise<RingDocument>;
  /** Stores it if the stored version is `expected` and no higher epoch has written. False = somebody else was first. */
  write(document: RingDocument, expected: number): Promise<boolean>;
  /** Newest first. */
  history(limit: number): Promise<RingDocument[]>;
}

/** A revocation that every process applies to what it has cached or holds; `before` is the time up to which it reaches. */
export type Revocation =
  | { kind: 'credential'; app: string; credential_id: string }
  | { kind: 'app'; app: string }
  | { kind: 'token'; app: string; jti: string; expires_at: number }
  | { kind: 'user'; app: string; uid: string; before: number }
  /** One session of a user, or all that logged in by `before` (epoch milliseconds), are to be closed with `code`. */
  | { kind: 'sessions'; app: string; uid: string; session_id?: string; code: number; before: number }
  | { kind: 'message'; app: string; message_id: MessageId };

export interface NumberedRevocation {
  n: number;
  at: number;
  revocation: Revocation;
}

/** The bus as state remembers it: the source of the generation and of the number of partitions. */
export interface LogRecord {
  bus_id: string;
  topic: string;
  generation: number;
  partitions: number;
}

/** What state has heard of the log's records: the last offset seen per partition of this generation. */
export interface LogSeen {
  generation: number;
  offsets: Record<number, number>;
}

/** The log as its bus describes it now. */
export interface LogView {
  bus_id: string;
  topic: string;
  partitions: number;
  /** Per partition the offset after the last record. */
  ends: number[];
  /** What `logSeen` answered before the log was looked at: only with it are its ends compared with anything. */
  before?: LogSeen;
}

/** An answer kept under an Idempotency-Key for 24 hours. */
export interface IdempotencyRecord {
  message_id: MessageId;
  /** SHA-256 of the body, hex. */
  fingerprint: string;
  /** Incarnation of the api that drives it. */
  api: string;
  /** Absent while pending. */
  answer?: { status: number; body: string };
}

export interface IdempotentTakeOver {
  message_id: MessageId;
  /** Incarnation that the record names. */
  from_api: string;
  to_api: string;
}

export interface State {
  readonly inboxes: Inboxes;
  readonly ring: RingStore;
  /**
   * How long state may lose what it answered, in milliseconds (0 = never). An offset is committed only after a call sent
   * at least this long after it was applied was answered on the same connection.
   */
  readonly lossWindowMs: number;
  /** Counts connections to a state master; a change means: the consumer goes back to its committed offset first. */
  connection(): number;
  /** One round trip; rejects when state is away. */
  ping(): Promise<void>;
  /** Counters that everybody polls every 250 ms: the ring's version, the number of the last revocation. */
  versions(): Promise<{ ring: number; revocations: number }>;
  revoke(revocation: Revocation): Promise<number>;
  /**
   * Revocations with n > `after`, oldest first, those of the last 31 days; at most 10,000: ask again behind the last. `sessions` may be
   * gone after 10 minutes: an app may say it often, and it concerns only who was there.
   */
  revocations(after: number): Promise<NumberedRevocation[]>;
  /** Takes or renews a lease; the epoch grows by one with each new holder. */
  lease(name: string, holder: string, ttlMs: number): Promise<{ held: boolean; holder: string; epoch: number }>;
  release(name: string, holder: string): Promise<void>;
  /** Holders that renew themselves, e.g. living apis and gateways: name → those not expired. */
  announce(kind: string, id: string, ttlMs: number, data: string): Promise<void>;
  announced(kind: string): Promise<{ id: string; data: string }[]>;
  /** The offsets seen so far; undefined before the log was first opened. To be asked for before the log's ends are read. */
  logSeen(): Promise<LogSeen | undefined>;
  /**
   * Opens the log: atomically compares bus id, topic and log ends with what is remembered; if the bus id or topic differs, or a
   * log ends at or below the last offset of `before`, the generation is raised, the number of partitions taken from here and the
   * offsets forgotten. Answers what counts from now on, which is another log's record when the generation of `before` is not the
   * present one any more: whoever stood still since then changes nothing. The first generation is 1. Ends are compared only with
   * what was seen before they were read: a log that grew meanwhile has lost nothing.
   */
  openLog(log: LogView): Promise<LogRecord>;
  /**
   * Remembers the offset of the last record seen, per partition (not the next one to read); they only grow within a
   * generation, and those of another generation are ignored.
   */
  sawOffsets(generation: number, offsets: Record<number, number>): Promise<void>;
  /** Claims a device for a uid (or renews it); false when another uid used it within 30 days. */
  claimDevice(app: string, deviceId: string, uid: string): Promise<boolean>;
  /** Frees these devices where they belong to this uid. */
  forgetDevices(app: string, uid: string, deviceIds: string[]): Promise<void>;
  resolveDevices(app: string, deviceIds: string[]): Promise<(string | undefined)[]>;
  /** Writes the record if the key is new; answers the present record and whether it was just written. */
  beginIdempotent(
    app: string,
    key: string,
    record: IdempotencyRecord,
  ): Promise<{ begun: boolean; record: IdempotencyRecord }>;
  /**
   * Makes the pending record of an api that is gone one of `to_api`, if it still is of this message, of `from_api` and without
   * an answer. False = it is not: somebody else took it over or ended it.
   */
  takeOverIdempotent(app: string, key: string, take: IdempotentTakeOver): Promise<boolean>;
  /** Sets the answer, or drops the record (undefined). */
  finishIdempotent(app: string, key: string, record: IdempotencyRecord | undefined): Promise<void>;
  /** Takes up to `want` of a budget of `perSecond` (burst: one second). Answers what was granted. */
  takeBudget(key: string, want: number, perSecond: number): Promise<number>;
  close(): Promise<void>;
}

/**
 * The state that the configuration names. `dir` is where an embedded one lives. A Redis that is away is no error: the state is
 * there, its calls reject until Redis is. Rejects with ConfigError when Redis must not be used as it is configured.
 */
export async function createState(
  config: StateConfig,
  deps: { dir: string; clock: Clock; metrics?: Metrics; log?: Log },
): Promise<State> {
  const limits = {
    inboxLimits: {
      entriesMax: config.inboxEntriesMax,
      bytesMax: config.inboxBytesMax,
      scopesMax: config.inboxScopesMax,
      holdMs: config.inboxHoldMs,
      scopeIdleMs: config.inboxScopeIdleMs,
    },
    limits: { keepMs: config.stateKeepMs, cacheMax: config.stateCacheMax },
  };
  if (config.state === 'embedded') return createEmbeddedState({ ...deps, ...limits });
  const urls = redisServers(config);
  const { createRedisState } = await import('./redis/redis.ts');
  return createRedisState({
    ...deps,
    ...limits,
    urls,
    cluster: config.redisCluster,
    prefix: config.redisPrefix,
    caFile: config.redisCaFile,
    timeoutMs: config.redisTimeoutMs,
    callsMax: config.redisCallsMax,
    lossWindowMs: config.redisLossWindowMs,
    sharedReceiversMin: config.redisSharedReceiversMin,
  });
}
