// Moments are written the same in every language, on a 24-hour clock, in the zone that was chosen.
import { expect, test } from 'vitest';
import { stamp, zoneName } from './stamp.ts';

const AT = Date.UTC(2026, 10, 23, 16, 5, 9, 7);

test.each([
  ['UTC', '2026-11-23 16:05:09.007', 'UTC'],
  ['Asia/Shanghai', '2026-11-24 00:05:09.007', 'GMT+8'],
  ['America/New_York', '2026-11-23 11:05:09.007', 'EST'],
])('%s', (zone, text, name) => {
  expect(stamp(AT, zone)).toBe(text);
  expect(zoneName(AT, zone)).toBe(name);
});
