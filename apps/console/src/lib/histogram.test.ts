// Bars cover their range without a hole, lose no delivery, and stay few enough to be drawn.
import { DELIVERY_STATUSES } from '@message-push/protocol/status';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { barsOf, GROUP_OF, GROUPS, grouped, intervalMs, niceMax } from './histogram.ts';

const HOUR = 3_600_000;

test('every status belongs to a group', () => {
  expect(Object.keys(GROUP_OF).sort()).toEqual([...DELIVERY_STATUSES].sort());
});

test('bars are contiguous, at most 61, and hold all that was counted in the range', () => {
  const spans = fc.record({
    from: fc.integer({ min: 0, max: 2e12 }),
    length: fc.integer({ min: 1000, max: 2_678_400_000 }),
  });
  fc.assert(
    fc.property(spans, ({ from, length }) => {
      const span = { from, to: from + length };
      const interval = intervalMs(span);
      const first = Math.floor(from / interval) * interval;
      const bars = barsOf([{ from: first, counts: { acked: 3, dead: 2 } }], span, interval);
      expect(bars.length).toBeLessThanOrEqual(62);
      expect(bars[0]?.from).toBeLessThanOrEqual(from);
      expect(bars.at(-1)?.to).toBeGreaterThanOrEqual(span.to);
      for (const [index, bar] of bars.entries()) if (index > 0) expect(bar.from).toBe(bars[index - 1]?.to);
      expect(bars.reduce((total, bar) => total + bar.total, 0)).toBe(5);
    }),
  );
});

test('the interval is round for the usual ranges', () => {
  expect(intervalMs({ from: 0, to: HOUR / 4 })).toBe(15_000);
  expect(intervalMs({ from: 0, to: HOUR })).toBe(60_000);
  expect(intervalMs({ from: 0, to: 24 * HOUR })).toBe(1_800_000);
  expect(intervalMs({ from: 0, to: 30 * 24 * HOUR })).toBe(43_200_000);
});

test('failed gathers what ended without arriving', () => {
  const counts = grouped({ expired: 1, recalled: 2, dead: 4, queued: 8, accepted: 16, acked: 32 });
  expect(GROUPS.map((group) => counts[group])).toEqual([32, 0, 24, 0, 7]);
});

test.each([
  [0, 1],
  [1, 1],
  [3, 5],
  [17, 20],
  [101, 200],
  [5000, 5000],
])('an axis for %d ends at %d', (value, top) => {
  expect(niceMax(value)).toBe(top);
});
