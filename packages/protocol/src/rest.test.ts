// Every other REST call: what is taken, what is refused by name, and that all of it can be documented.
import { expect, test } from 'vitest';
import { toJSONSchema, ZodType } from 'zod';
import { signInSchema } from './admin/index.ts';
import * as protocol from './index.ts';
import {
  ApiError,
  acceptedSchema,
  batchRowSchema,
  deliveriesQuerySchema,
  disconnectRequestSchema,
  failureSchema,
  historyQuerySchema,
  pageSchema,
  parseInput,
  presenceRequestSchema,
  pushRequestSchema,
  successSchema,
  tokenRequestSchema,
  tokenRevokeSchema,
} from './index.ts';

function problemOf(schema: ZodType, input: unknown): string | undefined {
  try {
    parseInput(schema, input, 'INVALID_QUERY');
  } catch (error) {
    if (error instanceof ApiError && error.code === 'INVALID_QUERY') return error.params.problem;
    throw error;
  }
  return undefined;
}

test('a history query has defaults, and takes times in both forms and several statuses', () => {
  expect(parseInput(historyQuerySchema, {})).toEqual({ limit: 50 });
  const query = { uid: '1', from: '1732320000000', to: '2024-11-23T08:00:00+08:00', status: 'acked, Offline,acked' };
  expect(parseInput(historyQuerySchema, { ...query, limit: '200', cursor: 'c', later: 'x' })).toEqual({
    uid: '1',
    from: 1_732_320_000_000,
    to: Date.UTC(2024, 10, 23),
    status: ['acked', 'offline'],
    limit: 200,
    cursor: 'c',
  });
});

test.each<[ZodType, unknown, string]>([
  [historyQuerySchema, { from: 'yesterday' }, 'from must be epoch milliseconds or an RFC 3339 time'],
  [historyQuerySchema, { from: '2024-13-01T00:00:00Z' }, 'from must be epoch milliseconds'],
  [historyQuerySchema, { to: '2024-01-01' }, 'to must be epoch milliseconds'],
  [historyQuerySchema, { to: '1'.repeat(16) }, 'to must be epoch milliseconds'],
  [historyQuerySchema, { status: 'acked,lost' }, 'status must be one of accepted, queued, offline'],
  [historyQuerySchema, { status: '' }, 'status must be one of'],
  [historyQuerySchema, { limit: '0' }, 'limit must be at least 1'],
  [historyQuerySchema, { limit: '201' }, 'limit must be at most 200'],
  [historyQuerySchema, { limit: 'many' }, 'limit must be a whole number'],
  [historyQuerySchema, { uid: '' }, 'uid must have 1 to 64 characters'],
  [historyQuerySchema, { uid: ['1', '2'] }, 'uid must be a text'],
  [deliveriesQuerySchema, { cursor: 'c'.repeat(513) }, 'cursor must have at most 512 characters'],
  [tokenRequestSchema, { platform: 'pc' }, 'uid is required'],
  [tokenRequestSchema, { uid: 1, platform: 'h5' }, 'platform must be one of pc, mobile'],
  [tokenRequestSchema, { uid: 1, platform: 'pc', ttl_s: 59 }, 'ttl_s must be at least 60'],
  [tokenRequestSchema, { uid: 1, platform: 'pc', device_id: '' }, 'device_id must have 1 to 128 characters'],
  [tokenRevokeSchema, {}, 'must name a uid or a token'],
  [presenceRequestSchema, { uids: [] }, 'uids must have at least 1 item'],
  [presenceRequestSchema, { uids: { length: { valueOf: 1, toString: 'x' } } }, 'uids must be a list'],
  [presenceRequestSchema, { uids: Array(1_001).fill(1) }, 'uids must have at most 1000 items'],
  [disconnectRequestSchema, { session_id: 5 }, 'session_id must be a text'],
  [signInSchema, { email: 'a@b.c' }, 'password is required'],
])('refused by name: %#', (schema, input, problem) => {
  expect(problemOf(schema, input)).toContain(problem);
});

test('uids come out as texts, and null counts as absent', () => {
  expect(parseInput(tokenRequestSchema, { uid: 42, platform: 'mobile', device_id: null })).toMatchObject({ uid: '42' });
  expect(parseInput(tokenRevokeSchema, { uid: 42, token: null })).toMatchObject({ uid: '42' });
  expect(parseInput(presenceRequestSchema, { uids: [1, 'a'] })).toEqual({ uids: ['1', 'a'] });
  expect(parseInput(disconnectRequestSchema, {})).toEqual({});
});

test('answers have the envelope of the original', () => {
  const row = { message_id: '0'.repeat(32), accepted: 1, unknown_devices: [] };
  expect(successSchema(acceptedSchema).parse({ code: 1, msg: 'OK', data: [row] }).data).toEqual([row]);
  expect(pageSchema(acceptedSchema).parse({ code: 1, msg: 'OK', data: [], cursor: 'c' }).cursor).toBe('c');
  const refusal = { code: 400, msg: 'no', error: 'INVALID_BODY', details: [{ path: 'a', problem: 'b' }] };
  expect(failureSchema.parse({ ...refusal, request_id: 'r' })).toMatchObject(refusal);
  expect(batchRowSchema.parse({ ...row, code: 1, msg: 'OK' })).toMatchObject(row);
  expect(batchRowSchema.parse(refusal)).toEqual(refusal);
});

test('every schema can be written into the OpenAPI document', () => {
  const schemas = Object.entries(protocol).filter(([, value]) => value instanceof ZodType);
  expect(schemas.length).toBeGreaterThan(20);
  for (const [name, schema] of schemas) {
    expect(() => toJSONSchema(schema as ZodType, { io: 'input' }), name).not.toThrow(); // filtered above
  }
  expect(toJSONSchema(pushRequestSchema, { io: 'input' })).toMatchObject({
    required: ['push_method', 'audience', 'message'],
    properties: { message: { required: ['content'] } },
  });
});
