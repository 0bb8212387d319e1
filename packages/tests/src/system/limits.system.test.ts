// What is hardly HTTP, and who does too much, is refused in the same words by api and gateway, and harms nobody else.
import { type Answer, LegacyClient } from '@message-push/testkit';
import { describe, expect, test } from 'vitest';
import { withPlatform } from './platform.ts';
import { raw } from './raw-http.ts';
import { expectRefusal } from './refusal.ts';

const BASE = '/message-push/v1';

const shared = withPlatform();

const push = { push_method: 1, platform: 'all', audience: { uids: ['b1'] }, message: { content: 'x' } };
const isAccepted = async () => expect((await shared.back.call('POST', '/push', push)).body).toMatchObject({ code: 1 });

describe('what is hardly HTTP', () => {
  const head = (lines: string) => `POST ${BASE}/push HTTP/1.1\r\nHost: x\r\n${lines}\r\n\r\n`;

  const wrong: [string, string | Uint8Array, number, string][] = [
    ['no HTTP', 'HELLO\r\n\r\n', 400, 'MALFORMED_HTTP'],
    ['a TLS greeting', Uint8Array.of(0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00), 400, 'MALFORMED_HTTP'],
    ['HTTP/9.9', 'GET / HTTP/9.9\r\n\r\n', 400, 'MALFORMED_HTTP'],
    ['NUL in the path', 'GET /\0 HTTP/1.1\r\nHost: x\r\n\r\n', 400, 'MALFORMED_HTTP'],
    ['NUL in a header', 'GET /healthz HTTP/1.1\r\nHost: x\r\nX-A: a\0b\r\n\r\n', 400, 'MALFORMED_HTTP'],
    ['a header without a name', 'GET /healthz HTTP/1.1\r\nHost: x\r\n: b\r\n\r\n', 400, 'MALFORMED_HTTP'],
    ['no Host', 'GET /healthz HTTP/1.1\r\n\r\n', 400, 'MALFORMED_HTTP'],
    ['CONNECT', 'CONNECT example.com:80 HTTP/1.1\r\nHost: x\r\n\r\n', 400, 'MALFORMED_HTTP'],
    ['two lengths', head('Content-Length: 5\r\nContent-Length: 6'), 400, 'MALFORMED_HTTP'],
    ['length and chunks', head('Content-Length: 5\r\nTransfer-Encoding: chunked'), 400, 'MALFORMED_HTTP'],
    [
      'a huge header',
      `GET /healthz HTTP/1.1\r\nHost: x\r\nX-A: ${'x'.repeat(1024 * 1024)}\r\n\r\n`,
      431,
      'HEADERS_TOO_LARGE',
    ],
    ['a huge path', `GET /${'x'.repeat(100_000)} HTTP/1.1\r\nHost: x\r\n\r\n`, 431, 'HEADERS_TOO_LARGE'],
  ];

  test.each(wrong)('%s, at the api', async (_what, bytes, status, error) => {
    await refusedRaw(shared.platform.run.api, bytes, status, error);
  });

  test.each(wrong)('%s, at the gateway', async (_what, bytes, status, error) => {
    await refusedRaw(shared.url, bytes, status, error);
  });

  async function refusedRaw(address: string, bytes: string | Uint8Array, status: number, error: string) {
    const answer = await raw(address, bytes);
    expect(answer.status).toBe(status);
    expect(answer.body).toEqual({
      code: status,
      error,
      msg: expect.stringMatching(/\S/),
      request_id: expect.stringMatching(/\S/),
      details: expect.any(Array),
    });
    await isAccepted();
  }

  test('a body that breaks off closes only its own connection', async () => {
    const authorization = `Authorization: Basic ${Buffer.from(`${shared.app}:${shared.platform.run.demo.app_secret}`).toString('base64')}`;
    const wrongChunk = head(`${authorization}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked`);
    const answer = await raw(shared.platform.run.api, `${wrongChunk}zz\r\n`);
    expect(answer.status).toBe(400);
    await isAccepted();
  });

  test('refusals of the gateway carry the whole envelope', async () => {
    for (const [path, status] of [
      [`${BASE}/message`, 400],
      [`${BASE}/message?Authorization=tablet&auth-app-id=demo`, 400],
      [`${BASE}/message?Authorization=pc:wrong&auth-app-id=demo`, 401],
      [`${BASE}/message?Authorization=pc:wrong&auth-app-id=nobody`, 401],
      [`${BASE}/message?Authorization=pc:%zz&auth-app-id=demo`, 400],
      ['/nowhere', 404],
    ] as const) {
      const answer = await raw(shared.url, upgrade(path));
      expect(answer.status).toBe(status);
      expect(answer.body).toEqual({
        code: status,
        msg: expect.stringMatching(/\S/),
        error: expect.stringMatching(/^[A-Z_]+$/),
        request_id: expect.stringMatching(/\S/),
        details: expect.any(Array),
      });
    }
  });

  test.each([
    ['en', 401, 'The token is not valid.'],
    ['zh-CN', 401, 'token 无效'],
  ])('a refused upgrade in %s', async (wish, status, text) => {
    const answer = await raw(
      shared.url,
      upgrade(`${BASE}/message?Authorization=pc:wrong&auth-app-id=demo`, `Accept-Language: ${wish}\r\n`),
    );
    expect(answer.status).toBe(status);
    expect(answer.body.msg).toBe(text);
  });
});

describe('a client beyond its limits', () => {
  test('a frame of 65,536 bytes is answered, one byte more closes with 1009', async () => {
    const client = await shared.login('big');
    client.send(`{"cmd":"HEARTBEAT"}${' '.repeat(65_536 - 19)}`);
    await client.until(() => client.frames.some((frame) => frame.type === 'HEARTBEAT'));
    client.send(' '.repeat(65_537));
    expect(await client.until(() => client.closed)).toMatchObject({ code: 1009 });
  });

  test('60 frames at once are answered, then 20 a second; what is beyond is dropped and said once', async () => {
    const client = await shared.login('quick');
    const started = Date.now();
    for (let i = 0; i < 300; i++) client.send({ cmd: 'HEARTBEAT' });
    await client.until(() => client.frames.some((frame) => frame.type === 'ERROR'));
    await new Promise((resolve) => setTimeout(resolve, 1100)); // the rate makes room for this one
    client.send({ cmd: 'HEARTBEAT', data: {} });
    const answers = () => client.frames.filter((frame) => frame.type === 'HEARTBEAT').length;
    await client.until(() => answers() >= 60);
    expect(client.socket.readyState).toBe(1);
    expect(answers()).toBeLessThanOrEqual(61 + ((Date.now() - started) / 1000) * 20);
  });

  test('the 17th session of a user is closed with 4504, the 16 others stay', async () => {
    const clients = await Promise.all(Array.from({ length: 16 }, () => shared.login('many')));
    const token = await shared.back.token('many');
    const extra = new LegacyClient({ url: shared.url, token, app: shared.app });
    await extra.until(() => extra.socket.readyState === 1);
    extra.send({ cmd: 'LOGIN', data: { appKey: shared.app, platform: 'h5' } });
    expect(await extra.until(() => extra.closed)).toMatchObject({ code: 4504 });
    expect(extra.frames.some((frame) => frame.data?.code === 1)).toBe(false);
    expect((await shared.back.push(['many'], 'x')).body).toMatchObject({ code: 1 });
    await Promise.all(clients.map((client) => client.until(() => client.messages().length === 1)));
  });
});

describe('a caller beyond its rate', () => {
  const slow = withPlatform({
    API_APP_REQUESTS_PER_SECOND_MAX: '100',
    API_APP_DELIVERIES_PER_SECOND_MAX: '50',
    API_UID_PUSHES_PER_SECOND: '5',
  });

  /** Makes the call `count` times at once, checks that no more pass than the rate allows and how the others are refused. */
  async function flood(count: number, perSecond: number, call: (n: number) => Promise<Answer>): Promise<void> {
    const passes = async () => (await call(0)).status;
    await expect.poll(passes, { timeout: 15_000 }).toBe(200);
    const started = Date.now();
    const answers = await Promise.all(Array.from({ length: count }, (_, n) => call(n)));
    const seconds = (Date.now() - started) / 1000;
    const passed = answers.filter(({ status }) => status === 200).length;
    // A full bucket holds one second's worth; leases of a tenth of a second may be hoarded on top.
    expect(passed).toBeLessThanOrEqual(Math.ceil(perSecond * (seconds + 1) * 1.2));
    expect(passed).toBeLessThan(count);
    for (const answer of answers.filter(({ status }) => status !== 200)) {
      expectRefusal(answer, 429, 'RATE_LIMITED');
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
      expect(answer.body.msg).toMatch(/\d/);
    }
    await expect.poll(passes, { timeout: 15_000 }).toBe(200);
  }

  test('of pushes to one uid', () => flood(50, 5, () => slow.back.push(['hot'], 'x', { options: { ttl_s: 0 } })));

  test('of deliveries', () =>
    flood(20, 2, (n) =>
      slow.back.push(
        Array.from({ length: 25 }, (_, i) => `d${n}-${i}`),
        'x',
      ),
    ));

  test('of requests', () => flood(600, 100, () => slow.back.call('POST', '/push/validate', push)));
});

function upgrade(path: string, more = ''): string {
  return `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n${more}\r\n`;
}
