// How many messages each app sent in each of the last 24 hours, from the history: remembered for a moment, absent while it is away.
import type { Archive } from '@message-push/archive';
import type { Clock } from '@message-push/runtime';

export interface AppPushesDeps {
  archive: Pick<Archive, 'histogram'>;
  clock: Clock;
}

const HOUR_MS = 3_600_000;
const HOURS = 24;
const FRESH_MS = 15_000;
const APPS_MAX = 1_000;
/** A page waits no longer for a history that is slow. */
const WAIT_MS = 1_500;
const CALLS_MAX = 4;

export class AppPushes {
  readonly #deps: AppPushesDeps;
  readonly #known = new Map<string, { at: number; hours: Promise<number[] | undefined> }>();
  #calls = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(deps: AppPushesDeps) {
    this.#deps = deps;
  }

  /** The present hour last; undefined when the history does not tell in time. */
  async of(app: string): Promise<number[] | undefined> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), WAIT_MS);
    });
    try {
      return await Promise.race([this.#hours(app), late]);
    } finally {
      clearTimeout(timer);
    }
  }

  #hours(app: string): Promise<number[] | undefined> {
    const now = this.#deps.clock.now();
    const known = this.#known.get(app);
    if (known !== undefined && now - known.at < FRESH_MS) return known.hours;
    this.#known.delete(app);
    if (this.#known.size >= APPS_MAX) {
      const [oldest] = this.#known.keys();
      if (oldest !== undefined) this.#known.delete(oldest);
    }
    const hours = this.#ask(app, now).catch(() => undefined);
    this.#known.set(app, { at: now, hours });
    return hours;
  }

  /** Few at once: the history has its own work. */
  async #ask(app: string, now: number): Promise<number[]> {
    if (this.#calls >= CALLS_MAX) await new Promise<void>((go) => this.#waiting.push(go));
    this.#calls++;
    try {
      const first = Math.floor(now / HOUR_MS) - HOURS + 1;
      const buckets = await this.#deps.archive.histogram({ app, from: first * HOUR_MS }, HOUR_MS);
      const hours = Array<number>(HOURS).fill(0);
      for (const { from, counts } of buckets) {
        const at = Math.floor(from / HOUR_MS) - first;
        if (at >= 0 && at < HOURS) hours[at] = Object.values(counts).reduce((total, count) => total + count, 0);
      }
      return hours;
    } finally {
      this.#calls--;
      this.#waiting.shift()?.();
    }
  }
}
