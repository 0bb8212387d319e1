import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createPeppers, loadOrMakePepper } from './pepper.ts';

const [A, B] = ['a'.repeat(32), 'b'.repeat(32)];

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'mp-pepper-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

test('a pepper file is made once, for its owner alone, and leaves nothing beside it', () => {
  const file = join(dir, 'pepper');
  const made = loadOrMakePepper(file);
  expect(made[0]).toMatch(/^[0-9a-f]{64}$/);
  expect(loadOrMakePepper(file)).toEqual(made);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readdirSync(dir)).toEqual(['pepper']);
});

test('a pepper file that others could read is closed', () => {
  const file = join(dir, 'pepper');
  writeFileSync(file, `${A}\n${B}\n`, { mode: 0o644 });
  expect(loadOrMakePepper(file)).toEqual([A, B]);
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test.each(['', '\n', 'short\n', `${A}\nshort\n`])('a damaged pepper file %j is refused and kept', (text) => {
  const file = join(dir, 'pepper');
  writeFileSync(file, text);
  expect(() => loadOrMakePepper(file)).toThrow('Put the lost file back');
  expect(readFileSync(file, 'utf8')).toBe(text);
});

test('a folder that is not there is an error, not a new pepper', () => {
  expect(() => loadOrMakePepper(join(dir, 'none', 'pepper'))).toThrow('ENOENT');
  expect(existsSync(join(dir, 'none'))).toBe(false);
});

test('the first pepper writes and all verify', () => {
  const [old, both, fresh] = [createPeppers([A]), createPeppers([B, A]), createPeppers([B])];
  const { pepperId, hmac } = old.hash('secret');
  const row = { pepperId, secretHmac: hmac };
  expect([old, both, fresh].map((peppers) => peppers.matches('secret', row))).toEqual([true, true, false]);
  expect(both.matches('Secret', row)).toBe(false);
  expect(both.matches('secret', { ...row, secretHmac: hmac.subarray(1) })).toBe(false);
  expect(both.hash('secret').pepperId).toBe(fresh.first);
  expect(both.hashes('secret')).toContainEqual(hmac);
  expect(() => createPeppers([])).toThrow('Set PEPPER');
});

test('a sealed key opens under its own name and pepper, untouched, and nowhere else', () => {
  const peppers = createPeppers([A]);
  const key = Buffer.from('0123456789abcdef0123456789abcdef');
  const row = peppers.seal('k1', key);
  expect(peppers.open('k1', row)).toEqual(key);
  expect(peppers.seal('k1', key).sealed).not.toEqual(row.sealed);
  expect(() => peppers.open('k2', row)).toThrow();
  expect(() => createPeppers([B]).open('k1', row)).toThrow('is not configured');
  for (const place of [0, 12, 43, 59]) {
    const changed = Buffer.from(row.sealed);
    changed.writeUInt8(changed.readUInt8(place) ^ 1, place);
    expect(() => peppers.open('k1', { ...row, sealed: changed })).toThrow();
  }
  expect(() => peppers.open('k1', { ...row, sealed: row.sealed.subarray(0, 10) })).toThrow();
});
