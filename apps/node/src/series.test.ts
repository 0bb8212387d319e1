// A node's series has what was sampled, in order, and never grows.
import { expect, test } from 'vitest';
import { type Sample, Series } from './series.ts';

const START = 1_790_000_000_000;
const sample = (more: Partial<Sample> = {}): Sample => ({
  ...{ sessions: 1, uids: 1, deliveries: 0, event_loop_p99_ms: 0, rss_bytes: 1_000 },
  ...more,
});

test('a sample is due once in each second, and rates are of the time that passed', () => {
  const series = new Series();
  expect(series.isDue(START)).toBe(true);
  series.add(START + 20, sample({ deliveries: 500 }));
  expect([START + 20, START + 999, START + 1_000].map((now) => series.isDue(now))).toEqual([false, false, true]);
  series.add(START + 1_240, sample({ deliveries: 750 }));
  // The loop stood still for two seconds.
  series.add(START + 4_100, sample({ deliveries: 780, event_loop_p99_ms: 2_000 }));
  expect(series.read('15m')).toEqual({
    at: [START, START + 1_000, START + 4_000],
    ...{ sessions: [1, 1, 1], uids: [1, 1, 1], rss_bytes: [1_000, 1_000, 1_000] },
    deliveries_per_s: [0, 250, 10],
    event_loop_p99_ms: [0, 0, 2_000],
  });
  expect([series.deliveriesPerS, series.eventLoopP99Ms]).toEqual([10, 2_000]);
});

test('fifteen minutes by the second and an hour by ten seconds are kept, the oldest goes', () => {
  const series = new Series();
  for (let n = 0; n <= 4_000; n++)
    series.add(START + n * 1_000 + (n % 250), sample({ deliveries: n * 3, sessions: n, event_loop_p99_ms: n % 100 }));
  const [seconds, tens] = [series.read('15m'), series.read('1h')];
  expect([seconds.at.length, seconds.at[0], seconds.at.at(-1)]).toEqual([900, START + 3_101_000, START + 4_000_000]);
  expect([tens.at.length, tens.at[0], tens.at.at(-1)]).toEqual([360, START + 400_000, START + 3_990_000]);
  expect(new Set([...seconds.deliveries_per_s, ...tens.deliveries_per_s])).toEqual(new Set([3]));
  expect(tens.event_loop_p99_ms.every((ms) => ms % 10 === 0 || ms === 99)).toBe(true);
  for (const { at, ...lists } of [seconds, tens])
    for (const list of Object.values(lists)) expect(list.length).toBe(at.length);
});

test('a clock that was set back and a total that began anew make no negative rate', () => {
  const series = new Series();
  series.add(START, sample({ deliveries: 100 }));
  expect(series.isDue(START - 5_000)).toBe(false);
  expect(series.isDue(START - 60_000)).toBe(true);
  series.add(START - 60_000, sample({ deliveries: 200 }));
  series.add(START - 59_000, sample({ deliveries: 5 }));
  expect(series.read('15m').deliveries_per_s).toEqual([0, 0, 0]);
});
