// This package loads in a browser: it imports zod and its own files, and nothing else.
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

test.each(readdirSync(new URL('.', import.meta.url)).filter((file) => /^[\w-]+\.ts$/.test(file)))(
  '%s imports zod and its own files alone',
  (file) => {
    const code = readFileSync(new URL(file, import.meta.url), 'utf8');
    const imports = [...code.matchAll(/(?:from|import) '([^']+)'/g)].map(([, from]) => from);
    expect(imports.filter((from) => from !== 'zod' && !from?.startsWith('./'))).toEqual([]);
    expect(code).not.toMatch(/\bBuffer\b|\bprocess\.env\b|\brequire\(/);
  },
);

/** Paths of this package that pages load. */
const { exports } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

test.each(Object.entries(exports).filter(([path]) => path !== '.' && path !== './admin'))(
  '%s costs a page no zod',
  (_path, file) => {
    expect(reached(new URL(`../${file}`, import.meta.url))).not.toContain('zod');
  },
);

/** What a file loads, itself and through others. */
function reached(file: URL, seen = new Set<string>()): Set<string> {
  const code = readFileSync(file, 'utf8').replaceAll(/^import type .*$/gm, '');
  for (const [, from = ''] of code.matchAll(/(?:from|import) '([^']+)'/g)) {
    const next = from.startsWith('.') ? new URL(from, file).href : from;
    if (seen.has(next)) continue;
    seen.add(next);
    if (from.startsWith('.')) reached(new URL(next), seen);
  }
  return seen;
}
