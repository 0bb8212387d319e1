import { expect, test } from 'vitest';
import { Attempts, originOf, plainAddress } from './attempts.ts';

test('an origin that failed too often waits until its minute is over', () => {
  const attempts = new Attempts(2);
  attempts.failed('a', 1_000);
  expect(attempts.waitS('a', 1_000)).toBe(0);
  attempts.failed('a', 2_000);
  expect(attempts.waitS('a', 2_000)).toBe(59);
  expect(attempts.waitS('b', 2_000)).toBe(0);
  expect(attempts.waitS('a', 61_000)).toBe(0);
  attempts.failed('a', 61_000);
  expect(attempts.waitS('a', 61_000)).toBe(0);
});

test('a flood of origins is forgotten oldest first, so that memory is bounded', () => {
  const attempts = new Attempts(1);
  for (let at = 0; at < 10_001; at++) attempts.failed(`origin-${at}`, 0);
  expect(attempts.waitS('origin-0', 0)).toBe(0);
  expect(attempts.waitS('origin-10000', 0)).toBe(60);
});

test.each([
  ['127.0.0.1', '127.0.0.1'],
  ['::ffff:10.1.2.3', '10.1.2.3'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8::6', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
])('%s is counted as %s', (address, origin) => {
  expect(originOf(address)).toBe(origin);
});

test('an IPv4 address in IPv6 clothes is the IPv4 address', () => {
  expect(plainAddress('::ffff:1.2.3.4')).toBe('1.2.3.4');
  expect(plainAddress('::1')).toBe('::1');
});
