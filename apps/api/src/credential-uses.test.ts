// Uses are counted by the minute for an hour, by address as far as there is room, and by whole minutes when the clock jumps.
import { expect, test } from 'vitest';
import { CredentialUses } from './credential-uses.ts';

const MINUTE = 60_000;
const sum = (numbers: number[]) => numbers.reduce((total, one) => total + one, 0);

test('the present minute is the last, and what is older than an hour is gone', () => {
  const uses = new CredentialUses();
  const start = 1_000 * MINUTE + 59_000;
  uses.note('c', '10.0.0.1', start);
  uses.note('c', '10.0.0.1', start + 500);
  uses.note('c', '10.0.0.1', start + 1_000);
  const { per_minute } = uses.of('c', start + 1_000);
  expect([per_minute.length, per_minute.at(-1), per_minute.at(-2), sum(per_minute)]).toEqual([60, 1, 2, 3]);
  const later = uses.of('c', start + 59 * MINUTE).per_minute;
  expect([later[0], later[1], sum(later)]).toEqual([2, 1, 3]);
  expect(sum(uses.of('c', start + 60 * MINUTE).per_minute)).toBe(1);
  expect(sum(uses.of('c', start + 10_000 * MINUTE).per_minute)).toBe(0);
  uses.note('c', '10.0.0.1', start + 20_000 * MINUTE);
  expect(uses.of('c', start + 20_000 * MINUTE).per_minute.at(-1)).toBe(1);
});

test('a clock that went back counts into the last minute it knew', () => {
  const uses = new CredentialUses();
  uses.note('c', 'a', 100 * MINUTE);
  uses.note('c', 'a', 90 * MINUTE);
  expect(uses.of('c', 95 * MINUTE).per_minute.at(-1)).toBe(2);
});

test('the ten addresses used most are shown, and of too many the one unused longest is forgotten', () => {
  const uses = new CredentialUses();
  for (let n = 0; n < 50; n++) for (let times = 0; times <= n; times++) uses.note('c', `::ffff:10.0.0.${n}`, n);
  const shown = uses.of('c', 50).addresses;
  expect(shown.map(({ count }) => count)).toEqual([50, 49, 48, 47, 46, 45, 44, 43, 42, 41]);
  expect(shown[0]).toEqual({ ip: '10.0.0.49', count: 50, last_at: 49 });
  for (let n = 0; n < 41; n++) uses.note('c', `new ${n}`, 100);
  expect(
    uses
      .of('c', 100)
      .addresses.slice(0, 9)
      .map(({ count }) => count),
  ).toEqual([50, 49, 48, 47, 46, 45, 44, 43, 42]);
});

test('of too many credentials the first is forgotten', () => {
  const uses = new CredentialUses();
  for (let n = 0; n <= 10_000; n++) uses.note(`c${n}`, 'a', 0);
  expect(sum(uses.of('c0', 0).per_minute)).toBe(0);
  expect(sum(uses.of('c1', 0).per_minute)).toBe(1);
  expect(uses.of('none', 0).addresses).toEqual([]);
});
