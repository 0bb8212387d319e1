// Every answer becomes its rows or a failure that says what happened, and the page hears when the session ended.
import { afterEach, expect, test, vi } from 'vitest';
import { ApiFailure, act, get, getPage, onSignedOut, post, withQuery } from './api.ts';

interface Thing {
  id: string;
}

/** The network: answers once, and keeps what was asked. */
function network(status: number, body: unknown, headers: Record<string, string> = {}) {
  const asked: { url: string; init: RequestInit }[] = [];
  vi.stubGlobal('document', { documentElement: { lang: 'zh-CN' } });
  vi.stubGlobal('fetch', async (url: string, init: RequestInit) => {
    asked.push({ url, init });
    return new Response(typeof body === 'string' ? body : JSON.stringify(body), { status, headers });
  });
  return asked;
}

async function failureOf(promise: Promise<unknown>): Promise<ApiFailure> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ApiFailure);
  return error as ApiFailure; // it was checked in the line above
}

afterEach(() => vi.unstubAllGlobals());

test('a page has its rows and says where the next one begins', async () => {
  network(200, { code: 1, msg: 'OK', data: [{ id: 'a' }, { id: 'b' }], cursor: 'next' });
  expect(await getPage<Thing>('/things')).toEqual({ rows: [{ id: 'a' }, { id: 'b' }], cursor: 'next' });
});

test.each([{}, { data: [] }, { data: 'x' }])(
  'an answer without the row that was asked for is a failure: %j',
  async (answer) => {
    network(200, { code: 1, msg: 'OK', ...answer });
    expect(await failureOf(get<Thing>('/things/a'))).toMatchObject({ status: 200, code: 'BAD_ANSWER' });
  },
);

test('a refusal keeps code, words, fields, request id and how long to wait', async () => {
  const details = [{ path: 'name', problem: 'is missing' }];
  const body = { code: 429, msg: 'Too many', error: 'RATE_LIMITED', request_id: 'r-1', details };
  network(429, body, { 'retry-after': '7' });
  expect(await failureOf(act('/things'))).toMatchObject({
    status: 429,
    code: 'RATE_LIMITED',
    message: 'Too many',
    requestId: 'r-1',
    details,
    retryAfterS: 7,
  });
});

test('an answer that is no JSON, and none at all, is no answer', async () => {
  network(502, '<html>');
  expect(await failureOf(get<Thing>('/things'))).toMatchObject({ status: 0, code: 'NO_ANSWER' });
});

test('a change carries its key, the language of the page and its body as JSON; a read carries no key', async () => {
  const asked = network(200, { code: 1, msg: 'OK', data: [{ id: 'a' }] });
  await post<Thing>('/things', { body: { name: 'x' }, key: 'k-1' });
  await get<Thing>('/things');
  const [change, read] = asked.map(({ init }) => new Headers(init.headers));
  expect(change?.get('idempotency-key')).toBe('k-1');
  expect(change?.get('accept-language')).toBe('zh-CN');
  expect(change?.get('content-type')).toBe('application/json');
  expect(asked[0]?.init.body).toBe('{"name":"x"}');
  expect(read?.has('idempotency-key')).toBe(false);
});

test('the page hears that the session has ended, and of nothing else', async () => {
  let ended = 0;
  const stop = onSignedOut(() => ended++);
  network(401, { code: 401, msg: '', error: 'WRONG_PASSWORD' });
  await failureOf(act('/session'));
  expect(ended).toBe(0);
  network(401, { code: 401, msg: '', error: 'NOT_SIGNED_IN' });
  await failureOf(get<Thing>('/apps'));
  expect(ended).toBe(1);
  stop();
});

test('a query leaves out what is not set', () => {
  expect(withQuery('/a', { q: 'x y', cursor: undefined, from: '' })).toBe('/a?q=x+y');
  expect(withQuery('/a', {})).toBe('/a');
});
