// Deliveries over time as bars: an interval that fits the range, empty intervals filled, statuses gathered into five groups.
import type { BucketView } from '@message-push/protocol/admin';
import type { Span } from './time-range.ts';

/** From the bottom of a bar to its top. */
export const GROUPS = ['acked', 'written', 'underWay', 'offline', 'failed'] as const;
export type Group = (typeof GROUPS)[number];

type Status = keyof BucketView['counts'];
export const GROUP_OF: Record<Status, Group> = {
  accepted: 'underWay',
  queued: 'underWay',
  routed: 'underWay',
  offline: 'offline',
  written: 'written',
  acked: 'acked',
  expired: 'failed',
  recalled: 'failed',
  dead: 'failed',
};

export interface Bar extends Span {
  counts: Record<Group, number>;
  total: number;
}

const BARS = 60;
const STEPS_MS = [
  1_000, 2_000, 5_000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 900_000, 1_800_000, 3_600_000,
  7_200_000, 10_800_000, 21_600_000, 43_200_000, 86_400_000, 172_800_000, 604_800_000, 2_678_400_000,
];

/** The smallest round interval with which the range has at most sixty bars or so, milliseconds. */
export function intervalMs({ from, to }: Span): number {
  return STEPS_MS.find((step) => (to - from) / step <= BARS) ?? 2_678_400_000;
}

/** One bar for each interval of the range, counted from 1970 as the api does; outermost ones may reach beyond the range. */
export function barsOf(buckets: readonly BucketView[], span: Span, interval: number): Bar[] {
  const byStart = new Map(buckets.map((bucket) => [bucket.from, bucket.counts]));
  const bars: Bar[] = [];
  for (let from = Math.floor(span.from / interval) * interval; from < span.to; from += interval) {
    const counts = grouped(byStart.get(from) ?? {});
    bars.push({ from, to: from + interval, counts, total: sum(counts) });
  }
  return bars;
}

/** Counts per status gathered into groups. */
export function grouped(counts: BucketView['counts']): Record<Group, number> {
  const found: Record<Group, number> = { acked: 0, written: 0, underWay: 0, offline: 0, failed: 0 };
  for (const [status, group] of Object.entries(GROUP_OF)) found[group] += counts[status as Status] ?? 0; // keys of GROUP_OF
  return found;
}

function sum(counts: Record<Group, number>): number {
  return GROUPS.reduce((total, group) => total + counts[group], 0);
}

/** The next round number (1, 2, 5 × 10ⁿ) that is no smaller; the top of an axis. */
export function niceMax(value: number): number {
  if (value <= 1) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 5, 10].find((factor) => factor * power >= value) ?? 10) * power;
}
