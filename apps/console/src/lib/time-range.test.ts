// What is typed in a zone is the moment that its clocks showed.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isMoving, spanOf, timeTyped, typedTime } from './time-range.ts';

const NOW = Date.UTC(2026, 10, 23, 12, 0, 0);

test('an empty or unreadable range is none', () => {
  expect(spanOf({ from: 'now-1h', to: 'now' }, NOW)).toEqual({ from: NOW - 3_600_000, to: NOW });
  expect(spanOf({ from: 'now', to: 'now-1h' }, NOW)).toBeUndefined();
  expect(spanOf({ from: 'yesterday', to: 'now' }, NOW)).toBeUndefined();
  expect(isMoving({ from: 'now-1h', to: 'now' })).toBe(true);
  expect(isMoving({ from: '1700000000000', to: 'now' })).toBe(false);
});

test('a moment typed in a zone is read back, to the second', () => {
  const zones = fc.constantFrom('UTC', 'Asia/Shanghai', 'Europe/Berlin', 'America/St_Johns', 'Asia/Kathmandu');
  fc.assert(
    fc.property(fc.integer({ min: 946_684_800, max: 2_524_608_000 }), zones, (seconds, zone) => {
      const typed = typedTime(seconds * 1000, zone);
      const read = timeTyped(typed, zone);
      // An hour that the clocks show twice may be read as either.
      expect(typedTime(read ?? 0, zone)).toBe(typed);
    }),
  );
});

test.each(['2026-13-01T00:00', '2026-02-30T00:00', '2026-02-01T24:00', 'tomorrow', ''])('%j is no time', (text) => {
  expect(timeTyped(text, 'UTC')).toBeUndefined();
});

test('a time without seconds is its minute', () => {
  expect(timeTyped('2026-11-23T20:00', 'Asia/Shanghai')).toBe(NOW);
});
