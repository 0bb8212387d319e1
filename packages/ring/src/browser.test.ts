// The ring loads in a browser: only the MD5 of Node, which is apart, imports anything but its own files.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

test.each(['index.ts', 'ring.ts', 'shares.ts'])('%s imports its own files alone, and not the MD5 of Node', (file) => {
  const code = readFileSync(new URL(file, import.meta.url), 'utf8');
  const imports = [...code.matchAll(/(?:from|import) '([^']+)'/g)].map(([, from]) => from);
  expect(imports.filter((from) => !from?.startsWith('./') || from === './md5.ts')).toEqual([]);
});
