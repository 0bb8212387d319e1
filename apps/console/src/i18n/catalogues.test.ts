// The two languages say the same things, each text is used, and no text stands in the code itself.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ERRORS } from '@message-push/protocol';
import { describe, expect, test } from 'vitest';
import { parseAst } from 'vitest/node';
import { LOCALES } from './locales.ts';
import { NAMESPACES } from './namespaces.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const CJK = /[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]/u;
/** Words that are the same in every language: the product, what machines read, units. */
const NAMES = /^(message-push|[A-Z]{2,6}\d*|[\d\s\p{P}\p{S}]*|p\d\d|ms|KB|MB|GB|s|K|Ctrl|Esc|Enter|uid|[a-z])$/u;

/** An example of what a machine reads: an id, an address. */
const MACHINE = /^[\w.:/@+-]*[-._:/@\d][\w.:/@+-]*$/;

type Texts = { [key: string]: string | Texts };

const catalogues = Object.fromEntries(LOCALES.map((locale) => [locale, keysOf(texts(locale))]));
const sources = globSync('src/**/*.{ts,tsx}', { cwd: ROOT })
  .filter((path) => !path.endsWith('.test.ts'))
  .map((path) => ({ path, code: readFileSync(join(ROOT, path), 'utf8') }));

function texts(locale: string): Texts {
  const read = (area: string): Texts =>
    JSON.parse(readFileSync(join(ROOT, 'messages', locale, `${area}.json`), 'utf8'));
  return Object.fromEntries(NAMESPACES.map((area) => [area, read(area)]));
}

function keysOf(tree: Texts, prefix = ''): Map<string, string> {
  return new Map(
    Object.entries(tree).flatMap(([key, value]): [string, string][] =>
      typeof value === 'string' ? [[prefix + key, value]] : [...keysOf(value, `${prefix}${key}.`)],
    ),
  );
}

/** Names of what is filled in: `{name}`, `{n, plural, …}` and the tags of rich texts. */
function holes(text: string): string[] {
  const found = [...text.matchAll(/\{(\w+)[,}]|<(\w+)>/g)].map(([, hole, tag]) => hole ?? `<${tag}>`);
  return [...new Set(found)].sort();
}

test('both languages have the same keys', () => {
  expect([...(catalogues['zh-CN']?.keys() ?? [])].sort()).toEqual([...(catalogues.en?.keys() ?? [])].sort());
});

test('a translation fills in nothing that the English text does not', () => {
  const wrong = [...(catalogues.en ?? [])].filter(([key, en]) => {
    const translated = holes(catalogues['zh-CN']?.get(key) ?? '');
    return translated.some((hole) => !holes(en).includes(hole));
  });
  expect(wrong.map(([key]) => key)).toEqual([]);
});

test('a Chinese text is not left in English', () => {
  const wrong = [...(catalogues['zh-CN'] ?? [])].filter(
    ([, text]) => !CJK.test(text) && /[a-z]{4,}\s+[a-z]{3,}/i.test(text),
  );
  expect(wrong).toEqual([]);
});

test('no text asks for what the formatter of pages cannot do', () => {
  // Texts are parsed when the console is built; what is left for the page knows no offsets, and no text without any words.
  const wrong = LOCALES.flatMap((locale) => [...(catalogues[locale] ?? [])]).filter(([, text]) =>
    /offset:|^\{\w+, \w+, =0 \{\}/.test(text),
  );
  expect(wrong).toEqual([]);
});

test('every text is used', () => {
  // A key stands in the code whole, behind its namespace, or as a template whose holes are filled at run time.
  const literals = new Set<string>();
  const templates: RegExp[] = [];
  for (const { code } of sources) {
    for (const [, literal] of code.matchAll(/['"`]([\w.-]+)['"`]/g)) if (literal !== undefined) literals.add(literal);
    for (const [, template] of code.matchAll(/`([\w.-]*\$\{[^`]*)`/g)) templates.push(patternOf(template ?? ''));
    for (const [, name] of code.matchAll(/\b(\w+):/g)) if (name !== undefined) literals.add(name);
  }
  const unused = [...(catalogues.en?.keys() ?? [])].filter((key) => {
    const parts = key.split('.');
    const endings = parts.map((_, index) => parts.slice(index).join('.')).slice(1);
    return !endings.some((ending) => literals.has(ending) || templates.some((template) => template.test(ending)));
  });
  expect(unused).toEqual([]);
});

function patternOf(template: string): RegExp {
  const parts = template
    .split(/\$\{(?:[^{}]|\{[^{}]*\})*\}/)
    .map((part) => part.replace(/[.*+?^$()|[\]\\{}]/g, '\\$&'));
  // A template without any fixed part would allow every key.
  return parts.join('') === '' ? /$^/ : new RegExp(`^${parts.join('[\\w-]+')}$`);
}

test('every code of the api that a page may meet has its words, or the api words it', () => {
  const known = readFileSync(join(ROOT, 'src/lib/failure-text.ts'), 'utf8');
  const serverSide = Object.entries(ERRORS).filter(([code, { http }]) => http >= 500 && !known.includes(code));
  expect(serverSide.map(([code]) => code)).toEqual(['INTERNAL', 'PASSPORT_UNAVAILABLE']);
});

describe('no text stands in the code', () => {
  test.each(sources.filter(({ path }) => path.endsWith('.tsx')))('$path', ({ path, code }) => {
    const found: string[] = [];
    walk(parseAst(code, { lang: 'tsx' }), (node) => {
      if (node.type === 'JSXText' && !isName(node.value)) found.push(node.value.trim());
      if (node.type === 'JSXAttribute' && SPOKEN.has(node.name?.name) && typeof node.value?.value === 'string') {
        const sample = node.name.name === 'placeholder' && MACHINE.test(node.value.value);
        if (!sample && !isName(node.value.value)) found.push(`${node.name.name}="${node.value.value}"`);
      }
    });
    expect(found, path).toEqual([]);
  });

  test('none in Chinese anywhere', () => {
    const wrong = sources.filter(({ path, code }) => !CHINESE_ON_PURPOSE.has(path) && CJK.test(code));
    expect(wrong.map(({ path }) => path)).toEqual([]);
  });
});

/** Attributes that are read out or shown. */
const SPOKEN = new Set([
  'aria-label',
  'title',
  'placeholder',
  'alt',
  'label',
  'hint',
  'text',
  'description',
  'aria-description',
]);
/** The name of the language itself; separators of both scripts. */
const CHINESE_ON_PURPOSE = new Set([
  'src/components/shell/preference-menus.tsx',
  'src/components/ui/tokens.ts',
  'src/components/ui/token-input.tsx',
]);

function isName(text: string): boolean {
  const words = text.trim();
  return words === '' || words.split(/\s+/).every((word) => NAMES.test(word));
}

/** Every node of a syntax tree. */
// biome-ignore lint/suspicious/noExplicitAny: the parser's nodes have no common shape; only `type` and a few fields are read
function walk(node: any, visit: (node: any) => void): void {
  if (Array.isArray(node)) for (const one of node) walk(one, visit);
  else if (typeof node === 'object' && node !== null) {
    if (typeof node.type === 'string') visit(node);
    for (const child of Object.values(node)) walk(child, visit);
  }
}
