import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { boundLogFile } from './log-file.ts';

const dir = mkdtempSync(join(tmpdir(), 'log-file-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

test('a log that is written to stays below its bound, and the newest lines are in one of its two files', () => {
  const file = join(dir, 'node-1.log');
  const log = openSync(file, 'a');
  for (let n = 1; n <= 100; n++) {
    writeSync(log, `line ${n}\n`);
    boundLogFile(file, 200);
    expect(readFileSync(file).length).toBeLessThanOrEqual(200);
  }
  closeSync(log);
  const lines = `${readFileSync(`${file}.1`, 'utf8')}${readFileSync(file, 'utf8')}`.trimEnd().split('\n');
  expect(lines.at(-1)).toBe('line 100');
  expect(lines).toEqual(lines.map((_, i) => `line ${101 - lines.length + i}`));
  expect(lines.length).toBeGreaterThan(20);
});
