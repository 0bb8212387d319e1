// What is suggested belongs to the word at the caret, and what is put in reads back as meant.
import { QUERY_FIELDS } from '@message-push/protocol/admin/query-language';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { clauseValue, complete, fieldsFor, withClause, wordAt } from './query-edit.ts';

/** The caret is where the bar stands. */
function at(marked: string) {
  const caret = marked.indexOf('|');
  const text = marked.replace('|', '');
  return { text, caret, word: wordAt(text, caret) };
}

test.each([
  ['|', { kind: 'field', prefix: '', from: 0, to: 0 }],
  ['sta|', { kind: 'field', prefix: 'sta', from: 0, to: 3 }],
  ['app:demo sta|tus', { kind: 'field', prefix: 'sta', from: 9, to: 15 }],
  ['status:|', { kind: 'value', field: 'status', prefix: '', from: 7, to: 7 }],
  ['uid:1 status:ac|ked app:demo', { kind: 'value', field: 'status', prefix: 'ac', from: 13, to: 18 }],
  ['title:"a b|" app:demo', { kind: 'value', field: 'text', prefix: 'a b', from: 6, to: 11 }],
  ['title:"a b|', { kind: 'value', field: 'text', prefix: 'a b', from: 6, to: 10 }],
  ['nope:x|', { kind: 'field', prefix: 'nope:x', from: 0, to: 6 }],
])('%j', (marked, word) => {
  expect(at(marked).word).toEqual(word);
});

test.each([
  ['sta|', 'status', 'status:|'],
  ['app:demo sta|tus', 'status', 'app:demo status:|'],
  ['status:ac|x app:demo', 'acked', 'status:acked |app:demo'],
  ['content_type:|', 'text/plain; charset=utf-8', 'content_type:"text/plain; charset=utf-8" |'],
])('%j completed with %j', (marked, value, expected) => {
  const { text, word } = at(marked);
  const done = complete(text, word, value);
  expect(`${done.text.slice(0, done.caret)}|${done.text.slice(done.caret)}`).toBe(expected);
});

test('fields that begin with what was typed', () => {
  expect(fieldsFor('')).toEqual(['app', 'uid', 'id', 'status', 'node', 'reason', 'platform', 'content_type']);
  expect(fieldsFor('St')).toEqual(['status']);
  expect(fieldsFor('维护')).toEqual([]);
});

test('a clause that is put in is read back, its twin is gone, the others stay', () => {
  const value = fc.string({ minLength: 1, unit: 'grapheme' }).filter((text) => text.trim() !== '');
  const field = fc.constantFrom(...QUERY_FIELDS.filter((name) => name !== 'status' && name !== 'id'));
  fc.assert(
    fc.property(field, value, value, (name, before, after) => {
      const text = withClause(withClause('status:acked', name, before), name, after);
      expect(clauseValue(text, name)).toBe(after);
      expect(clauseValue(text, 'status')).toBe('acked');
      expect(withClause(text, name, undefined)).toBe('status:acked');
    }),
  );
});

test('a query with an error is left as it was typed', () => {
  expect(withClause('nope:1', 'app', 'demo')).toBe('nope:1');
});

test('the word at any caret lies around the caret', () => {
  const unit = fc.constantFrom('a', 'uid', ':', '"', '\\', ' ', '\n', '中', '👍', '\0');
  fc.assert(
    fc.property(fc.string({ unit }), fc.nat(), (text, place) => {
      const caret = place % (text.length + 1);
      const { from, to } = wordAt(text, caret);
      expect(0 <= from && from <= caret && caret <= to && to <= text.length).toBe(true);
    }),
  );
});
