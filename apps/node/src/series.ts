// What a node has seen of itself: fixed memory, fifteen minutes by the second and an hour by ten seconds.
import type { SeriesRange, SeriesSamples } from '@message-push/protocol';

/** What is sampled: counts now, milliseconds, bytes; `deliveries` is a total. */
export interface Sample {
  sessions: number;
  uids: number;
  deliveries: number;
  event_loop_p99_ms: number;
  rss_bytes: number;
}

const SECOND_MS = 1_000;
const SECONDS_KEPT = 900;
const TEN_S_MS = 10_000;
const TENS_KEPT = 360;
const FIELDS = ['at', 'sessions', 'uids', 'deliveries_per_s', 'event_loop_p99_ms', 'rss_bytes'] as const;
type Field = (typeof FIELDS)[number];

/** The newest `size` samples; a new one overwrites the oldest. */
class Track {
  readonly #columns: Record<Field, Float64Array>;
  readonly #size: number;
  #count = 0;

  constructor(size: number) {
    const column = () => new Float64Array(size);
    this.#size = size;
    this.#columns = {
      at: column(),
      sessions: column(),
      uids: column(),
      deliveries_per_s: column(),
      event_loop_p99_ms: column(),
      rss_bytes: column(),
    };
  }

  add(at: number, { sessions, uids, event_loop_p99_ms, rss_bytes }: Sample, deliveries_per_s: number): void {
    const place = this.#count % this.#size;
    const columns = this.#columns;
    columns.at[place] = at;
    columns.sessions[place] = sessions;
    columns.uids[place] = uids;
    columns.deliveries_per_s[place] = deliveries_per_s;
    columns.event_loop_p99_ms[place] = event_loop_p99_ms;
    columns.rss_bytes[place] = rss_bytes;
    this.#count++;
  }

  /** The last value, 0 before the first. */
  last(field: Field): number {
    return this.#count === 0 ? 0 : (this.#columns[field][(this.#count - 1) % this.#size] ?? 0);
  }

  /** The highest of the last `n` values. */
  highest(field: Field, n: number): number {
    let highest = 0;
    for (let i = Math.max(0, this.#count - Math.min(n, this.#size)); i < this.#count; i++)
      highest = Math.max(highest, this.#columns[field][i % this.#size] ?? 0);
    return highest;
  }

  samples(): SeriesSamples {
    const from = Math.max(0, this.#count - this.#size);
    const list = (field: Field) =>
      Array.from({ length: this.#count - from }, (_, i) => this.#columns[field][(from + i) % this.#size] ?? 0);
    return {
      at: list('at'),
      sessions: list('sessions'),
      uids: list('uids'),
      deliveries_per_s: list('deliveries_per_s'),
      event_loop_p99_ms: list('event_loop_p99_ms'),
      rss_bytes: list('rss_bytes'),
    };
  }
}

/** Sampling allocates nothing: 60 KB of numbers are written over and over. */
export class Series {
  readonly #seconds = new Track(SECONDS_KEPT);
  readonly #tens = new Track(TENS_KEPT);
  #second = 0;
  #deliveries = 0;
  #tenStart = 0;
  #tenDeliveries = 0;

  /** Whether a new second has begun since the last sample; `now` in epoch milliseconds. */
  isDue(now: number): boolean {
    const second = now - (now % SECOND_MS);
    // A clock that was set back begins anew.
    return second > this.#second || second < this.#second - TEN_S_MS;
  }

  /** To be called when a sample is due. */
  add(now: number, sample: Sample): void {
    const second = now - (now % SECOND_MS);
    const { deliveries } = sample;
    const passed = second - this.#second;
    const isNext = this.#second > 0 && passed > 0;
    const rate = isNext ? rateOf(deliveries - this.#deliveries, passed) : 0;
    this.#seconds.add(second, sample, rate);
    if (!isNext) this.#begin(second, deliveries);
    else if (second - this.#tenStart >= TEN_S_MS) {
      const slow = this.#seconds.highest('event_loop_p99_ms', TEN_S_MS / SECOND_MS);
      const { sessions, uids, rss_bytes } = sample;
      const of = { sessions, uids, rss_bytes, deliveries, event_loop_p99_ms: slow };
      this.#tens.add(this.#tenStart, of, rateOf(deliveries - this.#tenDeliveries, second - this.#tenStart));
      this.#begin(second, deliveries);
    }
    this.#second = second;
    this.#deliveries = deliveries;
  }

  get deliveriesPerS(): number {
    return this.#seconds.last('deliveries_per_s');
  }

  /** Of the last ten seconds. */
  get eventLoopP99Ms(): number {
    return this.#seconds.highest('event_loop_p99_ms', TEN_S_MS / SECOND_MS);
  }

  read(range: SeriesRange): SeriesSamples {
    return (range === '1h' ? this.#tens : this.#seconds).samples();
  }

  #begin(second: number, deliveries: number): void {
    this.#tenStart = second;
    this.#tenDeliveries = deliveries;
  }
}

/** Per second, with one decimal; a total that began anew has not shrunk. */
function rateOf(count: number, ms: number): number {
  return Math.max(0, Math.round((count / ms) * SECOND_MS * 10) / 10);
}
