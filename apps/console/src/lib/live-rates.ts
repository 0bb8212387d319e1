// Rates by the second: what the api kept of the last fifteen minutes, carried on by what the stream tells.
import type { NodeSeries, RatesEvent } from '@message-push/protocol/admin';

/** Samples shown: fifteen minutes. */
export const SAMPLES_MAX = 900;

export type Rates = Pick<NodeSeries, 'at' | 'sessions' | 'uids' | 'deliveries_per_s'>;

/** The series with these samples behind it; what is not newer than its end is dropped. */
export function carryOn<R extends Rates>(series: R, events: readonly RatesEvent[]): R {
  const end = series.at.at(-1) ?? 0;
  const news = events.filter(({ at }) => at > end);
  if (news.length === 0) return series;
  const add = (values: readonly number[], more: readonly number[]) => [...values, ...more].slice(-SAMPLES_MAX);
  return {
    ...series,
    at: add(
      series.at,
      news.map(({ at }) => at),
    ),
    sessions: add(
      series.sessions,
      news.map(({ sessions }) => sessions),
    ),
    uids: add(
      series.uids,
      news.map(({ users_online }) => users_online),
    ),
    deliveries_per_s: add(
      series.deliveries_per_s,
      news.map((event) => event.deliveries_per_s),
    ),
  };
}
