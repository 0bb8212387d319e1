// Persons who have gone: what is left to tell state of them, and what was told so recently that state may have lost it.
import type { Move } from './positions.ts';

/** A person's last session of a scope, or of all, has gone. */
export interface Ended {
  app: string;
  uid: string;
  incarnation: string;
  move: Move | undefined;
  /** It was the person's last session here. */
  last: boolean;
  at: number;
}

/** Recent ends are repeated when state comes back: it may have lost its last seconds. */
const RECENT_MS = 60_000;

/** Bounded: at most `recentMax` that state has confirmed, and as many persons who had no session here at all. */
export class Ends {
  #recentMax: number;
  #waiting: Ended[] = [];
  /** Confirmed by state, the oldest first. */
  #recent: Ended[] = [];
  #strays = new Set<string>();

  constructor(recentMax: number) {
    this.#recentMax = recentMax;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  add(ended: Ended): void {
    this.#waiting.push(ended);
  }

  /** A person without a session here; false when that waits already, or too many do. */
  addStray(app: string, uid: string, incarnation: string, at: number): boolean {
    const person = `${app}/${uid}`;
    if (this.#strays.has(person) || this.#strays.size >= this.#recentMax) return false;
    this.#strays.add(person);
    this.#waiting.push({ app, uid, incarnation, move: undefined, last: true, at });
    return true;
  }

  take(max: number): Ended[] {
    return this.#waiting.splice(0, max);
  }

  /** State did not take them. */
  putBack(batch: Ended[]): void {
    this.#waiting.unshift(...batch);
  }

  /** State has confirmed them. */
  told(batch: Ended[], now: number): void {
    this.#recent.push(...batch);
    const over = this.#recent.length - this.#recentMax;
    const fresh = this.#recent.findIndex(({ at }) => at >= now - RECENT_MS);
    this.#recent.splice(0, Math.max(over, fresh < 0 ? this.#recent.length : fresh));
    if (this.#waiting.length === 0) this.#strays.clear();
  }

  /** State may have lost what was told it recently. */
  repeat(): void {
    this.#waiting.unshift(...this.#recent.splice(0));
  }
}
