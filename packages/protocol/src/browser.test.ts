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
