import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { hintOf, looksLikeSecret, makeSecret } from './secrets.ts';

test('a secret has its prefix, 43 + 6 characters, and keeps all 32 bytes apart', () => {
  expect(makeSecret('live', new Uint8Array(32))).toMatch(/^ps_live_0{43}[0-9A-Za-z]{6}$/);
  expect(makeSecret('test', new Uint8Array(32).fill(255))).toMatch(/^ps_test_[1-9A-Za-z][0-9A-Za-z]{48}$/);
  const made = new Set(Array.from({ length: 1000 }, () => makeSecret('live', randomBytes(32))));
  expect(made.size).toBe(1000);
  for (const secret of made) expect(looksLikeSecret(secret)).toBe(true);
});

test('every single wrong, missing or swapped character is found offline', () => {
  const secret = makeSecret('live', randomBytes(32));
  for (let place = 0; place < secret.length; place++) {
    const [before, here, after] = [secret.slice(0, place), secret[place] ?? '', secret.slice(place + 1)];
    expect(looksLikeSecret(before + after)).toBe(false);
    expect(looksLikeSecret(`${before}${here === 'x' ? 'y' : 'x'}${after}`)).toBe(false);
    const next = after[0] ?? here;
    if (next !== here) expect(looksLikeSecret(before + next + here + after.slice(1))).toBe(false);
  }
  expect(looksLikeSecret(`${secret} `)).toBe(false);
  expect(looksLikeSecret('0123456789abcdef')).toBe(false);
});

test('a hint never shows more than a quarter of a secret', () => {
  for (const length of [8, 15, 16, 57])
    expect(hintOf('abcdefgh'.repeat(8).slice(0, length)).length).toBeLessThanOrEqual(length / 4);
});
