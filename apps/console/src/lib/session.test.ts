// After signing in one goes on within this site only.
import { expect, test } from 'vitest';
import { passwordPath, safeNext } from './session.ts';

test.each([
  ['/messages?q=a', '/messages?q=a'],
  ['//evil.example', '/'],
  ['/\\evil.example', '/'],
  ['https://evil.example', '/'],
  ['javascript:alert(1)', '/'],
  ['', '/'],
  [null, '/'],
])('%j leads to %s', (next, path) => {
  expect(safeNext(next)).toBe(path);
});

test('the way to the new password keeps where one wanted to go', () => {
  expect(passwordPath('/ring?uid=1&x=2')).toBe('/login/password?next=%2Fring%3Fuid%3D1%26x%3D2');
});
