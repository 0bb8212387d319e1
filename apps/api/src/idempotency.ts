// Idempotency-Keys: the same key and body give the first answer for 24 hours, and a push whose fate is unknown is never doubled.
import { hash } from 'node:crypto';
import { ApiError, type MessageId, type PushRequest } from '@message-push/protocol';
import { type Clock, gauge, type Log, type Metrics } from '@message-push/runtime';
import type { IdempotencyRecord, State } from '@message-push/state';
import type { Published } from './first-attempt.ts';
import type { Fate } from './publish.ts';

export interface IdempotencyDeps {
  state: Pick<State, 'announce' | 'announced' | 'beginIdempotent' | 'takeOverIdempotent' | 'finishIdempotent'>;
  clock: Clock;
  log: Log;
  metrics: Metrics;
  id: string;
  incarnation: string;
  announceMs: number;
  /** What this api tells of itself while it announces that it lives. */
  announcement?(): string;
  /** Who got a push that an api left behind; rejects with PUBLISH_UNKNOWN while nobody can tell. */
  published(messageId: MessageId): Promise<Published>;
}

/** What a request with a key has to do. */
export type Claim =
  /** It was answered before: this is the answer. */
  | { kind: 'answered'; status: number; body: string }
  /** It is this request's to publish; `before` when somebody may have published it before: who needs no second copy. */
  | { kind: 'ours'; message_id: MessageId; before?: Published; claim: OpenClaim };

/** A record that this process drives. Exactly one of its calls ends it. */
export interface OpenClaim {
  /** The answer to give from now on; resolves when it is stored, or will be when state is back. */
  answered(status: number, body: string): Promise<void>;
  /** Nothing was sent: the key is free again, or, after a first attempt that may have sent it, anybody's to publish again, marked. */
  dropped(): Promise<void>;
  /** This process ends and does not know what becomes of it; once it is gone a retry publishes again, marked. */
  abandoned(): void;
}

interface Driven {
  fingerprint: string;
  /** Set once the end is known, while it is not stored yet. */
  end?: { record: IdempotencyRecord; kept: boolean };
  /** The store under way: two could overtake each other, and the late one remove what somebody else has claimed meanwhile. */
  storing?: Promise<void>;
  /** A store failed: it may have been carried out nevertheless. */
  tried?: true;
}

/** A record that may stand in this api's name, now or when a call that was given up is carried out late, and that it does not drive. */
interface Left {
  app: string;
  key: string;
  message_id: MessageId;
  untilAt: number;
  nextAt: number;
  waitMs: number;
}

/** Ends that state did not take yet are kept, so many at most; beyond it a retry publishes again, marked. */
const DRIVEN_MAX = 100_000;
/** Records to be handed over; those of a connection that broke come first, so that later ones are not added. */
const LEFT_MAX = 10_000;
/** A network has given up a call that hangs in it by then; a record lives 24 hours. */
const LEFT_KEEP_MS = 1_200_000;
/** Asked again after so long, then twice as long each time: a late call may come at any time. */
const LEFT_AGAIN_MS = 1_000;
/** Handed over in one round trip. */
const LEFT_AT_ONCE = 500;
/** In the place of an api: nobody announces this name, so that whoever finds the record takes it over. */
const NO_API = '';

export class Idempotency {
  readonly #deps: IdempotencyDeps;
  /** Keys that this process drives, or whose end is not stored yet. */
  readonly #driven = new Map<string, Driven>();
  readonly #left = new Map<string, Left>();
  readonly #size;
  #announcedAt = Number.NEGATIVE_INFINITY;

  constructor(deps: IdempotencyDeps) {
    this.#deps = deps;
    this.#size = gauge(deps.metrics, 'mp_api_idempotency_open', 'Keyed pushes under way or not yet recorded.', ['id']);
  }

  /** Tells the other apis that this one lives; to be called at least three times per `announceMs`. */
  async announce(): Promise<void> {
    const { state, incarnation, announceMs, clock } = this.#deps;
    const at = clock.now();
    await state.announce('api', incarnation, announceMs, this.#deps.announcement?.() ?? '');
    this.#announcedAt = at;
  }

  /**
   * Claims the key for a push with this fingerprint. Throws IDEMPOTENCY_MISMATCH, IN_PROGRESS (while the api that drives it lives),
   * STATE_UNAVAILABLE, and PUBLISH_UNKNOWN. The record is stored before anything is published.
   */
  async claim(app: string, key: string, fingerprint: string, messageId: MessageId): Promise<Claim> {
    const { clock, announceMs } = this.#deps;
    const name = `${app}\0${key}`;
    const known = this.#knownHere(name, fingerprint);
    if (known !== undefined) return known;
    this.#driven.set(name, { fingerprint });
    this.#size.set({ id: this.#deps.id }, this.#driven.size);
    try {
      // An api that nobody has heard of would count as gone while it publishes.
      if (clock.now() - this.#announcedAt >= announceMs / 2) await this.announce();
      const claim = await this.#begin(app, key, fingerprint, messageId);
      if (claim.kind === 'answered') this.#forget(name);
      return claim;
    } catch (error) {
      this.#forget(name);
      throw error;
    }
  }

  /** Stores the ends that state did not take, and leaves to others what this api does not drive; called when state may be back. */
  async settle(): Promise<void> {
    try {
      for (const [name, driven] of this.#driven) await this.#store(name, driven);
      await this.#handOver();
    } catch {
      // State is away: the next call goes on.
    }
  }

  /** What this process knows of a key that it drives, or whose end is not stored yet. */
  #knownHere(name: string, fingerprint: string): Claim | undefined {
    const driven = this.#driven.get(name);
    if (driven === undefined) return undefined;
    if (driven.fingerprint !== fingerprint) throw new ApiError('IDEMPOTENCY_MISMATCH');
    const answer = driven.end?.record.answer;
    // A dropped one is free as soon as state knows of it.
    if (answer === undefined) throw new ApiError('IN_PROGRESS');
    return { kind: 'answered', ...answer };
  }

  async #begin(app: string, key: string, fingerprint: string, messageId: MessageId): Promise<Claim> {
    const { state, incarnation } = this.#deps;
    const mine: IdempotencyRecord = { message_id: messageId, fingerprint, api: incarnation };
    const { begun, record } = await this.#orLeft(app, key, messageId, state.beginIdempotent(app, key, mine));
    if (begun) return { kind: 'ours', message_id: messageId, claim: this.#open(app, key, mine) };
    if (record.fingerprint !== fingerprint) throw new ApiError('IDEMPOTENCY_MISMATCH');
    if (record.answer !== undefined) return { kind: 'answered', ...record.answer };
    if (await this.#isDrivenElsewhere(record.api)) throw new ApiError('IN_PROGRESS');
    const { message_id } = record;
    // Before it is taken over: while nobody can tell, it stays where the retry at any api finds it.
    const before = await this.#deps.published(message_id);
    const take = { message_id, from_api: record.api, to_api: incarnation };
    const isTaken = await this.#orLeft(app, key, message_id, state.takeOverIdempotent(app, key, take));
    // Another retry was first, or the answer came after all.
    if (!isTaken) throw new ApiError('IN_PROGRESS');
    const claim = this.#open(app, key, { ...record, api: incarnation });
    const leave = async () => {
      claim.abandoned();
      this.#leave(app, key, message_id);
    };
    return { kind: 'ours', message_id, before, claim: { ...claim, dropped: leave } };
  }

  /** This process holds the key's place in `#driven`: a record in its own name is one that it gave up. */
  async #isDrivenElsewhere(api: string): Promise<boolean> {
    if (api === this.#deps.incarnation) return false;
    const living = await this.#deps.state.announced('api');
    return living.some(({ id }) => id === api);
  }

  #open(app: string, key: string, record: IdempotencyRecord): OpenClaim {
    const name = `${app}\0${key}`;
    const end = async (ended: IdempotencyRecord, kept: boolean) => {
      const driven: Driven = { fingerprint: record.fingerprint, end: { record: ended, kept } };
      this.#driven.set(name, driven);
      try {
        await this.#store(name, driven);
      } catch (error) {
        this.#deps.log.warn({ err: error }, 'the end of a keyed push is not recorded yet');
        if (this.#driven.size > DRIVEN_MAX) this.#forget(name);
      }
    };
    return {
      answered: (status, body) => end({ ...record, answer: { status, body } }, true),
      dropped: () => end(record, false),
      abandoned: () => this.#forget(name),
    };
  }

  /** A call that failed may be carried out later, when nobody waits for it any more. */
  async #orLeft<T>(app: string, key: string, messageId: MessageId, call: Promise<T>): Promise<T> {
    try {
      return await call;
    } catch (error) {
      this.#leave(app, key, messageId);
      throw error;
    }
  }

  #leave(app: string, key: string, message_id: MessageId): void {
    if (this.#left.size >= LEFT_MAX) return;
    const now = this.#deps.clock.now();
    const times = { untilAt: now + LEFT_KEEP_MS, nextAt: now, waitMs: LEFT_AGAIN_MS };
    this.#left.set(`${app}\0${key}\0${message_id}`, { app, key, message_id, ...times });
  }

  /**
   * While this api lives, the others would tell a retry for ever that a record in its name is under way. It is handed over, not dropped: what
   * may have been published is published again under its own id only, and of a call that comes late nothing but another hand-over is due.
   */
  async #handOver(): Promise<void> {
    const now = this.#deps.clock.now();
    const due: [string, Left][] = [];
    for (const [name, left] of this.#left) {
      if (now >= left.untilAt) this.#left.delete(name);
      else if (now >= left.nextAt && !this.#driven.has(`${left.app}\0${left.key}`)) due.push([name, left]);
      if (due.length >= LEFT_AT_ONCE) break;
    }
    const { state, incarnation } = this.#deps;
    await Promise.all(
      due.map(async ([name, left]) => {
        const take = { message_id: left.message_id, from_api: incarnation, to_api: NO_API };
        if (await state.takeOverIdempotent(left.app, left.key, take)) this.#left.delete(name);
        left.nextAt = now + left.waitMs;
        left.waitMs *= 2;
      }),
    );
  }

  /** One store at a time per key. */
  #store(name: string, driven: Driven): Promise<void> {
    if (driven.end === undefined) return Promise.resolve();
    driven.storing ??= this.#finish(name, driven, driven.end).finally(() => {
      delete driven.storing;
    });
    return driven.storing;
  }

  async #finish(name: string, driven: Driven, { record, kept }: NonNullable<Driven['end']>): Promise<void> {
    const { state } = this.#deps;
    const separator = name.indexOf('\0');
    const [app, key] = [name.slice(0, separator), name.slice(separator + 1)];
    const gone = driven.tried === true && !kept && !(await this.#isStillOurs(app, key, record));
    driven.tried = true;
    if (!gone) await state.finishIdempotent(app, key, kept ? record : undefined);
    this.#forget(name);
  }

  /** A drop that failed may have been carried out, and the key be somebody else's since. */
  #isStillOurs(app: string, key: string, { message_id, api }: IdempotencyRecord): Promise<boolean> {
    return this.#deps.state.takeOverIdempotent(app, key, { message_id, from_api: api, to_api: api });
  }

  #forget(name: string): void {
    this.#driven.delete(name);
    this.#size.set({ id: this.#deps.id }, this.#driven.size);
  }
}

/** Ends a claim by what became of its push. `body` is the answer of a push that was stored. */
export function endClaim(claim: OpenClaim, fate: Fate, body: string): Promise<void> {
  if (fate === 'stored') return claim.answered(200, body);
  if (fate === 'not stored') return claim.dropped();
  claim.abandoned();
  return Promise.resolve();
}

/** SHA-256 of what a push means: the spelling of its JSON does not matter, the order of its lists does. */
export function fingerprintOf({ uids, device_ids, platforms, message, ttl_s }: PushRequest): string {
  const { title, content, content_type, extras } = message;
  return hash('sha256', JSON.stringify([uids, device_ids, platforms, title, content, content_type, extras, ttl_s]));
}
