// How soon a process uses a new ring: the same histogram in every application that follows it.
import type { Clock } from './clock.ts';
import { histogram, type Metrics } from './metrics.ts';

const BUCKETS = [0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.75, 1, 2.5, 5];

/**
 * To be called with each ring that a process has just begun to use. Observed is the time since `at`, which the leader took before it
 * stored the version: both clocks go in, and versions in between two reads are not seen. The first ring may be as old as it likes.
 */
export function ringSeen(
  metrics: Metrics,
  role: 'api' | 'consumer' | 'gateway' | 'node',
  id: string,
  clock: Clock,
): (ring: { at: number }) => void {
  const help = 'From a new version of the ring to its first use here.';
  const seconds = histogram(metrics, `mp_${role}_ring_seen_seconds`, help, BUCKETS, ['id']).labels({ id });
  let isFirst = true;
  return ({ at }) => {
    if (!isFirst) seconds.observe(Math.max(0, clock.now() - at) / 1000);
    isFirst = false;
  };
}
