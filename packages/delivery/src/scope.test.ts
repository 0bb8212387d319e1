import { expect, test } from 'vitest';
import { addresses, deviceOf, scopeId } from './scope.ts';

test('a scope is the device that names itself, else the platform', () => {
  expect(scopeId('ios', 'phone')).toBe('d:phone');
  expect(scopeId('ios')).toBe('p:ios');
  expect(deviceOf('d:d:x')).toBe('d:x');
  expect(deviceOf('p:ios')).toBeUndefined();
});

test('platform and device filters both have to let an entry through', () => {
  expect(addresses({}, 'h5', undefined)).toBe(true);
  expect(addresses({ platforms: ['ios', 'h5'] }, 'h5', undefined)).toBe(true);
  expect(addresses({ platforms: ['ios'] }, 'h5', 'x')).toBe(false);
  expect(addresses({ device_ids: ['x'] }, 'h5', 'x')).toBe(true);
  expect(addresses({ device_ids: ['x'] }, 'h5', 'y')).toBe(false);
  expect(addresses({ device_ids: ['x'] }, 'h5', undefined)).toBe(false);
  expect(addresses({ platforms: ['ios'], device_ids: ['x'] }, 'h5', 'x')).toBe(false);
});
