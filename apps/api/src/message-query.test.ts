// An operator's query finds what they may see and no more, and what is wrong with it is told at its place.
import { ApiError } from '@message-push/protocol';
import { expect, test } from 'vitest';
import { askedQuery, clauseAlone, placedError, type Visible } from './message-query.ts';

const NOW = 1_790_000_000_000;
const EVERYTHING: Visible = { apps: undefined };
const ask = async (q: string, visible = EVERYTHING, range = {}) =>
  (await askedQuery({ q, ...range }, visible, { now: NOW, language: 'en' })).query;

test('every clause and the range become fields of the query', async () => {
  expect(await ask('')).toEqual({});
  expect(
    await ask(
      `uid:1 status:failed app:demo platform:H5 content_type:text node:n:1 reason:inbox_full id:${'a'.repeat(32)} 维护`,
      EVERYTHING,
      {
        from: 'now-15m',
        to: String(NOW),
      },
    ),
  ).toEqual({
    ...{ uid: '1', status: ['expired', 'recalled', 'dead'], app: 'demo', platform: 'h5', content_type: 'text' },
    ...{ node: 'n:1', reason: 'inbox full', message_id: 'a'.repeat(32), text: '维护', from: NOW - 900_000, to: NOW },
  });
});

test('a reason is named by its code, or by the words on record', async () => {
  expect(await ask('reason:NOBODY_ONLINE')).toEqual({ reason: 'nobody was online' });
  expect(await ask('reason:"envelope is not JSON"')).toEqual({ reason: 'envelope is not JSON' });
});

test('an owner finds only what was granted, whatever the query names', async () => {
  const two: Visible = { apps: new Set(['a', 'b']) };
  expect(await ask('uid:1', two)).toEqual({ uid: '1', apps: ['a', 'b'] });
  expect(await ask('uid:1 app:b', two)).toEqual({ uid: '1', app: 'b' });
  expect(await ask('uid:1 app:c', two)).toEqual({ uid: '1', app: '' });
  expect(await ask('', { apps: new Set(['a']) })).toEqual({ app: 'a' });
  expect(await ask('', { apps: new Set() })).toEqual({ app: '' });
});

test('words are searched only where they may be read', async () => {
  const viewer: Visible = { apps: undefined, readable: async () => ['open', 'plain'] };
  expect(await ask('uid:1', viewer)).toEqual({ uid: '1' });
  expect(await ask('hello', viewer)).toEqual({ text: 'hello', apps: ['open', 'plain'] });
  expect(await ask('hello app:open', viewer)).toEqual({ text: 'hello', app: 'open' });
  expect(await ask('hello app:private', viewer)).toEqual({ text: 'hello', app: '' });
  expect(await ask('hello', { apps: undefined, readable: async () => undefined })).toEqual({ text: 'hello' });
  expect(await ask('hello', { apps: new Set(['plain', 'private']), readable: async () => ['open', 'plain'] })).toEqual({
    text: 'hello',
    app: 'plain',
  });
});

test('a clause alone keeps the range and what may be seen', async () => {
  const visible: Visible = { apps: new Set(['a', 'b']) };
  const asked = await askedQuery({ q: 'uid:1 app:a', from: '5' }, visible, { now: NOW, language: 'en' });
  const alone = await Promise.all(asked.clauses.map((clause) => clauseAlone(asked, clause, visible)));
  expect(alone).toEqual([
    { uid: '1', apps: ['a', 'b'], from: 5 },
    { app: 'a', from: 5 },
  ]);
});

test.each([
  ['app:demo nope:1', 'q:9', 'is none of the fields'],
  ['uid:', 'q:0', 'has no value'],
  ['uid:1 title:"open', 'q:6', 'has no closing quote'],
  ['status:sent', 'q:0', 'must be one of accepted'],
  ['uid:1 uid:2', 'q:6', 'is there a second time'],
  ['id:12', 'q:0', 'must have 32 hex digits'],
])('%j is refused with its column', async (q, path, problem) => {
  const error = await ask(q).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'INVALID_QUERY', details: [{ path }] });
  expect(error).toMatchObject({ details: [{ problem: expect.stringContaining(problem) }] });
});

test('what the archive refuses of a clause is told at the clause', async () => {
  const { clauses } = await askedQuery({ q: 'uid:1 "!!"' }, EVERYTHING, { now: NOW, language: 'en' });
  const refused = new ApiError('INVALID_QUERY', { details: [{ path: 'text', problem: 'must have a letter' }] });
  expect(placedError(refused, clauses)).toMatchObject({ details: [{ path: 'q:6', problem: 'must have a letter' }] });
  const other = new ApiError('INVALID_QUERY', { details: [{ path: 'cursor', problem: 'is none' }] });
  expect(placedError(other, clauses)).toBe(other);
});
