// The series of several nodes as one: what the whole platform did in each second.
import type { SeriesSamples } from '@message-push/protocol';

const SECOND_MS = 1_000;
const SECONDS_MAX = 900;
/** A node that missed a second or two did not lose its sessions. */
const CARRIED_MAX = 3;

/** Counts, rates and bytes are summed, of event loops the slowest counts. */
export function summed(series: readonly SeriesSamples[]): SeriesSamples {
  const all = series.filter(({ at }) => at.length > 0);
  const lasts = all.map(({ at }) => at.at(-1) ?? Number.NEGATIVE_INFINITY);
  // A second that a node has yet to tell of would look like a fall.
  const newest = Math.max(...lasts);
  const to = Math.min(...lasts.filter((last) => last >= newest - CARRIED_MAX * SECOND_MS));
  const first = Math.min(...all.map(({ at }) => at[0] ?? to));
  // A node whose clock is far off must not make the series long.
  const from = Math.max(first, to - (SECONDS_MAX - 1) * SECOND_MS);
  const length = all.length === 0 ? 0 : Math.round((to - from) / SECOND_MS) + 1;
  const zeros = () => new Array<number>(length).fill(0);
  const sum: SeriesSamples = {
    at: Array.from({ length }, (_, n) => from + n * SECOND_MS),
    ...{ sessions: zeros(), uids: zeros(), deliveries_per_s: zeros(), event_loop_p99_ms: zeros(), rss_bytes: zeros() },
  };
  for (const one of all) addTo(sum, one, from);
  sum.deliveries_per_s = sum.deliveries_per_s.map((rate) => Math.round(rate * 10) / 10);
  return sum;
}

function addTo(sum: SeriesSamples, series: SeriesSamples, from: number): void {
  for (const [i, at] of series.at.entries()) {
    const place = Math.round((at - from) / SECOND_MS);
    const next = series.at[i + 1];
    const gap = next === undefined ? 1 : Math.round((next - at) / SECOND_MS);
    for (let n = 0; n < Math.min(gap, CARRIED_MAX); n++) {
      add(sum.sessions, place + n, series.sessions[i]);
      add(sum.uids, place + n, series.uids[i]);
      add(sum.rss_bytes, place + n, series.rss_bytes[i]);
      const slow = series.event_loop_p99_ms[i] ?? 0;
      const before = sum.event_loop_p99_ms[place + n];
      if (before !== undefined) sum.event_loop_p99_ms[place + n] = Math.max(before, slow);
    }
    add(sum.deliveries_per_s, place, series.deliveries_per_s[i]);
  }
}

function add(to: number[], place: number, value = 0): void {
  const before = to[place];
  if (before !== undefined) to[place] = before + value;
}
