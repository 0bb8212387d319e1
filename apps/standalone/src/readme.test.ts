import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { commandOf, parse } from './admin-usage.ts';

/** The words behind `npm run admin --` in a text: up to a comment, the end of the line or of the quotation. */
function adminCommands(file: string): string[][] {
  const text = readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8');
  return [...text.matchAll(/npm run admin -- ([^#\n`]+)/g)].map(([, line = '']) => line.trim().split(/\s+/));
}

test.each(['README.md', 'README.zh-CN.md'])('the commands of %s are understood', (file) => {
  const commands = adminCommands(file);
  expect(commands.length).toBeGreaterThan(2);
  for (const args of commands) {
    const { positionals, values } = parse(args);
    const { help, json: _json, ...options } = values;
    const [noun = '', verb = '', ...words] = positionals;
    if (!help) expect(() => commandOf(noun, verb, words, options), args.join(' ')).not.toThrow();
  }
});
