// The furthest hop decides the status, whatever order the facts came in.
import { expect, test } from 'vitest';
import { type DeliveryTimes, statusOf } from './index.ts';

const ALL: Required<DeliveryTimes> = {
  queued_at: 1,
  offline_at: 2,
  routed_at: 3,
  written_at: 4,
  acked_at: 5,
  evicted_at: 6,
  recalled_at: 7,
  dead_at: 8,
  expires_at: 100,
};

test.each<[string, DeliveryTimes, number]>([
  ['accepted', {}, 0],
  ['accepted', { expires_at: 100 }, 100],
  ['queued', { queued_at: 1 }, 0],
  ['offline', { queued_at: 1, offline_at: 2 }, 0],
  ['routed', { queued_at: 1, offline_at: 2, routed_at: 3, expires_at: 100 }, 100],
  ['expired', { queued_at: 1, offline_at: 2, routed_at: 3, expires_at: 100 }, 101],
  ['expired', { queued_at: 1, routed_at: 3, evicted_at: 6, expires_at: 100 }, 7],
  ['dead', { queued_at: 1, dead_at: 8, evicted_at: 6 }, 0],
  ['recalled', { routed_at: 3, recalled_at: 7, dead_at: 8 }, 0],
  ['written', { written_at: 4, recalled_at: 7, expires_at: 1 }, 9],
  ['acked', ALL, 1_000],
])('%s: %j at %i', (status, times, now) => {
  expect(statusOf(times, now)).toBe(status);
});
