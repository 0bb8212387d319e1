import { ApiError } from '@message-push/protocol';
import { expect, test } from 'vitest';
import { failure, failureText, languageOf } from './answers.ts';

const language = (header: string | undefined, url = '/message-push/v1/tokens') =>
  languageOf({ headers: header === undefined ? {} : { 'accept-language': header }, url });

test.each([
  ['en', 'en'],
  ['zh-CN,zh;q=0.9', 'zh'],
  ['en;q=0.5, zh;q=0.9', 'zh'],
  ['fr, zh-Hans;q=0.4, en;q=0.3', 'zh'],
  ['fr', 'en'],
  ['zh;q=0, en;q=0.1', 'en'],
  ['zh;q=x, en', 'en'],
])('Accept-Language %s is answered in %s', (header, expected) => {
  expect(language(header)).toBe(expected);
});

test("without a wish the original's endpoint speaks Chinese, and only that one", () => {
  for (const url of ['/message-push/v1/push', '/message-push/v1/push/', '/message-push/v1/push?x=1']) {
    expect(language(undefined, url)).toBe('zh');
    expect(language('*', url)).toBe('zh');
    expect(language('en', url)).toBe('en');
  }
  for (const url of ['/message-push/v1/push/batch', '/message-push/v1/pushes', '/admin/v1/session'])
    expect(language(undefined, url)).toBe('en');
});

test('a failure says its code, one sentence and the request, in the language asked for', () => {
  const error = new ApiError('RATE_LIMITED', { params: { what: 'requests a second', limit: '5' } });
  expect(failure(error, 'en', 'r-1')).toEqual({
    code: 429,
    msg: 'Too many requests a second; the limit is 5.',
    error: 'RATE_LIMITED',
    request_id: 'r-1',
    details: [],
  });
  expect(failureText(error, 'zh')).toBe('每秒请求数 过多,上限为 5');
});

test('the cause of a failure never leaves', () => {
  const error = new ApiError('INTERNAL', { cause: new Error('password of the database is hunter2') });
  expect(JSON.stringify(failure(error, 'en', 'r'))).not.toContain('hunter2');
});
