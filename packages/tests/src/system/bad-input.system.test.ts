// What a caller gets wrong is answered with the right status and a sentence that names the field, and nothing of it is stored.
import type { Answer } from '@message-push/testkit';
import { backEnd } from '@message-push/testkit';
import { beforeAll, describe, expect, test } from 'vitest';
import { metric } from './metrics.ts';
import { withPlatform } from './platform.ts';
import { admin, type Issued, issue } from './programs.ts';
import { expectRefusal } from './refusal.ts';

const BASE = '/message-push/v1';
const ENGLISH = { 'accept-language': 'en' };

const shared = withPlatform();
/** Message ids that were answered with code 1 and have a receiver. */
const accepted: string[] = [];
/** Expires while the other tests run. */
let expiring: Promise<Issued & { expiresAt: number }>;

beforeAll(() => {
  // As late as the command line may be on a slow machine, plus the time to see it accepted once.
  const expiresAt = Math.ceil(Date.now() / 1000) * 1000 + 30_000;
  expiring = issue(shared.dataDir, shared.app, '--expires', new Date(expiresAt).toISOString()).then((issued) => ({
    ...issued,
    expiresAt,
  }));
  expiring.catch(() => undefined); // awaited by its test
});

const uids = (count: number) => Array.from({ length: count }, (_, i) => `b${i}`);
const body = (more: object = {}, message: object = {}) => ({
  push_method: 1,
  platform: 'all',
  audience: { uids: ['b1'] },
  message: { content: 'x', ...message },
  ...more,
});
const stored = () => metric(shared.platform.run.api, 'mp_bus_records_total', 'topic="pushes"');

/** Sends something wrong, checks the refusal, and that no partition of the bus holds anything new. */
async function refused(
  call: () => Promise<Answer>,
  status: number,
  error: string,
  field?: string,
): Promise<Answer['body']> {
  const before = await stored();
  const answer = await call();
  expectRefusal(answer, status, error, field);
  expect(await stored()).toBe(before);
  return answer.body;
}

/** Sends something right and keeps its message id for the last test. */
async function isAccepted(wanted: unknown, headers: Record<string, string> = {}): Promise<string> {
  const answer = await shared.back.call('POST', '/push', wanted, headers);
  expect(answer.body).toMatchObject({
    code: 1,
    msg: 'OK',
    data: [{ message_id: expect.stringMatching(/^[0-9a-f]{32}$/) }],
  });
  const [row] = answer.body.data ?? [];
  const id = String(row?.message_id);
  if (Number(row?.accepted) > 0 && !accepted.includes(id)) accepted.push(id);
  return id;
}

describe('credentials', () => {
  const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

  test.each<[string, Record<string, string>]>([
    ['none', {}],
    ['of another scheme', { authorization: 'Bearer abc' }],
    ['no base64', { authorization: 'Basic %%%' }],
    ['without a colon', { authorization: basic('demo') }],
    ['of an unknown app', { authorization: basic('nobody:ps_live_x') }],
    ['with a wrong secret', { authorization: basic('demo:ps_live_x') }],
    ['with an empty secret', { authorization: basic('demo:') }],
    ['with NUL', { authorization: basic('demo:a\0b') }],
    ['very long', { authorization: basic(`demo:${'x'.repeat(8000)}`) }],
  ])('%s: 403, whatever the body', async (_what, headers) => {
    for (const text of ['no json', JSON.stringify(body())]) {
      const call = async (): Promise<Answer> => {
        const response = await fetch(`${shared.platform.run.api}${BASE}/push`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', ...headers },
          body: text,
        });
        return { status: response.status, headers: response.headers, body: JSON.parse(await response.text()) };
      };
      expect((await refused(call, 403, 'INVALID_AUTHORIZATION')).msg).toBe('invalid Authorization');
    }
  });

  test('one that is revoked on the command line is refused within a second, on every endpoint', async () => {
    const credential = await issue(shared.dataDir, shared.app);
    const back = backEnd(shared.platform.run, credential);
    await expect.poll(async () => (await back.call('POST', '/push/validate', body())).status).toBe(200);
    let lastGood = 0;
    let stop = false;
    const using = (async () => {
      while (!stop) {
        const sentAt = Date.now();
        if ((await back.call('POST', '/push/validate', body())).status === 200) lastGood = sentAt;
        await new Promise((resolve) => setTimeout(resolve, 5)); // the resolution of the measurement
      }
    })();
    const { revoked_at } = await admin(shared.dataDir, 'credential', 'revoke', credential.id);
    await expect.poll(() => Date.now() - lastGood, { timeout: 15_000 }).toBeGreaterThan(1500);
    stop = true;
    await using;
    const revokedAt = Date.parse(String(revoked_at));
    console.log(`a revoked credential was last accepted ${Math.max(0, lastGood - revokedAt)} ms after its revocation`);
    expect(lastGood - revokedAt).toBeLessThanOrEqual(1000);
    for (const path of ['/push', '/push/batch', '/tokens', '/users/presence']) {
      await refused(() => back.call('POST', path, body()), 403, 'INVALID_AUTHORIZATION');
    }
    await refused(() => back.call('GET', '/pushes'), 403, 'INVALID_AUTHORIZATION');
  });

  test('one that has expired is refused from that moment on', async () => {
    const credential = await expiring;
    const back = backEnd(shared.platform.run, credential);
    expect((await back.call('POST', '/push/validate', body())).status).toBe(200);
    let lastGood = 0;
    await expect
      .poll(
        async () => {
          const sentAt = Date.now();
          const { status } = await back.call('POST', '/push/validate', body());
          if (status === 200) lastGood = sentAt;
          return status;
        },
        { timeout: 60_000, interval: 10 },
      )
      .toBe(403);
    expect(lastGood).toBeLessThanOrEqual(credential.expiresAt);
    expect(Date.now()).toBeGreaterThanOrEqual(credential.expiresAt);
    await refused(() => back.push(['b1'], 'x'), 403, 'INVALID_AUTHORIZATION');
  });
});

describe('the body of a push', () => {
  test.each<[string, unknown, string]>([
    ['no push_method', body({ push_method: undefined }), 'push_method'],
    ['push_method 2', body({ push_method: 2 }), 'push_method'],
    ['push_method as text', body({ push_method: '1' }), 'push_method'],
    ['an unknown platform', body({ platform: 'windows' }), 'platform'],
    ['platform as number', body({ platform: 1 }), 'platform'],
    ['no audience', body({ audience: undefined }), 'audience'],
    ['audience as list', body({ audience: [] }), 'audience'],
    ['an empty audience', body({ audience: {} }), 'audience'],
    ['0 uids', body({ audience: { uids: [] } }), 'audience.uids'],
    ['1,001 uids', body({ audience: { uids: uids(1001) } }), 'audience.uids'],
    ['uids as text', body({ audience: { uids: 'b1' } }), 'audience.uids'],
    ['null as a uid', body({ audience: { uids: ['b1', null] } }), 'audience.uids[1]'],
    ['a list as a uid', body({ audience: { uids: [[1]] } }), 'audience.uids[0]'],
    ['a uid of 65 characters', body({ audience: { uids: ['u'.repeat(65)] } }), 'audience.uids[0]'],
    ['an empty uid', body({ audience: { uids: [''] } }), 'audience.uids[0]'],
    ['a uid with NUL', body({ audience: { uids: ['a\0'] } }), 'audience.uids[0]'],
    ['a uid that is half a character', body({ audience: { uids: ['\ud83d'] } }), 'audience.uids[0]'],
    ['a broken number as uid', body({ audience: { uids: [1.5] } }), 'audience.uids[0]'],
    ['a number past 2^53 as uid', JSON.stringify(body()).replace('"b1"', '9007199254740993'), 'audience.uids[0]'],
    ['a number like 1e400 as uid', JSON.stringify(body()).replace('"b1"', '1e400'), 'audience.uids[0]'],
    ['0 devices', body({ audience: { device_ids: [] } }), 'audience.device_ids'],
    ['1,001 devices', body({ audience: { device_ids: uids(1001) } }), 'audience.device_ids'],
    ['a device of 129 characters', body({ audience: { device_ids: ['d'.repeat(129)] } }), 'audience.device_ids[0]'],
    ['no message', body({ message: undefined }), 'message'],
    ['message as text', body({ message: 'hi' }), 'message'],
    ['no content', body({}, { content: undefined }), 'message.content'],
    ['empty content', body({}, { content: '' }), 'message.content'],
    ['blank content', body({}, { content: ' \t\r\n\u3000' }), 'message.content'],
    ['content as number', body({}, { content: 1 }), 'message.content'],
    ['content with NUL', body({}, { content: 'a\0b' }), 'message.content'],
    ['content of 16,385 bytes', body({}, { content: 'x'.repeat(16_385) }), 'message.content'],
    ['content of 5,462 Chinese characters', body({}, { content: '推'.repeat(5462) }), 'message.content'],
    ['title of 257 characters', body({}, { title: 't'.repeat(257) }), 'message.title'],
    ['title with NUL', body({}, { title: '\0' }), 'message.title'],
    ['title as object', body({}, { title: { a: 1 } }), 'message.title'],
    ['extras of 4,097 bytes', body({}, { extras: 'e'.repeat(4097) }), 'message.extras'],
    ['extras as object', body({}, { extras: { a: 1 } }), 'message.extras'],
    ['content_type as number', body({}, { content_type: 7 }), 'message.content_type'],
    ['ttl_s -1', body({ options: { ttl_s: -1 } }), 'options.ttl_s'],
    ['ttl_s 2,592,001', body({ options: { ttl_s: 2_592_001 } }), 'options.ttl_s'],
    ['ttl_s 1.5', body({ options: { ttl_s: 1.5 } }), 'options.ttl_s'],
    ['ttl_s as text', body({ options: { ttl_s: '60' } }), 'options.ttl_s'],
    ['options as list', body({ options: [] }), 'options'],
  ])('%s is refused', async (_what, wrong, field) => {
    await refused(() => shared.back.call('POST', '/push', wrong, ENGLISH), 400, 'INVALID_BODY', field);
    await refused(() => shared.back.call('POST', '/push/validate', wrong), 400, 'INVALID_BODY', field);
  });

  test.each<[string, unknown]>([
    ['1,000 uids', body({ audience: { uids: uids(1000) } })],
    ['a uid of 64 characters', body({ audience: { uids: ['u'.repeat(64)] } })],
    ['a uid of 64 emoji', body({ audience: { uids: ['😀'.repeat(64)] } })],
    ['the number 2^53-1', body({ audience: { uids: [9_007_199_254_740_991] } })],
    ['1,000 devices', body({ audience: { device_ids: uids(1000) } })],
    ['a device of 128 characters', body({ audience: { device_ids: ['d'.repeat(128)] } })],
    ['content of 16,384 bytes', body({}, { content: 'x'.repeat(16_384) })],
    ['content of 5,461 Chinese characters', body({}, { content: '推'.repeat(5461) })],
    ['a title of 256 characters', body({}, { title: 't'.repeat(256) })],
    ['a title of 256 emoji', body({}, { title: '😀'.repeat(256) })],
    ['extras of 4,096 bytes', body({}, { extras: 'e'.repeat(4096) })],
    ['ttl_s 2,592,000', body({ options: { ttl_s: 2_592_000 } })],
    ['names of prototypes as uids', body({ audience: { uids: ['__proto__', 'constructor', 'toString'] } })],
  ])('%s: accepted, since that is the limit', async (_what, right) => {
    await isAccepted(right);
  });

  test.each<[string, string | Uint8Array]>([
    ['no JSON', 'push!'],
    ['cut off', '{"push_method":1'],
    ['a list', '[]'],
    ['a text', '"x"'],
    ['null', 'null'],
    ['empty', ''],
    ['no UTF-8', Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d)],
    ['a NUL', '\0'],
    ['nested 100,000 deep', `${'['.repeat(100_000)}${']'.repeat(100_000)}`],
  ])('a body that is %s is no JSON object', async (_what, text) => {
    const answer = await refused(() => post('/push', text), 400, 'NOT_JSON');
    expect(answer.msg).toContain('JSON');
  });

  test('256 KB are accepted, one byte more and 1 MB are not', async () => {
    const padded = (bytes: number) => {
      const rest = bytes - Buffer.byteLength(JSON.stringify(body({ pad: '' })));
      return JSON.stringify(body({ pad: 'x'.repeat(rest) }));
    };
    await isAccepted(padded(262_144));
    for (const bytes of [262_145, 1024 * 1024]) {
      const answer = await refused(() => shared.back.call('POST', '/push', padded(bytes)), 413, 'BODY_TOO_LARGE');
      expect(answer.msg).toContain('262144');
    }
    const batch = { pushes: Array.from({ length: 300 }, () => body({}, { content: 'x'.repeat(16_384) })) };
    await refused(() => shared.back.call('POST', '/push/batch', batch), 413, 'BODY_TOO_LARGE');
  });

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/xml'])(
    'content type %s is refused',
    async (type) => {
      await refused(
        () => shared.back.call('POST', '/push', body(), { 'content-type': type }),
        415,
        'UNSUPPORTED_MEDIA_TYPE',
      );
    },
  );

  test.each<[string, unknown, string]>([
    ['no list', {}, 'pushes'],
    ['an empty list', { pushes: [] }, 'pushes'],
    ['1,001 rows', { pushes: uids(1001) }, 'pushes'],
  ])('a batch with %s is refused as a whole', async (_what, wrong, field) => {
    await refused(() => shared.back.call('POST', '/push/batch', wrong), 400, 'INVALID_BODY', field);
  });
});

describe('Idempotency-Key', () => {
  test('used again with the same body gives the first answer, with another body 409', async () => {
    const key = { 'idempotency-key': 'k-1' };
    const id = await isAccepted(body(), key);
    const before = await stored();
    expect(await isAccepted(body(), key)).toBe(id);
    expect(await stored()).toBe(before);
    await refused(
      () => shared.back.call('POST', '/push', body({}, { content: 'y' }), key),
      409,
      'IDEMPOTENCY_MISMATCH',
    );
  });

  test('a push that was refused does not use its key up', async () => {
    const key = { 'idempotency-key': 'k-2' };
    await refused(() => shared.back.call('POST', '/push', body({}, { content: '' }), key), 400, 'INVALID_BODY');
    await isAccepted(body(), key);
  });

  test('of 200 characters is accepted, of 201 or with other characters it is refused and named', async () => {
    await isAccepted(body(), { 'idempotency-key': 'k'.repeat(200) });
    for (const key of ['k'.repeat(201), 'caf\u00e9']) {
      await refused(
        () => shared.back.call('POST', '/push', body(), { 'idempotency-key': key }),
        400,
        'INVALID_HEADER',
        'Idempotency-Key',
      );
    }
  });
});

describe('what is not there', () => {
  test.each(['0'.repeat(32), 'f'.repeat(32), 'x', '0'.repeat(33), '%00', '..%2F..%2Fetc%2Fpasswd'])(
    'message id %s',
    async (id) => {
      for (const path of [`/pushes/${id}`, `/pushes/${id}/deliveries`])
        await refused(() => shared.back.call('GET', path), 404, 'NOT_FOUND');
    },
  );

  test.each(['/nothing', '/push/nothing', '/pushes/x/y', '//push'])('path %s', async (path) => {
    for (const method of ['GET', 'POST'])
      await refused(() => shared.back.call(method, path, method === 'POST' ? body() : undefined), 404, 'NOT_FOUND');
  });

  test.each([
    ['GET', '/push', 'POST'],
    ['PUT', '/push', 'POST'],
    ['DELETE', '/push/batch', 'POST'],
    ['PATCH', '/tokens', 'POST'],
    ['POST', '/pushes', 'GET, HEAD'],
    ['DELETE', '/users/1/sessions', 'GET, HEAD'],
  ])('method %s of %s', async (method, path, allow) => {
    let header: string | null = null;
    await refused(
      async () => {
        const answer = await shared.back.call(method, path, method === 'GET' ? undefined : body());
        header = answer.headers.get('allow');
        return answer;
      },
      405,
      'METHOD_NOT_ALLOWED',
    );
    expect(header).toBe(allow);
  });
});

describe('queries', () => {
  test.each([
    ['/pushes?status=lost', 'status'],
    ['/pushes?from=yesterday', 'from'],
    ['/pushes?to=1e9', 'to'],
    ['/pushes?limit=0', 'limit'],
    ['/pushes?limit=201', 'limit'],
    ['/pushes?uid=a%00b', 'uid'],
    [`/pushes?uid=${'u'.repeat(65)}`, 'uid'],
    [`/pushes?cursor=${'c'.repeat(513)}`, 'cursor'],
    ['/users/a%00b/sessions', 'uid'],
    [`/users/${'u'.repeat(65)}/sessions`, 'uid'],
  ])('%s', async (path, field) => {
    await refused(() => shared.back.call('GET', path), 400, 'INVALID_QUERY', field);
  });

  test.each(['nonsense', '%00', `${Buffer.from('{"a":1}').toString('base64url')}`])(
    'the made-up cursor %s is no failure of ours',
    async (cursor) => {
      const { status } = await shared.back.call('GET', `/pushes?cursor=${cursor}`);
      expect(status).toBeLessThan(500);
    },
  );
});

describe('the other calls', () => {
  test.each<[string, unknown, string]>([
    ['/tokens', {}, 'uid'],
    ['/tokens', { uid: 1, platform: 'tv' }, 'platform'],
    ['/tokens', { uid: 1, platform: 'pc', ttl_s: 59 }, 'ttl_s'],
    ['/tokens', { uid: 1, platform: 'pc', ttl_s: 2_592_001 }, 'ttl_s'],
    ['/tokens', { uid: 'a\0', platform: 'pc' }, 'uid'],
    ['/tokens', { uid: 1, platform: 'pc', device_id: 'd'.repeat(129) }, 'device_id'],
    ['/tokens/revoke', { token: 'mp1.x.y' }, 'token'],
    ['/tokens/revoke', { token: 5 }, 'token'],
    ['/users/presence', { uids: [] }, 'uids'],
    ['/users/presence', { uids: uids(1001) }, 'uids'],
    ['/users/1/disconnect', { session_id: 5 }, 'session_id'],
  ])('%s with %j', async (path, wrong, field) => {
    await refused(() => shared.back.call('POST', path, wrong), 400, 'INVALID_BODY', field);
  });
});

describe('language', () => {
  test.each([
    ['en', 'The body is not valid: message.content must not be blank', 'en'],
    ['en-GB,en;q=0.9', 'The body is not valid: message.content must not be blank', 'en'],
    ['zh-CN', '参数错误:message.content 不能为空白', 'zh-CN'],
    ['zh-CN,zh;q=0.9,en;q=0.8', '参数错误:message.content 不能为空白', 'zh-CN'],
  ])('Accept-Language %s', async (wish, text, language) => {
    const answer = await shared.back.call('POST', '/push', body({}, { content: ' ' }), { 'accept-language': wish });
    expect(answer.body.msg).toBe(text);
    expect(answer.headers.get('content-language')).toBe(language);
  });
});

test('the history holds what was accepted and nothing else', async () => {
  const list = async () => {
    const found: string[] = [];
    for (let cursor = ''; ; ) {
      const { body: page } = await shared.back.call('GET', `/pushes?limit=200${cursor}`);
      found.push(...(page.data ?? []).map((row) => String(row.message_id)));
      if (!('cursor' in page) || typeof page.cursor !== 'string') return found.sort();
      cursor = `&cursor=${encodeURIComponent(page.cursor)}`;
    }
  };
  await expect.poll(async () => (await list()).length, { timeout: 20_000 }).toBeGreaterThanOrEqual(accepted.length);
  expect(await list()).toEqual([...accepted].sort());
});

async function post(path: string, text: string | Uint8Array): Promise<Answer> {
  const { app_id, app_secret } = shared.platform.run.demo;
  const response = await fetch(`${shared.platform.run.api}${BASE}${path}`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(`${app_id}:${app_secret}`).toString('base64')}`,
      'content-type': 'application/json',
    },
    body: typeof text === 'string' ? text : Buffer.from(text),
  });
  return { status: response.status, headers: response.headers, body: JSON.parse(await response.text()) };
}
