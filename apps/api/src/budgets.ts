// Rate limits: budgets per second shared through state, leased in chunks so that the hot path makes no call per request.
import { ApiError } from '@message-push/protocol';
import { type Clock, counter, type Metrics } from '@message-push/runtime';
import type { State } from '@message-push/state';

export interface BudgetDeps {
  state: Pick<State, 'takeBudget'>;
  clock: Clock;
  metrics: Metrics;
  id: string;
  uidPushesPerSecond: number;
}

/** What an app has been granted by state and has not used yet. */
interface Lease {
  tokens: number;
  /** A grant that is being asked for. */
  asking: Promise<void> | undefined;
  /** State had nothing left: not asked again before. */
  emptyUntil: number;
  /** What this process grants itself while state is away. */
  localTokens: number;
  localAt: number;
}

/** A lease is this part of a second's budget: 10 calls a second at the limit, and at most 15 % of a second is hoarded. */
const CHUNKS_PER_SECOND = 10;
const LEASES_MAX = 20_000;
/** An empty budget is not asked for again before. */
const EMPTY_MS = 50;
/** State that did not answer is not asked before: callers must not wait for its time-out again and again. */
const AWAY_MS = 1_000;
const ASKS_MAX = 20;
/** Slots of the count per uid: 256 KB. Two uids in one slot only make the exact count start earlier. */
const SLOTS = 1 << 16;

/** What is limited, in the words of the answer, and the name of its budgets in state. */
const KEYS = {
  'requests a second': 'requests',
  'deliveries a second': 'deliveries',
  'pushes a second to one uid': 'uid',
} as const;
export type BudgetWord = keyof typeof KEYS;

export class Budgets {
  readonly #deps: BudgetDeps;
  readonly #leases = new Map<string, Lease>();
  readonly #counts = new Uint32Array(SLOTS);
  readonly #uncounted: number;
  readonly #limited;
  #countsSince = 0;
  #stateAwayUntil = 0;

  constructor(deps: BudgetDeps) {
    this.#deps = deps;
    this.#uncounted = Math.max(1, Math.floor(deps.uidPushesPerSecond / CHUNKS_PER_SECOND));
    this.#limited = counter(deps.metrics, 'mp_api_rate_limited_total', 'Requests over a rate limit.', ['id', 'what']);
  }

  /**
   * Takes `n` of an app's budget. Answers nothing when the lease covers it, else a promise; both throw RATE_LIMITED. What is more than
   * a whole second's budget takes that whole budget. While state is away each process grants the budget by itself.
   */
  takeApp(app: string, what: BudgetWord, n: number, perSecond: number): Promise<void> | undefined {
    return this.#take(`${KEYS[what]}:${app}`, what, n, perSecond);
  }

  /** Counts one push to a uid. `hash` is its 32-bit hash (`partitionOf` with 2^32); few pushes a second cost no more than the count. */
  takeUid(app: string, uid: string, hash: number): Promise<void> | undefined {
    const now = this.#deps.clock.now();
    if (now - this.#countsSince >= 1_000 || now < this.#countsSince) {
      this.#counts.fill(0);
      this.#countsSince = now;
    }
    const slot = hash >>> 16;
    const count = (this.#counts[slot] ?? 0) + 1;
    this.#counts[slot] = count;
    if (count <= this.#uncounted) return undefined;
    const counted = Math.max(1, this.#deps.uidPushesPerSecond - this.#uncounted);
    return this.#take(`uid:${app}:${uid}`, 'pushes a second to one uid', 1, counted);
  }

  #take(key: string, what: BudgetWord, n: number, perSecond: number): Promise<void> | undefined {
    const need = Math.min(n, perSecond);
    const lease = this.#lease(key);
    if (lease.tokens < need) return this.#wait(lease, key, what, need, perSecond);
    lease.tokens -= need;
    const chunk = Math.ceil(perSecond / CHUNKS_PER_SECOND);
    const now = this.#deps.clock.now();
    // Refilled early, so that nobody waits; a small lease is not worth it.
    if (chunk > 1 && lease.tokens < chunk / 2 && now >= lease.emptyUntil) void this.#ask(lease, key, chunk, perSecond);
    return undefined;
  }

  async #wait(lease: Lease, key: string, what: BudgetWord, need: number, perSecond: number): Promise<void> {
    const chunk = Math.ceil(perSecond / CHUNKS_PER_SECOND);
    for (let asks = 0; asks < ASKS_MAX && lease.tokens < need; asks++) {
      if (this.#deps.clock.now() < lease.emptyUntil) break;
      await this.#ask(lease, key, Math.max(chunk, need - lease.tokens), perSecond);
    }
    if (lease.tokens < need) {
      this.#limited.inc({ id: this.#deps.id, what });
      const limit = what === 'pushes a second to one uid' ? this.#deps.uidPushesPerSecond : perSecond;
      throw new ApiError('RATE_LIMITED', { params: { what, limit: String(limit) }, retryAfterS: 1 });
    }
    lease.tokens -= need;
  }

  /** One request for a grant at a time and lease. Never rejects. */
  #ask(lease: Lease, key: string, want: number, perSecond: number): Promise<void> {
    lease.asking ??= this.#grant(lease, key, want, perSecond).then((granted) => {
      lease.tokens += granted;
      if (granted < want) lease.emptyUntil = this.#deps.clock.now() + EMPTY_MS;
      lease.asking = undefined;
    });
    return lease.asking;
  }

  async #grant(lease: Lease, key: string, want: number, perSecond: number): Promise<number> {
    if (this.#deps.clock.now() < this.#stateAwayUntil) return this.#grantLocally(lease, want, perSecond);
    try {
      return await this.#deps.state.takeBudget(key, want, perSecond);
    } catch {
      // Away: a limit that cannot be shared is kept per process, it stops nobody who keeps to it.
      this.#stateAwayUntil = this.#deps.clock.now() + AWAY_MS;
      return this.#grantLocally(lease, want, perSecond);
    }
  }

  #grantLocally(lease: Lease, want: number, perSecond: number): number {
    const now = this.#deps.clock.now();
    const refilled = lease.localTokens + ((now - lease.localAt) / 1_000) * perSecond;
    lease.localTokens = Math.min(perSecond, Math.max(0, refilled));
    lease.localAt = now;
    const granted = Math.min(want, Math.floor(lease.localTokens));
    lease.localTokens -= granted;
    return granted;
  }

  #lease(key: string): Lease {
    const known = this.#leases.get(key);
    if (known !== undefined) return known;
    if (this.#leases.size >= LEASES_MAX) {
      const [oldest] = this.#leases.keys();
      if (oldest !== undefined) this.#leases.delete(oldest);
    }
    const lease = { tokens: 0, asking: undefined, emptyUntil: 0, localTokens: 0, localAt: 0 };
    this.#leases.set(key, lease);
    return lease;
  }
}
