// Budgets of one process: token buckets that hold at most one second's worth, bounded in number.
import type { Clock } from '@message-push/runtime';

/** Beyond it the longest unused bucket is forgotten; after a second of rest it was full again anyway. */
const BUCKETS_MAX = 50_000;

interface Bucket {
  tokens: number;
  at: number;
}

export class Budgets {
  readonly #clock: Clock;
  /** Least recently used first. */
  readonly #buckets = new Map<string, Bucket>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Takes up to `want` whole tokens of a bucket that gains `perSecond`. */
  take(key: string, want: number, perSecond: number): number {
    const now = this.#clock.now();
    const bucket = this.#buckets.get(key) ?? { tokens: perSecond, at: now };
    this.#buckets.delete(key);
    this.#buckets.set(key, bucket);
    // A clock that was set back gains nothing until it has caught up.
    const gained = (Math.max(0, now - bucket.at) * perSecond) / 1000;
    bucket.tokens = Math.min(perSecond, bucket.tokens + gained);
    bucket.at = now;
    const granted = Math.max(0, Math.min(want, Math.floor(bucket.tokens)));
    bucket.tokens -= granted;
    if (this.#buckets.size > BUCKETS_MAX) {
      const [oldest] = this.#buckets.keys();
      if (oldest !== undefined) this.#buckets.delete(oldest);
    }
    return granted;
  }
}
