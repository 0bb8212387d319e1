// Longer than other files: opening a world with its database takes seconds, so that these tests share one.
import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { envelopeJson } from '@message-push/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { basic, call, openWorld, pushBody, type RunningApi, type World } from './world.ts';

let world: World;
let api: RunningApi;
let authorization: string;

beforeAll(async () => {
  world = await openWorld();
  api = await world.api({ API_REFUSALS_PER_MINUTE: '100000', API_REQUEST_TIMEOUT_MS: '1000' });
  authorization = basic(await world.app({ requests_per_second: 1_000_000, deliveries_per_second: 100_000_000 }));
}, 60_000);

afterAll(() => world.close());

const ends = async () => (await world.bus.describe('pushes')).ends.reduce((sum, end) => sum + end, 0);

/** Sends bytes as they are and answers what came back. */
function raw(text: string | Uint8Array): Promise<{ status: number; body: Record<string, unknown> }> {
  const { hostname, port } = new URL(api.url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname);
    let answer = '';
    socket.setEncoding('utf8');
    socket.on('connect', () => socket.write(text));
    socket.on('data', (chunk) => {
      answer += chunk;
      const [head = '', body = ''] = answer.split('\r\n\r\n');
      const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? Number.NaN);
      if (!(Buffer.byteLength(body) >= length)) return;
      socket.destroy();
      resolve({ status: Number(head.split(' ')[1]), body: JSON.parse(body) });
    });
    socket.on('error', reject);
    socket.on('close', () => reject(new Error(`closed after: ${answer}`)));
  });
}

const message = (fields: object) => pushBody([1], 'x', { message: { content: 'x', ...fields } });
const without = (field: 'push_method' | 'audience' | 'message') => ({ ...pushBody([1]), [field]: undefined });
const uids = (count: number) => Array.from({ length: count }, (_, at) => at);

describe('a push that is not valid names its field, and nothing of it is stored', () => {
  test.each<[string, unknown, string]>([
    ['no push_method', without('push_method'), 'push_method'],
    ['another push_method', { ...pushBody([1]), push_method: 2 }, 'push_method'],
    ['push_method as text', { ...pushBody([1]), push_method: '1' }, 'push_method'],
    ['an unknown platform', { ...pushBody([1]), platform: 'windows' }, 'platform'],
    ['platform as number', { ...pushBody([1]), platform: 3 }, 'platform'],
    ['no audience', without('audience'), 'audience'],
    ['audience as text', { ...pushBody([1]), audience: 'all' }, 'audience'],
    ['neither uids nor devices', { ...pushBody([1]), audience: {} }, 'audience'],
    ['0 uids', pushBody([]), 'audience.uids'],
    ['1,001 uids', pushBody(uids(1_001)), 'audience.uids'],
    ['uids as text', pushBody('1'), 'audience.uids'],
    ['null among the uids', pushBody([1, null]), 'audience.uids[1]'],
    ['an object among the uids', pushBody([{ a: 1 }]), 'audience.uids[0]'],
    ['an empty uid', pushBody(['']), 'audience.uids[0]'],
    ['a uid of 65 characters', pushBody(['u'.repeat(65)]), 'audience.uids[0]'],
    ['a uid with NUL', pushBody(['a\0b']), 'audience.uids[0]'],
    [
      'a uid past 2^53',
      '{"push_method":1,"audience":{"uids":[9007199254740993]},"message":{"content":"x"}}',
      'audience.uids[0]',
    ],
    ['a uid that is no whole number', pushBody([1.5]), 'audience.uids[0]'],
    ['1,001 devices', { ...pushBody([1]), audience: { device_ids: uids(1_001).map(String) } }, 'audience.device_ids'],
    ['no message', without('message'), 'message'],
    ['message as list', { ...pushBody([1]), message: [] }, 'message'],
    ['no content', message({ content: undefined }), 'message.content'],
    ['content as number', pushBody([1], 5), 'message.content'],
    ['empty content', pushBody([1], ''), 'message.content'],
    ['blank content', pushBody([1], ' \t\n '), 'message.content'],
    ['content with NUL', pushBody([1], 'a\0b'), 'message.content'],
    ['content over 16 KB of UTF-8', pushBody([1], '中'.repeat(5_462)), 'message.content'],
    ['a title of 257 characters', message({ title: 't'.repeat(257) }), 'message.title'],
    ['title as object', message({ title: {} }), 'message.title'],
    ['extras over 4 KB', message({ extras: 'e'.repeat(4_097) }), 'message.extras'],
    ['extras as object', message({ extras: { a: 1 } }), 'message.extras'],
    ['content_type as number', message({ content_type: 1 }), 'message.content_type'],
    ['ttl_s below 0', pushBody([1], 'x', { options: { ttl_s: -1 } }), 'options.ttl_s'],
    ['ttl_s over 30 days', pushBody([1], 'x', { options: { ttl_s: 2_592_001 } }), 'options.ttl_s'],
    ['ttl_s as text', pushBody([1], 'x', { options: { ttl_s: '5' } }), 'options.ttl_s'],
  ])('%s', async (_name, body, path) => {
    const before = await ends();
    const { status, body: answer } = await call(api, authorization, 'POST', '/push', body);
    expect({ status, error: answer.error, path: answer.details?.[0]?.path }).toEqual({
      status: 400,
      error: 'INVALID_BODY',
      path,
    });
    expect(answer.code).toBe(400);
    expect(answer.msg).toContain(path);
    expect(answer.request_id).toMatch(/\S/);
    expect(await ends()).toBe(before);
  });

  test.each<[string, string | Uint8Array]>([
    ['no JSON', 'push!'],
    ['JSON that ends early', '{"push_method":1'],
    ['a list', '[]'],
    ['a text', '"x"'],
    ['null', 'null'],
    ['nothing', ''],
    ['bytes that are no UTF-8', Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d)],
  ])('a body that is %s', async (_name, body) => {
    const { status, body: answer } = await call(api, authorization, 'POST', '/push', body);
    expect([status, answer.error]).toEqual([400, 'NOT_JSON']);
  });

  test('deep nesting is no trouble', async () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    const keyed = { 'idempotency-key': 'deep' };
    const body = JSON.stringify(pushBody([1])).replace(/}$/, `,"more":${deep}}`);
    expect((await call(api, authorization, 'POST', '/push', deep)).body.error).toBe('NOT_JSON');
    expect((await call(api, authorization, 'POST', '/push', body, keyed)).status).toBe(200);
  });
});

describe('what the head of a request gets wrong', () => {
  test.each<[string, string]>([
    ['no credential', ''],
    ['another scheme', 'Bearer abc'],
    ['no base64', 'Basic %%%'],
    ['no colon', `Basic ${btoa('app')}`],
    ['an unknown app', `Basic ${btoa('nobody:secret-secret')}`],
  ])('%s: 403 before anything of the body is looked at', async (_name, header) => {
    for (const body of ['no json', JSON.stringify(pushBody([1]))]) {
      const answer = await call(api, header, 'POST', '/push', body);
      expect(answer.status).toBe(403);
      expect(answer.body).toMatchObject({ code: 403, msg: 'invalid Authorization', error: 'INVALID_AUTHORIZATION' });
    }
  });

  test('a wrong secret and an expired credential', async () => {
    const { id } = await world.app();
    expect((await call(api, basic({ id, secret: 'wrong-secret' }), 'POST', '/push', pushBody([1]))).status).toBe(403);
    const expires_at = new Date(Date.now() + 60_000);
    const { secret } = await world.database.credentials.issue(id, { expires_at });
    expect((await call(api, basic({ id, secret }), 'POST', '/push', pushBody([1]))).status).toBe(200);
    world.time.aheadMs += 61_000;
    expect((await call(api, basic({ id, secret }), 'POST', '/push', pushBody([1]))).status).toBe(403);
  });

  test('another content type, and none', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
      const body = JSON.stringify(pushBody([1]));
      const { status, body: answer } = await call(api, authorization, 'POST', '/push', body, { 'content-type': type });
      expect([status, answer.error]).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
    }
    const head = `POST /message-push/v1/push HTTP/1.1\r\nHost: x\r\nAuthorization: ${authorization}\r\n`;
    expect(await raw(`${head}Content-Length: 2\r\n\r\n{}`)).toMatchObject({ status: 415 });
    expect(await raw(`${head}\r\n`)).toMatchObject({ status: 400, body: { error: 'NOT_JSON' } });
  });

  test('a body of 1 MB, also when it does not tell its length', async () => {
    const text = JSON.stringify(pushBody([1], 'x'.repeat(1024 * 1024)));
    const told = await call(api, authorization, 'POST', '/push', text);
    expect([told.status, told.body.error]).toEqual([413, 'BODY_TOO_LARGE']);
    expect(told.body.msg).toContain('262144');
    const response = await fetch(`${api.url}/message-push/v1/push`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body: new Blob([text]).stream(),
      duplex: 'half',
    });
    expect(response.status).toBe(413);
  });

  test('a batch may be larger than a push, up to its own limit', async () => {
    const pushes = Array.from({ length: 30 }, () => pushBody([1], 'x'.repeat(16 * 1024)));
    expect((await call(api, authorization, 'POST', '/push/batch', { pushes })).status).toBe(200);
    const huge = { pushes: Array.from({ length: 300 }, () => pushBody([1], 'x'.repeat(16 * 1024))) };
    expect((await call(api, authorization, 'POST', '/push/batch', huge)).status).toBe(413);
  });

  test.each(['\u0001', 'ключ', 'k'.repeat(201)])('the Idempotency-Key %j', async (key) => {
    const head = `POST /message-push/v1/push HTTP/1.1\r\nHost: x\r\nAuthorization: ${authorization}\r\nAccept-Language: en\r\n`;
    const body = JSON.stringify(pushBody([1]));
    const rest = `Content-Type: application/json\r\nContent-Length: ${body.length}\r\nIdempotency-Key: ${key}\r\n\r\n${body}`;
    const answer = await raw(head + rest);
    expect(answer.status).toBe(400);
    // A control character is refused before it is a header.
    if (key !== '\u0001') {
      expect(answer.body).toMatchObject({ error: 'INVALID_HEADER', details: [{ path: 'Idempotency-Key' }] });
      expect(answer.body.msg).toContain('Idempotency-Key');
    }
  });

  test('a huge header', async () => {
    const answer = await raw(`GET /healthz HTTP/1.1\r\nHost: x\r\nX-Big: ${'x'.repeat(1024 * 1024)}\r\n\r\n`);
    expect(answer).toMatchObject({ status: 431, body: { code: 431, error: 'HEADERS_TOO_LARGE' } });
  });

  test('what is no HTTP at all', async () => {
    for (const text of [
      'HELLO\r\n\r\n',
      'GET / HTTP/9.9\r\n\r\n',
      '\u0016\u0003\u0001\u0002',
      'GET /\0 HTTP/1.1\r\n\r\n',
    ]) {
      expect(await raw(text)).toMatchObject({ status: 400, body: { code: 400, error: 'MALFORMED_HTTP' } });
    }
  });

  test('what Node would answer by itself', async () => {
    const malformed = { status: 400, body: { code: 400, error: 'MALFORMED_HTTP' } };
    expect(await raw('GET /healthz HTTP/1.1\r\n\r\n')).toMatchObject(malformed);
    expect(await raw('CONNECT example.com:80 HTTP/1.1\r\nHost: x\r\n\r\n')).toMatchObject(malformed);
    const expecting = 'GET /healthz HTTP/1.1\r\nHost: x\r\nExpect: the-impossible\r\n\r\n';
    expect(await raw(expecting)).toMatchObject({ status: 200, body: { code: 1 } });
  });

  test('a request that does not arrive', async () => {
    const answer = await raw(`POST /message-push/v1/push HTTP/1.1\r\nHost: x\r\nAuthorization: ${authorization}\r\n`);
    expect(answer).toMatchObject({ status: 408, body: { error: 'REQUEST_TIMEOUT' } });
  }, 60_000);

  test.each([
    ['/pushes?limit=1&uid=%zz', 'uid'],
    ['/pushes?from=%ff', 'from'],
    ['/pushes?%zz=1', '%zz'],
    ['/users/%zz/sessions', 'uid'],
    ['/users/%E0%A4%A/sessions?x=1', 'uid'],
    ['/pushes/%zz/deliveries', 'message_id'],
  ])('%s: what cannot be decoded is named', async (path, field) => {
    const answer = await call(api, authorization, 'GET', path);
    expect([answer.status, answer.body.error, answer.body.details]).toEqual([
      400,
      'INVALID_QUERY',
      [{ path: field, problem: 'is not valid' }],
    ]);
  });

  test('a packed body gets 415 that says so; one with a byte order mark is read', async () => {
    const packed = await call(api, authorization, 'POST', '/push', pushBody([1]), { 'content-encoding': 'gzip' });
    expect([packed.status, packed.body.details]).toEqual([
      415,
      [{ path: 'Content-Encoding', problem: 'must be one of identity' }],
    ]);
    const marked = `\ufeff${JSON.stringify(pushBody([1]))}`;
    for (const headers of [{}, { 'content-encoding': 'identity' }])
      expect((await call(api, authorization, 'POST', '/push', marked, headers)).status).toBe(200);
  });

  test.each<[string, string, number, string | null]>([
    ['GET', '/push', 405, 'POST'],
    ['PUT', '/push/', 405, 'POST'],
    ['DELETE', '/push', 405, 'POST'],
    ['PATCH', '/push/batch', 405, 'POST'],
    ['OPTIONS', '/tokens', 405, 'POST'],
    ['POST', '/pushes', 405, 'GET, HEAD'],
    ['POST', '/users/1/sessions', 405, 'GET, HEAD'],
    ['GET', '/nothing', 404, null],
    ['POST', '/nothing', 404, null],
    ['GET', '/push%zz', 404, null],
  ])('%s %s: %d', async (method, path, status, allow) => {
    // Also without a credential, and with a body that would be wrong elsewhere.
    for (const header of [authorization, '']) {
      const body = method === 'GET' ? undefined : 'no json';
      const answer = await call(api, header, method, path, body, { 'content-type': 'text/plain' });
      expect(answer.status).toBe(status);
      expect(answer.body).toMatchObject({ code: status, error: status === 405 ? 'METHOD_NOT_ALLOWED' : 'NOT_FOUND' });
      expect(answer.headers.get('allow')).toBe(allow);
    }
  });
});

describe('the other calls', () => {
  test.each<[string, string, unknown, string, string]>([
    ['POST', '/push/batch', {}, 'INVALID_BODY', 'pushes'],
    ['POST', '/push/batch', { pushes: [] }, 'INVALID_BODY', 'pushes'],
    ['POST', '/push/batch', { pushes: uids(1_001) }, 'INVALID_BODY', 'pushes'],
    ['POST', '/push/validate', pushBody([]), 'INVALID_BODY', 'audience.uids'],
    ['GET', '/pushes?status=nonsense', undefined, 'INVALID_QUERY', 'status'],
    ['GET', '/pushes?from=yesterday', undefined, 'INVALID_QUERY', 'from'],
    ['GET', '/pushes?to=1&to=2', undefined, 'INVALID_QUERY', 'to'],
    ['GET', '/pushes?limit=0', undefined, 'INVALID_QUERY', 'limit'],
    ['GET', '/pushes?limit=100000', undefined, 'INVALID_QUERY', 'limit'],
    ['GET', '/pushes?uid=a%00b', undefined, 'INVALID_QUERY', 'uid'],
    ['GET', `/pushes?cursor=${'c'.repeat(1_000)}`, undefined, 'INVALID_QUERY', 'cursor'],
    ['POST', '/tokens', {}, 'INVALID_BODY', 'uid'],
    ['POST', '/tokens', { uid: 1, platform: 'tv' }, 'INVALID_BODY', 'platform'],
    ['POST', '/tokens', { uid: 'a\0', platform: 'pc' }, 'INVALID_BODY', 'uid'],
    ['POST', '/tokens', { uid: 1, platform: 'pc', ttl_s: 1 }, 'INVALID_BODY', 'ttl_s'],
    ['POST', '/tokens', { uid: 1, platform: 'pc', ttl_s: 1e10 }, 'INVALID_BODY', 'ttl_s'],
    ['POST', '/tokens/revoke', {}, 'INVALID_BODY', ''],
    ['POST', '/tokens/revoke', { token: 'mp1.x.y' }, 'INVALID_BODY', 'token'],
    ['POST', '/users/presence', { uids: [] }, 'INVALID_BODY', 'uids'],
    ['POST', '/users/presence', { uids: uids(1_001) }, 'INVALID_BODY', 'uids'],
    ['GET', '/users/a%00b/sessions', undefined, 'INVALID_QUERY', 'uid'],
    ['GET', `/users/${'u'.repeat(65)}/sessions`, undefined, 'INVALID_QUERY', 'uid'],
    ['POST', '/users/1/disconnect', { session_id: 5 }, 'INVALID_BODY', 'session_id'],
    ['POST', `/users/${'u'.repeat(65)}/disconnect`, {}, 'INVALID_QUERY', 'uid'],
  ])('%s %s %j', async (method, path, body, error, field) => {
    const answer = await call(api, authorization, method, path, body);
    expect([answer.status, answer.body.error, answer.body.details?.[0]?.path]).toEqual([400, error, field]);
    expect(answer.body.msg).toContain(field);
  });

  test.each(['xyz', '0'.repeat(31), '0'.repeat(32), 'f'.repeat(33), 'a%00', '..%2f..%2fetc'])(
    'the message id %s is unknown',
    async (id) => {
      for (const path of [`/pushes/${id}`, `/pushes/${id}/deliveries`]) {
        const answer = await call(api, authorization, 'GET', path);
        expect([answer.status, answer.body.error]).toEqual([404, 'NOT_FOUND']);
      }
    },
  );
});

describe('language', () => {
  test("the original's endpoint speaks Chinese unless asked otherwise", async () => {
    const chinese = await call(api, authorization, 'POST', '/push', pushBody([]), { 'accept-language': '*' });
    expect(chinese.body.msg).toBe('参数错误:audience.uids 至少需要 1 项');
    expect(chinese.headers.get('content-language')).toBe('zh-CN');
    const english = await call(api, authorization, 'POST', '/push', pushBody([]), { 'accept-language': 'en-GB' });
    expect(english.body.msg).toBe('The body is not valid: audience.uids must have at least 1 item(s)');
    const others = await call(api, authorization, 'POST', '/tokens', {}, { 'accept-language': 'zh' });
    expect(others.body.msg).toBe('参数错误:uid 不能为空');
  });
});

test('10,000 random bodies give no 5xx, and leave nothing behind', async () => {
  const pool = api.deps.metrics;
  const handles = () =>
    process.getActiveResourcesInfo().filter((name) => name !== 'Timeout' && name !== 'Immediate').length;
  const shapes = [
    JSON.stringify(pushBody([1], 'text', { options: { ttl_s: 5 } })),
    JSON.stringify({ pushes: [pushBody([1])] }),
  ];
  const paths = [
    '/push',
    '/push/batch',
    '/push/validate',
    '/tokens',
    '/tokens/revoke',
    '/users/presence',
    '/users/1/disconnect',
  ];
  const mutate = (text: string) => {
    const bytes = Buffer.from(text);
    const seed = randomBytes(8);
    for (let at = 0; at < 1 + ((seed[7] ?? 0) % 3); at++)
      bytes[seed.readUInt16LE(at * 2) % bytes.length] = seed[at + 3] ?? 0;
    return bytes;
  };
  const one = async (at: number) => {
    const body = at % 2 === 0 ? randomBytes(1 + (at % 600)) : mutate(shapes[at % 3 === 0 ? 1 : 0] ?? '');
    const { status, body: answer } = await call(api, authorization, 'POST', paths[at % paths.length] ?? '', body);
    if (status >= 500) throw new Error(`${status} ${answer.error} for ${body.toString('hex')}`);
    return status;
  };
  const seen = new Map<number, number>();
  const round = async (from: number, count: number) => {
    for (let at = from; at < from + count; at += 20) {
      const statuses = await Promise.all(Array.from({ length: 20 }, (_, more) => one(at + more)));
      for (const status of statuses) seen.set(status, (seen.get(status) ?? 0) + 1);
    }
  };
  await round(0, 1_000);
  const before = handles();
  await round(1_000, 9_000);
  expect([...seen.keys()].every((status) => status < 500)).toBe(true);
  expect(seen.get(400)).toBeGreaterThan(5_000);
  expect(handles()).toBeLessThanOrEqual(before + 5);
  const open = await pool.getSingleMetricAsString('mp_api_idempotency_open');
  expect(open).not.toMatch(/} [1-9]/);
  // What is on the bus is only what was answered with 200, and readable.
  const { partitions, ends: last } = await world.bus.describe('pushes');
  for (let partition = 0; partition < partitions; partition++) {
    for (let offset = Math.max(0, (last[partition] ?? 0) - 20); offset < (last[partition] ?? 0); offset++) {
      const record = await world.bus.read('pushes', partition, offset);
      if (record !== undefined) expect(envelopeJson.decode(record.value).pushes.length).toBeGreaterThan(0);
    }
  }
}, 180_000);

test('no secret is in the log', async () => {
  const { readFileSync } = await import('node:fs');
  const { id, secret } = await world.app();
  await call(api, basic({ id, secret }), 'GET', `/pushes?token=${secret}`);
  await call(api, basic({ id, secret: `${secret}x` }), 'POST', '/push', pushBody([1]));
  const text = readFileSync(world.logFile, 'utf8');
  expect(text).toContain('credential refused');
  expect(text).toContain('request answered');
  for (const word of [secret, btoa(`${id}:${secret}`)]) expect(text).not.toContain(word);
});
