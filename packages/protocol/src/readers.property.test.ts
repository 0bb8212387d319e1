// Every reader of texts and JSON: what was written comes back, and no input makes it throw anything but its typed error.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { signInSchema } from './admin/index.ts';
import {
  ApiError,
  deadLetterJson,
  devicesOf,
  disconnectRequestSchema,
  type Envelope,
  type EnvelopePush,
  encodeMessageFrame,
  envelopeJson,
  FormatError,
  formatSeq,
  historyQuerySchema,
  type InnerPushRequest,
  innerDisconnectAnswerJson,
  innerDisconnectJson,
  innerPushAnswerJson,
  innerPushRequestJson,
  type JsonCodec,
  messageIdAt,
  nodeStatsJson,
  parseClientFrame,
  parseInput,
  parsePushBatch,
  parsePushRequest,
  parseServerFrame,
  presenceRequestSchema,
  type ReceiptBatch,
  type RingDocument,
  receiptBatchJson,
  ringDocumentJson,
  sessionsJson,
  tokenRequestSchema,
  tokenRevokeSchema,
} from './index.ts';

const CODECS: Record<string, JsonCodec<unknown>> = {
  envelopeJson,
  receiptBatchJson,
  deadLetterJson,
  innerPushRequestJson,
  innerPushAnswerJson,
  innerDisconnectAnswerJson,
  innerDisconnectJson,
  nodeStatsJson,
  sessionsJson,
  ringDocumentJson,
};

const count = fc.maxSafeNat();
const name = fc.oneof(fc.string({ unit: 'grapheme', minLength: 1 }), fc.constantFrom('__proto__', 'constructor'));
const text = fc.string({ unit: 'grapheme' });
const seq = fc.record({ generation: fc.nat(0xffff), offset: count, index: fc.nat(0xffff) }).map(formatSeq);
const message_id = fc
  .tuple(fc.nat(), fc.uint8Array({ minLength: 10, maxLength: 10 }))
  .map(([at, bytes]) => messageIdAt(at, bytes));
/** Required fields, and others that may be absent. */
const some = <T, U>(required: { [K in keyof T]: fc.Arbitrary<T[K]> }, more: { [K in keyof U]: fc.Arbitrary<U[K]> }) =>
  fc.tuple(fc.record(required), fc.record(more, { requiredKeys: [] })).map(([a, b]) => ({ ...a, ...b }));

const names = fc.uniqueArray(name, { minLength: 1, maxLength: 5 });
const message = some({ content: text }, { title: text, content_type: text, extras: text });
const push: fc.Arbitrary<EnvelopePush> = some(
  { message_id, app: name, uids: names, message, c_time: count, ttl_s: count, accepted: count },
  {
    devices: fc.array(fc.tuple(name, names), { maxLength: 3 }).map((rows) => Object.fromEntries(rows)),
    platforms: names,
    traceparent: text,
    again: fc.constant(true as const),
  },
);
const envelope: fc.Arbitrary<Envelope> = fc.record({ v: fc.constant(1), pushes: fc.array(push, { maxLength: 4 }) });
const receipt = some(
  { message_id, app: name, uid: name },
  { seq, node: text, written_at: count, acked_at: count, ring_version: count, reason: text },
);
const receipts: fc.Arbitrary<ReceiptBatch> = fc.record({
  v: fc.constant(1),
  receipts: fc.array(receipt, { maxLength: 4 }),
});
const innerMessage = some(
  { message_id, app: name, seq, expires_at: count, c_time: count, message },
  { platforms: names, online_only: fc.constant(true as const) },
);
const innerPush: fc.Arbitrary<InnerPushRequest> = fc.record({
  v: fc.constant(1),
  lane: name,
  incarnation: name,
  messages: fc.array(innerMessage, { minLength: 1, maxLength: 3 }),
  deliveries: fc.array(some({ m: fc.constant(0), uid: name, prev: seq }, { device_ids: names }), { maxLength: 4 }),
});
const ring: fc.Arbitrary<RingDocument> = fc.record({
  version: count,
  epoch: count,
  at: count,
  cause: text,
  nodes: fc.array(
    fc.record({
      id: name,
      incarnation: name,
      address: name,
      weight: fc.double({ min: 0, max: 100, noNaN: true }).map(Math.abs),
      state: fc.constantFrom('up', 'draining'),
    }),
    { maxLength: 4 },
  ),
});

/** Runs a reader; anything it throws but its own error fails the test. */
function tolerates(read: () => unknown, error: new (...args: never[]) => Error): void {
  try {
    read();
  } catch (thrown) {
    if (!(thrown instanceof error)) throw thrown;
  }
}

test.each<[string, JsonCodec<unknown>, fc.Arbitrary<unknown>]>([
  ['an envelope', envelopeJson, envelope],
  ['a batch of receipts', receiptBatchJson, receipts],
  ['an inner push', innerPushRequestJson, innerPush],
  ['a ring document', ringDocumentJson, ring],
])('%s comes back as it was', (_, codec, values) => {
  fc.assert(
    fc.property(values, (value) => {
      const bytes = codec.encode(value);
      expect(codec.decode(bytes)).toEqual(value);
      expect(codec.decode(new TextDecoder().decode(bytes))).toEqual(value);
    }),
  );
});

/** Replaces one field somewhere inside by something else, or removes it. */
function damaged(value: unknown, path: number[], other: unknown): unknown {
  const [step = 0, ...rest] = path;
  if (typeof value !== 'object' || value === null || rest.length === 0) return other;
  const keys = Object.keys(value);
  if (keys.length === 0) return other;
  const key = keys[step % keys.length] ?? '';
  if (Array.isArray(value)) return value.map((item, i) => (String(i) === key ? damaged(item, rest, other) : item));
  const rows = Object.entries(value).map(([name, item]) => [name, name === key ? damaged(item, rest, other) : item]);
  return Object.fromEntries(rows);
}

const path = fc.array(fc.nat(20), { minLength: 1, maxLength: 6 });
const other = fc.oneof(fc.constant(undefined), fc.constant(null), fc.jsonValue(), fc.constantFrom(-1, 0.5, '', [], {}));

test('a format with one field damaged is read or refused with FormatError', () => {
  const whole = fc.oneof(envelope, receipts, innerPush, ring);
  fc.assert(
    fc.property(whole, path, other, (value, where, instead) => {
      const wrong = JSON.stringify(damaged(value, where, instead)) ?? '';
      for (const codec of Object.values(CODECS)) tolerates(() => codec.decode(wrong), FormatError);
    }),
    { numRuns: 3_000 },
  );
});

test('no bytes and no values make a reader of a format throw anything but FormatError', () => {
  fc.assert(
    fc.property(
      fc.uint8Array(),
      fc.string({ unit: 'binary' }),
      fc.jsonValue(),
      fc.anything({ withNullPrototype: true }),
      (bytes, chars, value, anything) => {
        for (const codec of Object.values(CODECS)) {
          tolerates(() => codec.decode(bytes), FormatError);
          tolerates(() => codec.decode(chars), FormatError);
          tolerates(() => codec.decode(JSON.stringify(value)), FormatError);
          tolerates(() => codec.parse(anything), FormatError);
        }
      },
    ),
    { numRuns: 2_000 },
  );
});

test.each<[JsonCodec<unknown>, string, string]>([
  [envelopeJson, '{', 'envelope is not JSON'],
  [envelopeJson, '[]', 'envelope is not valid'],
  [envelopeJson, '{"v":2,"pushes":[]}', 'envelope.v is not valid'],
  [envelopeJson, '{"v":1,"pushes":[5]}', 'envelope.pushes[0] is not valid'],
  [envelopeJson, '{"v":1,"pushes":[{"message_id":"x"}]}', 'envelope.pushes[0].message_id is not valid'],
  [innerPushAnswerJson, '{"outcomes":[1,-1]}', 'inner push answer.outcomes[1] is not valid'],
  [ringDocumentJson, '{"version":1,"epoch":1,"at":1,"cause":"","nodes":[{}]}', 'ring.nodes[0].id is not valid'],
])('a refusal says where: %#', (codec, wrong, problem) => {
  expect(() => codec.decode(wrong)).toThrow(problem);
});

test('bytes that are no UTF-8 are refused, and a byte order mark is not skipped', () => {
  const bytes = new TextEncoder().encode('{"v":1,"pushes":[],"later":"?"}');
  expect(envelopeJson.decode(bytes)).toEqual({ v: 1, pushes: [], later: '?' });
  expect(() => envelopeJson.decode(bytes.map((byte) => (byte === 0x3f ? 0xc3 : byte)))).toThrow(FormatError);
  expect(() => envelopeJson.decode(Uint8Array.of(0xef, 0xbb, 0xbf, ...bytes))).toThrow(FormatError);
});

test('lists beyond their bound are refused', () => {
  const [one] = fc.sample(push, 1);
  expect(envelopeJson.parse({ v: 1, pushes: Array(1_000).fill(one) })).toBeDefined();
  expect(() => envelopeJson.parse({ v: 1, pushes: Array(1_001).fill(one) })).toThrow('envelope.pushes is not valid');
  const uids = Array(1_001).fill('1');
  expect(() => envelopeJson.parse({ v: 1, pushes: [{ ...one, uids }] })).toThrow('envelope.pushes[0].uids');
});

test('an inner delivery names a message of the request', () => {
  fc.assert(
    fc.property(innerPush, fc.nat(10), (request, m) => {
      const deliveries = [{ m, uid: '1', prev: formatSeq({ generation: 0, offset: 0, index: 0 }) }];
      const read = () => innerPushRequestJson.parse({ ...request, deliveries });
      if (m < request.messages.length) expect(read()).toBeDefined();
      else expect(read).toThrow('inner push.deliveries[0].m');
    }),
  );
});

test('devices of a uid are found by its own name only, whatever the name', () => {
  const read = envelopeJson.decode(
    `{"v":1,"pushes":[{"message_id":"${'0'.repeat(32)}","app":"a","uids":["__proto__"],"devices":{"__proto__":["d"]},"message":{"content":"x"},"c_time":1,"ttl_s":1,"accepted":1}]}`,
  );
  const [only] = read.pushes;
  if (only === undefined) throw new Error('one push was read');
  expect(devicesOf(only, '__proto__')).toEqual(['d']);
  expect(devicesOf(only, 'constructor')).toBeUndefined();
  expect(devicesOf({}, 'constructor')).toBeUndefined();
});

test('a pushed message reaches the client with exactly the fields it was sent with', () => {
  fc.assert(
    fc.property(innerMessage, (inner) => {
      const frame = parseServerFrame(new TextDecoder('utf-8', { ignoreBOM: true }).decode(encodeMessageFrame(inner)));
      const { message_id: id, c_time, online_only } = inner;
      const facts = { message_id: id, c_time, ...(online_only === undefined && { seq: inner.seq }) };
      expect(frame).toEqual({ type: 'message', message: { ...inner.message, ...facts } });
    }),
  );
});

const loginish = fc.record({
  cmd: fc.oneof(fc.constantFrom('LOGIN', 'HEARTBEAT', 'ACK', 'login'), fc.jsonValue()),
  data: fc.oneof(fc.jsonValue(), fc.record({ appKey: fc.jsonValue(), platform: fc.jsonValue(), seq: fc.jsonValue() })),
});

test('no text makes a frame reader throw', () => {
  const frame = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.json(),
    loginish.map((value) => JSON.stringify(value)),
  );
  fc.assert(
    fc.property(frame, (chars) => {
      expect(parseClientFrame(chars).type).toBeTypeOf('string');
      expect(parseServerFrame(chars).type).toBeTypeOf('string');
    }),
    { numRuns: 10_000 },
  );
});

const GOOD = {
  push_method: 1,
  audience: { uids: ['1'], device_ids: ['d'] },
  message: { content: 'hi' },
  options: { ttl_s: 1 },
};
const SCHEMAS = [
  historyQuerySchema,
  tokenRequestSchema,
  tokenRevokeSchema,
  presenceRequestSchema,
  disconnectRequestSchema,
  signInSchema,
];

test('no body makes the checks of a request throw anything but an ApiError that names a field', () => {
  const body = fc.oneof(
    fc.jsonValue(),
    fc.tuple(path, other).map(([where, instead]) => damaged(GOOD, where, instead)),
  );
  fc.assert(
    fc.property(body, fc.constantFrom('en' as const, 'zh' as const), (value, language) => {
      tolerates(() => parsePushRequest(value, undefined, language), ApiError);
      tolerates(() => parsePushBatch(value, undefined, language), ApiError);
      tolerates(() => parsePushBatch({ pushes: [value] }, undefined, language), ApiError);
      for (const schema of SCHEMAS) tolerates(() => parseInput(schema, value, 'INVALID_QUERY', language), ApiError);
    }),
    { numRuns: 3_000 },
  );
});

test('a push that is accepted holds only what the rest of the platform may rely on', () => {
  const anyText = fc.oneof(fc.string({ unit: 'binary', maxLength: 70 }), fc.string({ maxLength: 300 }));
  const body = fc.record({
    push_method: fc.constant(1),
    audience: fc.record({
      uids: fc.array(fc.oneof(anyText, fc.integer(), fc.maxSafeInteger(), fc.double()), { maxLength: 5 }),
    }),
    message: fc.record({ content: anyText, title: anyText }),
  });
  let accepted = 0;
  fc.assert(
    fc.property(body, (value) => {
      tolerates(() => {
        const { uids, message } = parsePushRequest(value);
        accepted++;
        expect(new Set(uids).size).toBe(uids.length);
        for (const uid of uids)
          expect(uid.isWellFormed() && uid !== '' && [...uid].length <= 64 && !uid.includes('\0')).toBe(true);
        expect(JSON.stringify(message)).not.toContain('\\u0000');
        expect(message.content.trim()).not.toBe('');
        expect([...(message.title ?? '')].length).toBeLessThanOrEqual(256);
        const pushes = [{ message_id: '0'.repeat(32), app: 'a', uids, message, c_time: 1, ttl_s: 1, accepted: 1 }];
        expect(envelopeJson.decode(envelopeJson.encode({ v: 1, pushes }))).toEqual({ v: 1, pushes });
      }, ApiError);
    }),
    { numRuns: 3_000 },
  );
  expect(accepted).toBeGreaterThan(300);
});
