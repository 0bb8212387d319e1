// The browser gets no schemas: pages take the contract's types, and its values from paths without zod. They work on plain HTTP too.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const WITH_ZOD = /^import (?!type\b)[^;]*? from '(?:zod|@message-push\/protocol(?:\/admin)?)'/m;

test('no page loads a schema', () => {
  const sources = globSync('**/*.{ts,tsx}', { cwd: import.meta.dirname, exclude: ['**/*.test.ts'] });
  expect(sources.length).toBeGreaterThan(100);
  expect(sources.filter((path) => WITH_ZOD.test(readFileSync(join(import.meta.dirname, path), 'utf8')))).toEqual([]);
});

test('a value of the contract would be seen', () => {
  expect("import { type A, b } from '@message-push/protocol/admin';").toMatch(WITH_ZOD);
  expect("import {\n  a,\n} from 'zod';").toMatch(WITH_ZOD);
  expect(
    "import type { A } from '@message-push/protocol';\nimport { b } from '@message-push/protocol/limits';",
  ).not.toMatch(WITH_ZOD);
});

test('no page asks for what a browser has only on a page that was loaded securely', () => {
  const pages = globSync('{app,components,lib}/**/*.{ts,tsx}', { cwd: import.meta.dirname, exclude: ['**/*.test.ts'] });
  const asking = pages.filter((path) =>
    /\bcrypto\.(randomUUID|subtle)\b(?!`)/.test(readFileSync(join(import.meta.dirname, path), 'utf8')),
  );
  expect(asking).toEqual([]);
});
