// A client's frame is understood as the original understands it: names in any case, failures told apart.
import { expect, test } from 'vitest';
import { type ClientFrame, encodeLogin, formatSeq, parseClientFrame, parseServerFrame, SEQ_ZERO } from './index.ts';

const seq = formatSeq({ generation: 1, offset: 5, index: 0 });
const later = formatSeq({ generation: 1, offset: 6, index: 0 });
const LOGIN: ClientFrame = { type: 'login', app_key: 'demo', platform: 'h5', ack: false };
const login = (data: object) => JSON.stringify({ cmd: 'LOGIN', data: { appKey: 'demo', platform: 'h5', ...data } });

test.each<[string, ClientFrame]>([
  ['', { type: 'malformed' }],
  ['{', { type: 'malformed' }],
  ['null', { type: 'malformed' }],
  ['[]', { type: 'malformed' }],
  ['"LOGIN"', { type: 'malformed' }],
  ['5', { type: 'malformed' }],
  [`${'['.repeat(65_000)}`, { type: 'malformed' }],
  ['{"cmd":{}}', { type: 'malformed' }],
  ['{}', { type: 'emptyCmd' }],
  ['{"cmd":""}', { type: 'emptyCmd' }],
  ['{"cmd":"  "}', { type: 'emptyCmd' }],
  ['{"cmd":null}', { type: 'emptyCmd' }],
  ['{"cmd":"PUSH"}', { type: 'unknownCmd' }],
  ['{"cmd":5}', { type: 'unknownCmd' }],
  ['{"cmd":"constructor"}', { type: 'unknownCmd' }],
  ['{"cmd":"heartbeat"}', { type: 'heartbeat' }],
  ['{"CMD":"Heartbeat","data":[]}', { type: 'heartbeat' }],
  [`{"cmd":"HEARTBEAT","data":{"seq":"${seq}"}}`, { type: 'heartbeat', seq }],
  [`{"cmd":"HEARTBEAT","data":{"cursor":"${later}","SEQ":"${seq}"}}`, { type: 'heartbeat', seq: later }],
  ['{"cmd":"HEARTBEAT","data":{"seq":"5"}}', { type: 'heartbeat' }],
  [`{"cmd":"ack","Data":{"Seq":"${seq}"}}`, { type: 'ack', seq }],
  ['{"cmd":"ACK"}', { type: 'malformed' }],
  [`{"cmd":"ACK","data":{"seq":"${seq.toUpperCase()}x"}}`, { type: 'malformed' }],
])('%.60s', (text, frame) => {
  expect(parseClientFrame(text)).toEqual(frame);
});

test.each<[string, ClientFrame]>([
  [login({}), LOGIN],
  ['{"CMD":"login","TOKEN":"x","DATA":{"APPKEY":"demo","Platform":"H5"}}', LOGIN],
  ['{"cmd":"LOGIN","data":{"appkey":" demo ","platform":" h5 "},"later":[]}', LOGIN],
  [login({ appKey: 42 }), { ...LOGIN, app_key: '42' }],
  [login({ platform: 'SmartTV' }), { ...LOGIN, platform: 'smarttv' }],
  [login({ device_id: 'tab-1', ack: true }), { ...LOGIN, device_id: 'tab-1', ack: true }],
  [login({ device_id: null, ack: 'true' }), LOGIN],
  [login({ cursor: seq }), { ...LOGIN, cursor: seq }],
  [login({ cursor: '' }), LOGIN],
  [login({ cursor: 'not ours' }), LOGIN],
])('%s logs in', (text, frame) => {
  expect(parseClientFrame(text)).toEqual(frame);
});

test.each([
  '{"cmd":"LOGIN"}',
  '{"cmd":"LOGIN","data":null}',
  '{"cmd":"LOGIN","data":"demo"}',
  login({ appKey: '' }),
  login({ appKey: undefined }),
  login({ appKey: {} }),
  login({ appKey: 'a'.repeat(65) }),
  login({ platform: ' ' }),
  login({ platform: null }),
  login({ platform: 'x'.repeat(33) }),
  login({ platform: 'h5\0' }),
  login({ device_id: '' }),
  login({ device_id: 'x'.repeat(129) }),
  login({ device_id: '\ud83d' }),
])('%s lacks what a LOGIN needs', (text) => {
  expect(parseClientFrame(text)).toEqual({ type: 'incompleteLogin' });
});

test('the exact field name wins over one in another case', () => {
  expect(parseClientFrame('{"CMD":"LOGIN","cmd":"HEARTBEAT"}')).toEqual({ type: 'heartbeat' });
});

test('the SDK can read its LOGIN back, and a client of the original gets the very text of the original', () => {
  expect(encodeLogin({ app_key: 'demo', platform: 'h5' })).toBe(
    '{"cmd":"LOGIN","token":"","data":{"appKey":"demo","platform":"h5"}}',
  );
  const input = { app_key: 'demo', platform: 'h5', device_id: 'd', cursor: SEQ_ZERO, ack: true };
  expect(parseClientFrame(encodeLogin(input))).toEqual({ type: 'login', ...input });
});

test.each([
  ['', { type: 'unknown' }],
  ['[]', { type: 'unknown' }],
  ['{"cmd":"RESPONSE","type":"LATER"}', { type: 'unknown' }],
  ['{"cmd":"RESPONSE","type":"MESSAGE","data":{"content":5,"seq":"x"}}', { type: 'message', message: { content: '' } }],
  ['{"cmd":"RESPONSE","type":"LOGIN","data":{"code":1,"msg":"SUCCESS"}}', { type: 'login', ok: true, answer: {} }],
  ['{"cmd":"RESPONSE","type":"LOGIN"}', { type: 'login', ok: false, msg: '' }],
  ['{"cmd":"RESPONSE","type":"HEARTBEAT","data":{}}', { type: 'heartbeat', t: 0 }],
  ['{"cmd":"RESPONSE","type":"ERROR","data":{"code":0}}', { type: 'error', msg: '' }],
])('the SDK takes %s from a server without throwing', (text, frame) => {
  expect(parseServerFrame(text)).toEqual(frame);
});
