// What the bar calls an environment never breaks a page, whatever host a caller names.
import { expect, test } from 'vitest';
import { environmentName } from './config.ts';

test.each([
  ['127.0.0.1:3000', 'local'],
  ['localhost', 'local'],
  ['[::1]:3000', 'local'],
  ['console.example.com:8443', 'console.example.com'],
  ['', 'local'],
  ['not a host', 'local'],
])('%j is %s', (host, name) => {
  expect(environmentName(host)).toBe(name);
});
