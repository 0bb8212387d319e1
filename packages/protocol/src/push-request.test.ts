// A push is checked field by field; every refusal names the field in the caller's language.
import { expect, test } from 'vitest';
import { ApiError, PUSH_LIMITS, parsePushBatch, parsePushRequest } from './index.ts';

const GOOD = { push_method: 1, audience: { uids: ['1'] }, message: { content: 'hi' } };
const withUids = (uids: unknown) => ({ ...GOOD, audience: { uids } });
const withMessage = (message: object) => ({ ...GOOD, message: { content: 'hi', ...message } });
const withTtl = (ttl_s: unknown) => ({ ...GOOD, options: { ttl_s } });

function refusal(body: unknown, language: 'en' | 'zh' = 'en'): ApiError {
  try {
    parsePushRequest(body, PUSH_LIMITS, language);
  } catch (error) {
    if (error instanceof ApiError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

test.each([
  ['the body is no object', [], '', 'must be a JSON object'],
  ['the body is null', null, '', 'must be a JSON object'],
  ['push_method is missing', { ...GOOD, push_method: undefined }, 'push_method', 'is required'],
  ['push_method is 2', { ...GOOD, push_method: 2 }, 'push_method', 'must be one of 1'],
  ['push_method is a text', { ...GOOD, push_method: '1' }, 'push_method', 'must be one of 1'],
  ['the platform is unknown', { ...GOOD, platform: 'pc' }, 'platform', 'must be all, h5, android or ios'],
  ['one of the platforms is unknown', { ...GOOD, platform: 'h5,' }, 'platform', 'must be all, h5, android or ios'],
  ['the platform is a list', { ...GOOD, platform: ['h5'] }, 'platform', 'must be a text'],
  ['the audience is missing', { ...GOOD, audience: undefined }, 'audience', 'is required'],
  ['the audience names nobody', { ...GOOD, audience: {} }, 'audience', 'must name uids or device_ids'],
  ['both lists are null', { ...GOOD, audience: { uids: null, device_ids: null } }, 'audience', 'must name uids'],
  ['uids is empty', withUids([]), 'audience.uids', 'must have at least 1 item'],
  [
    'uids has a length that is no number',
    withUids({ length: { valueOf: 1, toString: 'x' } }),
    'audience.uids',
    'must be a list',
  ],
  ['uids has 1,001', withUids(Array(1_001).fill('1')), 'audience.uids', 'must have at most 1000 items'],
  ['uids is a text', withUids('1'), 'audience.uids', 'must be a list'],
  ['a uid is null', withUids(['1', null]), 'audience.uids[1]', 'must be a text or a number'],
  ['a uid is an object', withUids([{}]), 'audience.uids[0]', 'must be a text or a number'],
  ['a uid is true', withUids([true]), 'audience.uids[0]', 'must be a text or a number'],
  ['a uid is no whole number', withUids([1.5]), 'audience.uids[0]', 'must be a whole number'],
  ['a uid is past 2^53', withUids([2 ** 53]), 'audience.uids[0]', 'is a number past 2^53'],
  ['a uid is empty', withUids(['']), 'audience.uids[0]', 'must have 1 to 64 characters'],
  ['a uid has 65 characters', withUids(['🚚'.repeat(65)]), 'audience.uids[0]', 'must have 1 to 64 characters'],
  ['a uid has a NUL', withUids(['a\0b']), 'audience.uids[0]', 'must not contain a NUL'],
  ['a uid has half a pair', withUids(['\ud83d']), 'audience.uids[0]', 'must not contain half of a surrogate pair'],
  ['device_ids is empty', { ...GOOD, audience: { device_ids: [] } }, 'audience.device_ids', 'must have at least 1'],
  ['a device is a number', { ...GOOD, audience: { device_ids: [1] } }, 'audience.device_ids[0]', 'must be a text'],
  ['the message is missing', { ...GOOD, message: undefined }, 'message', 'is required'],
  ['the message is a text', { ...GOOD, message: 'hi' }, 'message', 'must be a JSON object'],
  ['content is missing', withMessage({ content: undefined }), 'message.content', 'is required'],
  ['content is null', withMessage({ content: null }), 'message.content', 'must be a text'],
  ['content is blank', withMessage({ content: ' \n\u3000' }), 'message.content', 'must not be blank'],
  [
    'content is over 16 KB',
    withMessage({ content: '好'.repeat(5_462) }),
    'message.content',
    'must not be longer than 16384 bytes',
  ],
  ['content has a NUL', withMessage({ content: 'a\0' }), 'message.content', 'must not contain a NUL'],
  [
    'extras is over 4 KB',
    withMessage({ extras: 'x'.repeat(4_097) }),
    'message.extras',
    'must not be longer than 4096 bytes',
  ],
  ['extras is an object', withMessage({ extras: {} }), 'message.extras', 'must be a text'],
  [
    'title has 257 characters',
    withMessage({ title: '好'.repeat(257) }),
    'message.title',
    'must have at most 256 characters',
  ],
  ['title has a NUL', withMessage({ title: '\0' }), 'message.title', 'must not contain a NUL'],
  [
    'content_type is too long',
    withMessage({ content_type: 'x'.repeat(257) }),
    'message.content_type',
    'must have at most 256',
  ],
  ['content_type is a number', withMessage({ content_type: 5 }), 'message.content_type', 'must be a text'],
  ['options is a list', { ...GOOD, options: [] }, 'options', 'must be a JSON object'],
  ['ttl_s is negative', withTtl(-1), 'options.ttl_s', 'must be at least 0'],
  ['ttl_s is over 30 days', withTtl(2_592_001), 'options.ttl_s', 'must be at most 2592000'],
  ['ttl_s is no whole number', withTtl(0.5), 'options.ttl_s', 'must be a whole number'],
  ['ttl_s is a text', withTtl('60'), 'options.ttl_s', 'must be a number'],
])('refused and named when %s', (_, body, path, problem) => {
  const error = refusal(body);
  expect(error.code).toBe('INVALID_BODY');
  expect(error.details[0]?.path).toBe(path);
  expect(error.details[0]?.problem).toContain(problem);
  expect(error.message).toContain(`${path} ${problem}`.trim());
});

test('a refusal speaks Chinese when asked to, and lists at most 20 fields', () => {
  expect(refusal(withMessage({ content: '' }), 'zh').params.problem).toBe('message.content 不能为空白');
  expect(refusal({}, 'zh').details.map(({ path }) => path)).toEqual(['push_method', 'audience', 'message']);
  expect(refusal(withUids(Array(1_000).fill(null))).details).toHaveLength(20);
});

test('what is at the bound is accepted', () => {
  const uids = [9_007_199_254_740_991, -1, 0, '🚚'.repeat(64), 'constructor', '__proto__'];
  const message = { title: '好'.repeat(256), content: `${'好'.repeat(5_461)}x`, extras: 'x'.repeat(4_096) };
  expect(parsePushRequest({ ...GOOD, audience: { uids }, message, options: { ttl_s: 2_592_000 } })).toEqual({
    uids: ['9007199254740991', '-1', '0', '🚚'.repeat(64), 'constructor', '__proto__'],
    device_ids: [],
    message,
    ttl_s: 2_592_000,
  });
  expect(parsePushRequest(withUids(Array.from({ length: 1_000 }, (_, i) => i))).uids).toHaveLength(1_000);
});

test.each([undefined, null, '', '  ', 'all', 'ALL', 'h5,all', 'All , iOS'])('platform %j means all', (platform) => {
  expect(parsePushRequest({ ...GOOD, platform }).platforms).toBeUndefined();
});

test('platforms are matched in any case and count once', () => {
  expect(parsePushRequest({ ...GOOD, platform: 'H5' }).platforms).toEqual(['h5']);
  expect(parsePushRequest({ ...GOOD, platform: ' iOS, ANDROID ,ios' }).platforms).toEqual(['ios', 'android']);
});

test('null optional fields count as absent, as senders in Java write them', () => {
  const message = { title: null, content: 'hi', content_type: null, extras: null };
  const audience = { uids: [1], device_ids: null };
  expect(parsePushRequest({ ...GOOD, audience, message, options: null })).toEqual({
    uids: ['1'],
    device_ids: [],
    message: { content: 'hi' },
  });
});

test('a text that was cut inside an emoji is delivered with a replacement character, not refused', () => {
  expect(parsePushRequest(withMessage({ content: 'hi \ud83d' })).message.content).toBe('hi \ufffd');
});

test('a batch answers row by row: a bad row does not fail the others', () => {
  const rows = parsePushBatch({
    pushes: [{ ...GOOD, idempotency_key: 'k1' }, null, withUids([]), { ...GOOD, idempotency_key: '' }, GOOD],
  });
  expect(rows.map((row) => (row.ok ? (row.idempotency_key ?? 'no key') : row.error.params.problem))).toEqual([
    'k1',
    'must be a JSON object',
    'audience.uids must have at least 1 item(s)',
    'idempotency_key must have 1 to 255 characters',
    'no key',
  ]);
});

test.each([{}, [], { pushes: [] }, { pushes: {} }, { pushes: Array(1_001).fill(GOOD) }])(
  'a batch that is no list of 1 to 1,000 rows is refused as a whole (%#)',
  (body) => {
    expect(() => parsePushBatch(body)).toThrow(ApiError);
  },
);

test('limits are those that are passed in', () => {
  const limits = { ...PUSH_LIMITS, uidsMax: 1, contentBytesMax: 2, ttlMaxS: 5 };
  expect(parsePushRequest(GOOD, limits).uids).toEqual(['1']);
  expect(() => parsePushRequest(withUids([1, 2]), limits)).toThrow('audience.uids must have at most 1 items');
  expect(() => parsePushRequest(withMessage({ content: 'abc' }), limits)).toThrow('2 bytes');
  expect(() => parsePushRequest(withTtl(6), limits)).toThrow('at most 5');
});
