// A time in a query means one moment, or it is none.
import { expect, test } from 'vitest';
import { momentOf, timeOf } from './times.ts';

const NOW = Date.UTC(2026, 10, 23, 12, 0, 0);

test.each([
  ['now', NOW],
  ['now-15m', NOW - 900_000],
  ['now-2h', NOW - 7_200_000],
  ['now-30d', NOW - 2_592_000_000],
  ['1700000000000', 1_700_000_000_000],
  ['2026-11-23T10:00:00Z', NOW - 7_200_000],
  ['2026-11-23T18:00+08:00', NOW - 7_200_000],
  ['2026-11-23t12:00:00.5z', NOW + 500],
])('%s is a moment', (text, at) => {
  expect(timeOf(text, NOW)).toBe(at);
  expect(momentOf(text)).toBe(text.startsWith('now') ? undefined : at);
});

test.each([
  '',
  'x',
  'now-',
  'now-5',
  'now+1h',
  'now-123456s',
  '2026-11-23',
  '2026-13-01T00:00Z',
  '1e3',
  '1'.repeat(16),
])('%j is none', (text) => {
  expect(timeOf(text, NOW)).toBeUndefined();
});
