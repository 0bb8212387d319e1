// Every error code is documented, has both texts, and shows only what may be seen.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ApiError, CLOSE, CLOSE_REASONS, ERRORS, errorText, mayComeBack, PROBLEMS } from './index.ts';

const codes = Object.keys(ERRORS) as (keyof typeof ERRORS)[]; // keys of that very table
const parameters = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();

/** The rows of the README's table, cell by cell: the formatter may pad them. */
function documented(): string[][] {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const rows = readme.split('\n').filter((line) => /^\| [A-Z_]+ +\|/.test(line));
  return rows.map((row) =>
    row
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  );
}

test('the README documents exactly the errors of the table', () => {
  const rows = codes.map((code) => {
    const { http, retry, en } = ERRORS[code];
    return [code, String(http), retry ? 'yes' : 'no', en];
  });
  expect(documented()).toEqual(rows);
});

test.each(codes)('%s has a status that fits, and both texts with the same parameters', (code) => {
  const { http, retry, en, zh } = ERRORS[code];
  expect(http).toBeGreaterThanOrEqual(400);
  expect(http).toBeLessThan(600);
  expect(retry || http < 500).toBe(true);
  expect(parameters(zh)).toEqual(parameters(en));
});

test.each(Object.entries(PROBLEMS))('the problem %s has the same parameters in both languages', (_, { en, zh }) => {
  expect(parameters(zh)).toEqual(parameters(en));
});

test('an error carries its status, its text with parameters, Retry-After when a retry helps, and its cause', () => {
  const cause = new Error('disk');
  const error = new ApiError('BODY_TOO_LARGE', { params: { limit: '5' }, cause });
  expect([error.http, error.message, error.retryAfterS, error.cause]).toEqual([
    413,
    'The body is larger than 5 bytes.',
    undefined,
    cause,
  ]);
  expect(new ApiError('OVERLOADED').retryAfterS).toBe(1);
  expect(new ApiError('OVERLOADED', { retryAfterS: 7 }).retryAfterS).toBe(7);
  expect(errorText('INVALID_BODY', 'zh', { problem: 'x' })).toBe('参数错误:x');
  expect(errorText('NOT_FOUND', 'en', {})).toBe('There is no {what} here.');
});

test('a parameter is shown as it is, also when it looks like a pattern or another parameter', () => {
  expect(errorText('INVALID_HEADER', 'en', { name: '{problem}', problem: '$&' })).toBe(
    'The header {problem} is not valid: $&',
  );
});

test('close codes say whether to come back, and each has a reason that fits a close frame', () => {
  for (const code of Object.values(CLOSE)) {
    const reason = CLOSE_REASONS[code];
    expect(reason).toMatch(/^[\x20-\x7e]{1,123}$/);
    expect(mayComeBack(code)).toBe(code < 4500);
  }
});
