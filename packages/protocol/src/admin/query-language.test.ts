// Queries are read as written, a wrong one names its place, and no text makes the reader throw.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatClause, type ParsedQuery, parseQuery, QUERY_FIELDS, statusesIn } from './query-language.ts';

const short = (parsed: ParsedQuery) =>
  parsed.ok ? parsed.clauses.map(({ field, value }) => [field, value]) : parsed.error;

test.each([
  ['', []],
  ['  ', []],
  [
    'uid:57098049 status:failed app:demo title:"维护"',
    [
      ['uid', '57098049'],
      ['status', 'failed'],
      ['app', 'demo'],
      ['text', '维护'],
    ],
  ],
  ['系统 维护', [['text', '系统 维护']]],
  ['"a \\"b\\" c"', [['text', 'a "b" c']]],
  ['UID:u:1', [['uid', 'u:1']]],
  [
    'node:10.0.0.7:9100 reason:inbox_full',
    [
      ['node', '10.0.0.7:9100'],
      ['reason', 'inbox_full'],
    ],
  ],
])('%j is read', (text, clauses) => {
  expect(short(parseQuery(text))).toEqual(clauses);
});

test.each([
  ['app:demo nope:1', { problem: 'unknownField', from: 9, to: 15 }],
  ['uid:', { problem: 'noValue', from: 0, to: 4 }],
  ['title:"open', { problem: 'openQuote', from: 0, to: 11 }],
  ['status:sent', { problem: 'unknownStatus', from: 0, to: 11 }],
  ['uid:1 uid:2', { problem: 'twice', from: 6, to: 11 }],
  ['id:12', { problem: 'badId', from: 0, to: 5 }],
])('%j names the place of its error', (text, error) => {
  expect(short(parseQuery(text))).toEqual(error);
});

test('what is formatted is read back, and every place is inside the text', () => {
  const value = fc.string({ minLength: 1, unit: 'grapheme' }).filter((text) => text.trim() !== '');
  const free = fc.constantFrom(...QUERY_FIELDS.filter((field) => field !== 'status' && field !== 'id'));
  fc.assert(
    fc.property(free, value, (field, text) => {
      expect(short(parseQuery(formatClause({ field, value: text })))).toEqual([[field, text]]);
    }),
  );
});

test('any text is read or refused at a place inside it', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const parsed = parseQuery(text);
      const places = parsed.ok ? parsed.clauses : [parsed.error];
      for (const { from, to } of places) expect(0 <= from && from < to && to <= text.length).toBe(true);
    }),
  );
});

test('failed means every final status without delivery', () => {
  expect(statusesIn('failed,acked')).toEqual(['expired', 'recalled', 'dead', 'acked']);
  expect(statusesIn('acked,')).toBeUndefined();
});
