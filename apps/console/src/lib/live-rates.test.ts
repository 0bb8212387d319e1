// The series goes on without a hole or a repeated second, and never grows beyond what is shown.
import type { RatesEvent } from '@message-push/protocol/admin';
import { expect, test } from 'vitest';
import { carryOn, SAMPLES_MAX } from './live-rates.ts';

const event = (at: number): RatesEvent => ({ at, pushes_per_s: 1, deliveries_per_s: at, users_online: 2, sessions: 3 });
const series = { at: [1, 2], sessions: [3, 3], uids: [2, 2], deliveries_per_s: [1, 2] };

test('newer samples go behind, older and equal ones are dropped', () => {
  expect(carryOn(series, [event(2), event(3), event(4)])).toEqual({
    at: [1, 2, 3, 4],
    sessions: [3, 3, 3, 3],
    uids: [2, 2, 2, 2],
    deliveries_per_s: [1, 2, 3, 4],
  });
  expect(carryOn(series, [event(1)])).toBe(series);
});

test('it keeps the newest fifteen minutes', () => {
  const long = carryOn(
    series,
    Array.from({ length: 2 * SAMPLES_MAX }, (_, index) => event(index + 3)),
  );
  expect(long.at.length).toBe(SAMPLES_MAX);
  expect(long.at.at(-1)).toBe(2 * SAMPLES_MAX + 2);
  expect(long.uids.length).toBe(SAMPLES_MAX);
});
