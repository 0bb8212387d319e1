// How soon a process uses a new ring, as the histogram tells it.
import { expect, test } from 'vitest';
import { Metrics, ringSeen } from './index.ts';

test('each ring but the first is observed with its age in seconds', async () => {
  const metrics = new Metrics();
  const seen = ringSeen(metrics, 'node', 'n1', { now: () => 100_000 });
  seen({ at: 5 });
  seen({ at: 99_800 });
  // The leader's clock is ahead of ours.
  seen({ at: 100_050 });
  const found = await metrics.getSingleMetric('mp_node_ring_seen_seconds')?.get();
  const of = (name: string) => found?.values.find((each) => 'metricName' in each && each.metricName === name)?.value;
  expect(of('mp_node_ring_seen_seconds_count')).toBe(2);
  expect(of('mp_node_ring_seen_seconds_sum')).toBeCloseTo(0.2, 6);
});
