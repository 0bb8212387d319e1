// Figures of a sample count what happened, and nothing that is not known.
import type { SampledDelivery } from '@message-push/archive';
import { expect, test } from 'vitest';
import { failuresOf, latencyOf } from './delivery-figures.ts';

const delivery = (facts: Partial<SampledDelivery>): SampledDelivery => ({
  ...{ message_id: 'm', app: 'a', uid: 'u', status: 'acked', c_time: 1_000 },
  ...facts,
});

test('percentiles are by nearest rank, of each hop whose two times are known', () => {
  const sample = Array.from({ length: 100 }, (_, n) =>
    delivery({ queued_at: 1_000 + n, routed_at: 1_000 + n + 5, written_at: 1_200 + n }),
  );
  expect(latencyOf(sample)).toEqual({
    sample: 100,
    hops: [
      { hop: 'bus', p50: 49, p95: 94, p99: 98 },
      { hop: 'node', p50: 5, p95: 5, p99: 5 },
      { hop: 'socket', p50: 195, p95: 195, p99: 195 },
      { hop: 'total', p50: 249, p95: 294, p99: 298 },
    ],
  });
  expect(latencyOf([])).toEqual({ sample: 0, hops: [] });
});

test('clocks that disagree make no negative time, and the total goes to the furthest hop', () => {
  const { hops } = latencyOf([delivery({ queued_at: 999, written_at: 1_010, acked_at: 1_040 })]);
  expect(hops.map(({ hop, p50 }) => [hop, p50])).toEqual([
    ['bus', 0],
    ['ack', 30],
    ['total', 40],
  ]);
});

test('reasons are counted by status, the most frequent first, and those without one are named', () => {
  const sample = [
    ...Array.from({ length: 3 }, () => delivery({ status: 'expired' })),
    ...Array.from({ length: 2 }, () => delivery({ status: 'expired', reason: 'inbox full' })),
    delivery({ status: 'dead', reason: 'cannot be read' }),
    delivery({ status: 'recalled' }),
  ];
  expect(failuresOf(sample, 3)).toEqual([
    { status: 'expired', reason: 'time-to-live ended', count: 3 },
    { status: 'expired', reason: 'inbox full', count: 2 },
    { status: 'dead', reason: 'cannot be read', count: 1 },
  ]);
});
