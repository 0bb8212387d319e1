// What the form lets through the api takes, what the form refuses the api refuses, and a draft comes back as it was kept.
import { ApiError, PLATFORMS, parsePushRequest } from '@message-push/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  bodyOf,
  type Draft,
  EMPTY_DRAFT,
  extrasOf,
  isBlank,
  isDraft,
  isJsonType,
  pairsOf,
  problemsOf,
} from './push-draft.ts';

const good: Draft = { ...EMPTY_DRAFT, app: 'demo', uids: ['1'], content: 'hello' };

const wide = fc.constantFrom('a', '中', '👍', '\u0000b', ' ');
const text = fc.tuple(wide, fc.constantFrom(0, 1, 200, 257, 5000, 17_000)).map(([piece, times]) => piece.repeat(times));
const draft = fc.record<Draft>({
  app: fc.constant('demo'),
  uids: fc.array(fc.oneof(fc.string({ unit: 'grapheme', maxLength: 70 }), fc.constant('u')), { maxLength: 3 }),
  platforms: fc.subarray([...PLATFORMS]),
  title: text,
  content: text,
  contentType: fc.constantFrom('', 'text/plain', 'x'.repeat(300)),
  extras: text,
  ttlS: fc.option(fc.integer({ min: -5, max: 3_000_000 }), { nil: undefined }),
});

test('the form and the api agree on every draft', () => {
  fc.assert(
    fc.property(draft, (written) => {
      const nul = [written.title, written.content, written.extras].some((part) => part.includes('\0'));
      expect(Object.keys(problemsOf(written)).length > 0 || nul).toBe(!taken(written));
    }),
    { numRuns: 300 },
  );
});

function taken(written: Draft): boolean {
  try {
    parsePushRequest(bodyOf(written));
    return true;
  } catch (error) {
    if (error instanceof ApiError) return false;
    throw error;
  }
}

test('JSON is checked when the type says so', () => {
  expect(problemsOf({ ...good, content: '{', contentType: 'application/json' })).toEqual({ content: 'notJson' });
  expect(problemsOf({ ...good, content: '{', contentType: 'text/plain' })).toEqual({});
  expect(['application/json', 'application/vnd.x+json; a=1', 'JSON'].every(isJsonType)).toBe(true);
  expect(isJsonType('text/plain')).toBe(false);
});

test('empty fields are left out of the body', () => {
  expect(bodyOf(good)).toEqual({
    push_method: 1,
    platform: 'all',
    audience: { uids: ['1'] },
    message: { content: 'hello' },
  });
  expect(bodyOf({ ...good, platforms: ['h5', 'ios'], ttlS: 0, title: 't' })).toMatchObject({
    platform: 'h5,ios',
    options: { ttl_s: 0 },
    message: { title: 't' },
  });
});

test('extras are pairs as long as they are a flat object of texts', () => {
  expect(pairsOf('{"a":"1","b":""}')).toEqual([
    ['a', '1'],
    ['b', ''],
  ]);
  expect(pairsOf('')).toEqual([]);
  for (const other of ['{"a":1}', '[]', 'null', 'x=1']) expect(pairsOf(other)).toBeUndefined();
  expect(
    extrasOf([
      ['a', '1'],
      ['', 'x'],
    ]),
  ).toBe('{"a":"1"}');
  expect(extrasOf([['', '']])).toBe('');
});

test('an app alone is no work', () => {
  expect(isBlank({ ...EMPTY_DRAFT, app: 'demo' })).toBe(true);
  expect(isBlank({ ...EMPTY_DRAFT, title: 'x' })).toBe(false);
});

test('a draft comes back from the browser, and what is none does not', () => {
  fc.assert(
    fc.property(draft, (written) => {
      const kept: unknown = JSON.parse(JSON.stringify(written));
      expect(isDraft(kept)).toBe(true);
    }),
  );
  const { title, ...untitled } = good;
  const others = [
    null,
    'x',
    [],
    untitled,
    { ...good, uids: [1] },
    { ...good, platforms: ['tv'] },
    { ...good, ttlS: '1' },
  ];
  expect(others.filter(isDraft)).toEqual([]);
});
