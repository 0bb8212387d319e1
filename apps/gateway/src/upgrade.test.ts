// Upgrades over real sockets: who is let in, who is refused with which answer, and that both ways of reading a head agree.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, connect as tcp } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { errorText } from '@message-push/protocol';
import { ConfigError, createLog } from '@message-push/runtime';
import { afterEach, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { credentialsOf } from './credentials.ts';
import {
  accessToken,
  atEnd,
  connect,
  jwt,
  login,
  metric,
  type Platform,
  startGateway,
  startPlatform,
  undoAll,
  until,
} from './fixture.ts';
import { readPlainUpgrade } from './plain-upgrade.ts';

afterEach(undoAll);

const PATH = '/message-push/v1/message';

/** Status and envelope of an upgrade; 101 when it succeeded. */
function upgrade(
  platform: Platform,
  target: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; body: Record<string, unknown>; retry: unknown }> {
  return new Promise((resolve) => {
    const socket = new WebSocket(`${platform.url.slice(0, -PATH.length)}${target}`, { headers });
    socket.on('error', () => undefined);
    socket.on('open', () => {
      socket.terminate();
      resolve({ status: 101, body: {}, retry: undefined });
    });
    socket.on('unexpected-response', (_, response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += chunk;
      });
      const retry = response.headers['retry-after'];
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body: text === '' ? {} : JSON.parse(text), retry }),
      );
    });
  });
}
const query = (authorization: string, app = 'shop') =>
  `${PATH}?Authorization=${encodeURIComponent(authorization)}&auth-app-id=${app}`;

/** Bytes as they are, and all that comes back until the server closes. */
function raw(platform: Platform, ...pieces: string[]): Promise<string> {
  const { hostname, port } = new URL(platform.http);
  return new Promise((resolve) => {
    const socket = tcp(Number(port), hostname);
    let text = '';
    socket.setNoDelay();
    socket.on('data', (chunk) => {
      text += chunk;
      if (text.includes(' 101 ')) socket.destroy();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(text));
    const next = () => {
      const piece = pieces.shift();
      if (piece === undefined) return;
      socket.write(piece);
      setTimeout(next, 5);
    };
    next();
  });
}

test('the word Bearer may be missing, families may stand behind a bar, headers count before the query', async () => {
  const platform = await startPlatform();
  const token = jwt('u1');
  for (const form of [
    `Bearer pc:${token}`,
    `bearer  PC:${token}`,
    `mobile:${token}`,
    `Bearer x|mobile:${token}`,
    `x|pc:${token}`,
  ])
    expect((await upgrade(platform, query(form))).status, form).toBe(101);
  const headers = { authorization: `Bearer pc:${token}`, 'auth-app-id': 'shop' };
  expect((await upgrade(platform, PATH, headers)).status).toBe(101);
  expect((await upgrade(platform, `${PATH}/`, headers)).status).toBe(101);
  expect((await upgrade(platform, query('pc:wrong', 'nobody'), headers)).status).toBe(101);
  expect((await upgrade(platform, `${PATH}?AUTH-APP-ID=shop&authorization=Bearer+pc:${token}`)).status).toBe(101);
});

test('refused upgrades are HTTP answers with the envelope', async () => {
  const platform = await startPlatform();
  const token = jwt('u1');
  const cases: [string, number, string][] = [
    [PATH, 400, 'MISSING_CREDENTIALS'],
    [`${PATH}?Authorization=pc:${token}`, 400, 'MISSING_CREDENTIALS'],
    [`${PATH}?auth-app-id=shop`, 400, 'MISSING_CREDENTIALS'],
    [query(token), 400, 'MALFORMED_TOKEN'],
    [query(`Bearer tv:${token}`), 400, 'MALFORMED_TOKEN'],
    [query('Bearer pc:'), 400, 'MALFORMED_TOKEN'],
    [query('Bearer pc:nonsense'), 401, 'INVALID_TOKEN'],
    [query(`pc:${token}`, 'nobody'), 401, 'INVALID_TOKEN'],
    [query(`pc:${token.slice(0, -2)}AA`), 401, 'INVALID_TOKEN'],
    [query(`pc:${jwt('u1', { exp: 1 })}`), 401, 'INVALID_TOKEN'],
    ['/nowhere', 404, 'NOT_FOUND'],
  ];
  for (const [target, status, error] of cases) {
    const answer = await upgrade(platform, target, { 'accept-language': 'en' });
    expect([answer.status, answer.body.error], target).toEqual([status, error]);
    expect(answer.body.code).toBe(status);
  }
  expect((await upgrade(platform, PATH)).body.msg).toBe(errorText('MISSING_CREDENTIALS', 'zh', {}));
  expect(await metric(platform, 'mp_gateway_upgrades_refused_total')).toBe(cases.length + 1);
});

test('plain HTTP is answered 400 on the client path, 404 elsewhere, and health is served', async () => {
  const platform = await startPlatform();
  const status = async (path: string, method = 'GET') => (await fetch(`${platform.http}${path}`, { method })).status;
  expect(await status(PATH)).toBe(400);
  expect(await status(PATH, 'POST')).toBe(400);
  expect(await status('/x')).toBe(404);
  expect(await status('/healthz', 'DELETE')).toBe(405);
  expect([await status('/healthz'), await status('/readyz')]).toEqual([200, 200]);
  expect(await (await fetch(`${platform.http}/metrics`)).text()).toContain('mp_gateway_sockets{id="g1"}');
});

test('before start only health is served, and readiness says what is missing', async () => {
  const platform = await startGateway();
  const ready = await fetch(`${platform.http}/readyz`);
  expect([ready.status, await ready.json()]).toEqual([
    503,
    { status: 'waiting', missing: ['no ring yet', 'no link to a node'] },
  ]);
});

test('our access token is accepted for its own app, until it is revoked', async () => {
  const platform = await startPlatform();
  platform.apps.set('other', {});
  expect((await upgrade(platform, query(`pc:${accessToken('u1')}`))).status).toBe(101);
  expect((await upgrade(platform, query(`pc:${accessToken('u1')}`, 'other'))).status).toBe(401);
  await platform.state.revoke({ kind: 'token', app: 'shop', jti: 'j-u1', expires_at: Date.now() / 1000 + 600 });
  await until(async () => (await upgrade(platform, query(`pc:${accessToken('u1')}`))).status === 401);
  expect((await upgrade(platform, query(`pc:${accessToken('u2')}`))).status).toBe(101);
});

test('revoking a user or a token closes the live sessions with 4502', async () => {
  const platform = await startPlatform();
  const iat = Math.floor(Date.now() / 1000) - 10;
  const [a, b, c] = [
    await connectWith(platform, 'u1', { iat }),
    await connectWith(platform, 'u2', { iat }),
    await login(platform, 'u3'),
  ];
  await platform.state.revoke({ kind: 'user', app: 'shop', uid: 'u1', before: iat + 5 });
  await platform.state.revoke({ kind: 'token', app: 'shop', jti: 'j-u2', expires_at: iat + 900 });
  expect((await a.until(() => a.closed)).code).toBe(4502);
  expect((await b.until(() => b.closed)).code).toBe(4502);
  expect((await upgrade(platform, query(`pc:${accessToken('u1', { iat })}`))).status).toBe(401);
  expect((await upgrade(platform, query(`pc:${accessToken('u1')}`))).status).toBe(101);
  expect(c.closed).toBeUndefined();
});

async function connectWith(platform: Platform, uid: string, more: object) {
  const client = await connect(platform, uid, accessToken(uid, more));
  client.send({ cmd: 'LOGIN', data: { appKey: 'shop', platform: 'h5' } });
  await client.until(() => client.frames.length > 0);
  return client;
}

test('each app says which kinds of tokens its clients may use', async () => {
  const platform = await startPlatform();
  platform.apps.set('shop', { settings: { token_kinds: ['access'] } });
  await until(async () => (await upgrade(platform, query(`pc:${jwt('u1')}`))).status === 401);
  expect((await upgrade(platform, query(`pc:${accessToken('u1')}`))).status).toBe(101);
});

test('an origin that the app does not list is refused; without a list any is let in', async () => {
  const platform = await startPlatform();
  const target = query(`pc:${jwt('u1')}`);
  expect((await upgrade(platform, target, { origin: 'https://evil.example' })).status).toBe(101);
  platform.apps.set('shop', { settings: { origins: ['https://shop.example'] } });
  await until(async () => (await upgrade(platform, target, { origin: 'https://evil.example' })).status === 403);
  expect((await upgrade(platform, target, { origin: 'https://shop.example' })).status).toBe(101);
  expect((await upgrade(platform, target)).status).toBe(101);
});

test('disabling an app refuses its clients and closes its sessions with 4505 within a second', async () => {
  const platform = await startPlatform({ config: { gatewayAppsPollMs: 450 } });
  const client = await login(platform, 'u1');
  const since = Date.now();
  platform.apps.set('shop', { state: 'disabled' });
  expect((await client.until(() => client.closed)).code).toBe(4505);
  expect(Date.now() - since).toBeLessThan(1000);
  expect((await upgrade(platform, query(`pc:${jwt('u1')}`))).status).toBe(401);
});

test('while the database is away known apps work and unknown ones get 503', async () => {
  const platform = await startPlatform();
  await login(platform, 'u1');
  platform.apps.away = true;
  await login(platform, 'u2');
  const answer = await upgrade(platform, query(`pc:${jwt('u1')}`, 'other'));
  expect([answer.status, answer.body.error, answer.retry]).toEqual([503, 'DATABASE_UNAVAILABLE', '1']);
});

test('a new app and a new alias are known within moments, although they were asked for before', async () => {
  const platform = await startPlatform();
  const target = query(`pc:${jwt('u1')}`, 'fresh');
  expect((await upgrade(platform, target)).status).toBe(401);
  platform.apps.set('shop', { aliases: ['fresh'] });
  const since = Date.now();
  await until(async () => (await upgrade(platform, target)).status === 101);
  expect(Date.now() - since).toBeLessThan(1000);
});

test('connections of one address and of one app are limited with 429 and Retry-After', async () => {
  const platform = await startPlatform({ config: { gatewaySessionsPerAddressMax: 2 } });
  const first = await login(platform, 'u1');
  await login(platform, 'u2');
  const answer = await upgrade(platform, query(`pc:${jwt('u3')}`));
  expect([answer.status, answer.body.error, answer.retry]).toEqual([429, 'RATE_LIMITED', '1']);
  first.close();
  await until(async () => (await upgrade(platform, query(`pc:${jwt('u3')}`))).status === 101);
  const other = await startPlatform({ config: { gatewaySessionsPerAppMax: 1 } });
  await login(other, 'u1');
  expect((await upgrade(other, query(`pc:${jwt('u2')}`))).status).toBe(429);
});

test('behind trusted proxies the client address is the one they saw', async () => {
  const platform = await startPlatform({ config: { gatewaySessionsPerAddressMax: 1, gatewayForwardedHops: 1 } });
  const from = (address: string) => {
    const socket = new WebSocket(`${platform.url}?Authorization=pc:${jwt('u1')}&auth-app-id=shop`, {
      headers: { 'x-forwarded-for': `6.6.6.6, ${address}` },
    });
    atEnd(() => socket.terminate());
    return new Promise((resolve) => {
      socket.on('open', () => resolve('open'));
      socket.on('error', (error) => resolve(error.message));
    });
  };
  expect(await from('10.0.0.1')).toBe('open');
  expect(await from('10.0.0.2')).toBe('open');
  expect(await from('10.0.0.1')).toContain('429');
});

test('x-mock-uid counts only when it is allowed, and never in production', async () => {
  const headers = { 'x-mock-uid': 'u7', 'auth-app-id': 'shop' };
  expect((await upgrade(await startPlatform(), PATH, headers)).status).toBe(400);
  expect((await upgrade(await startPlatform({ config: { allowMockUid: true } }), PATH, headers)).status).toBe(101);
  await expect(startGateway({ config: { allowMockUid: true, nodeEnv: 'production' } })).rejects.toThrow(ConfigError);
});

/** A passport that answers what `reply` says. */
async function startPassport(reply: () => { status?: number; body: string; delayMs?: number }) {
  const asked: unknown[] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk) => {
      text += chunk;
    });
    request.on('end', () => {
      asked.push(JSON.parse(text));
      const { status = 200, body, delayMs = 0 } = reply();
      setTimeout(() => response.writeHead(status).end(body), delayMs);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  atEnd(() => {
    server.closeAllConnections();
    server.close();
  });
  // Listening on an address gives an AddressInfo.
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/check`, asked };
}

test('an external passport is asked as in the original, and its yes is remembered for a moment', async () => {
  const passport = await startPassport(() => ({ body: '{"code":1,"data":{"uid":57098049}}' }));
  const platform = await startPlatform({ config: { passportHosts: ['127.0.0.1'] } });
  platform.apps.set('shop', { settings: { passport_url: passport.url } });
  await until(async () => (await upgrade(platform, query('Bearer mobile:opaque'))).status === 101);
  expect(passport.asked[0]).toEqual({ accessToken: 'opaque', appId: 'shop', platForm: 'mobile' });
  expect((await upgrade(platform, query('Bearer mobile:opaque'))).status).toBe(101);
  expect(passport.asked).toHaveLength(1);
  const client = await connect(platform, '', 'opaque');
  client.send({ cmd: 'LOGIN', data: { appKey: 'shop', platform: 'h5' } });
  await client.until(() => client.frames.length > 0);
  expect(platform.node.binds[0]).toMatchObject({ uid: '57098049', issued_at: 0 });
});

test('a LOGIN sent while the passport is still asked is not lost', async () => {
  const passport = await startPassport(() => ({ body: '{"code":1,"data":{"uid":"p1"}}', delayMs: 50 }));
  const platform = await startPlatform({ config: { passportHosts: ['127.0.0.1'] } });
  platform.apps.set('shop', { settings: { passport_url: passport.url, token_kinds: ['passport'] } });
  await until(async () => (await upgrade(platform, query(`pc:${jwt('u1')}`))).status === 101);
  const clients = await Promise.all(Array.from({ length: 16 }, (_, i) => login(platform, `person-${i}`)));
  expect(clients.every((client) => client.frames[0]?.data?.code === 1)).toBe(true);
});

test('a passport that says no is a 401; one that is away, slow or broken is a 503, and is then left alone', async () => {
  let reply: Parameters<typeof startPassport>[0] = () => ({ body: '{"code":0}' });
  const passport = await startPassport(() => reply());
  const config = { passportHosts: ['127.0.0.1'], passportTimeoutMs: 100, passportFailuresMax: 3, passportPauseMs: 300 };
  const platform = await startPlatform({ config });
  platform.apps.set('shop', { settings: { passport_url: passport.url } });
  const ask = async (token: string) => (await upgrade(platform, query(`pc:${token}`))).status;
  await until(async () => {
    await ask('a');
    return passport.asked.length > 0;
  });
  expect(await ask('b')).toBe(401);
  reply = () => ({ status: 500, body: 'oops' });
  expect(await ask('c')).toBe(503);
  reply = () => ({ body: '{"code":1,"data":{}}' });
  expect(await ask('d')).toBe(503);
  reply = () => ({ body: '{"code":1,"data":{"uid":"u"}}', delayMs: 200 });
  expect(await ask('e')).toBe(503);
  const before = passport.asked.length;
  reply = () => ({ body: '{"code":1,"data":{"uid":"u"}}' });
  expect(await ask('f')).toBe(503);
  expect(passport.asked).toHaveLength(before);
  await until(async () => (await ask('g')) === 101);
});

test('a passport on a host that is not allowed is never asked', async () => {
  const passport = await startPassport(() => ({ body: '{"code":1,"data":{"uid":"u"}}' }));
  const platform = await startPlatform({ config: { passportHosts: ['passport.example'] } });
  platform.apps.set('shop', { settings: { passport_url: passport.url } });
  await until(async () => (await upgrade(platform, query('pc:x'))).status === 503);
  expect(passport.asked).toHaveLength(0);
});

test('no token appears in a log line, whatever becomes of the upgrade', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'gateway-log-'));
  atEnd(() => rmSync(dir, { recursive: true, force: true }));
  const file = join(dir, 'log');
  const platform = await startPlatform({
    log: createLog('test', 'trace', file),
    config: { passportHosts: ['127.0.0.1'] },
  });
  platform.apps.set('shop', { settings: { passport_url: 'http://127.0.0.1:1/' } });
  const token = 'opaque-and-secret';
  await until(async () => (await upgrade(platform, query(`Bearer pc:${token}`))).status === 503);
  await upgrade(platform, PATH, { authorization: `pc:${token}`, 'auth-app-id': 'shop' });
  await login(platform, 'u1');
  await platform.app.stop();
  const lines = readFileSync(file, 'utf8');
  expect(lines).toContain('an upgrade was refused by a failure');
  expect(lines).not.toContain(token);
  expect(lines).not.toContain(jwt('u1').slice(0, 40));
});

const HEAD = (token: string, ...more: string[]) =>
  [
    `GET ${query(`pc:${token}`)} HTTP/1.1`,
    'Host: gateway',
    'Upgrade: websocket',
    'Connection: keep-alive, Upgrade',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Version: 13',
    ...more,
    '',
    '',
  ].join('\r\n');

/** A client's text frame, masked with zeros. */
function clientFrame(text: string): string {
  const length = Buffer.byteLength(text);
  return Buffer.concat([Buffer.from([0x81, 0x80 | length, 0, 0, 0, 0]), Buffer.from(text)]).toString('latin1');
}
const LOGIN = clientFrame('{"cmd":"LOGIN","data":{"appKey":"shop","platform":"h5"}}');

test('a LOGIN in the same packet as the upgrade is not lost, however the token is checked and the head is read', async () => {
  const passport = await startPassport(() => ({ body: '{"code":1,"data":{"uid":"p1"}}', delayMs: 30 }));
  const platform = await startPlatform({ config: { passportHosts: ['127.0.0.1'] } });
  platform.apps.set('shop', { settings: { passport_url: passport.url } });
  await until(async () => (await upgrade(platform, query('pc:opaque-0'))).status === 101);
  for (const token of [jwt('u1'), 'opaque-1']) {
    for (const more of [[], ['Cookie: a', 'Cookie: b']]) {
      const before = platform.node.binds.length;
      const { hostname, port } = new URL(platform.http);
      const socket = tcp(Number(port), hostname);
      atEnd(() => void socket.destroy());
      let text = '';
      socket.on('data', (chunk) => {
        text += chunk;
      });
      socket.write(Buffer.from(HEAD(token, ...more) + LOGIN, 'latin1'));
      await until(() => text.includes('"msg":"SUCCESS"'));
      expect(platform.node.binds).toHaveLength(before + 1);
    }
  }
});

test('what a client sends while its token is still checked is read afterwards', async () => {
  const passport = await startPassport(() => ({ body: '{"code":1,"data":{"uid":"p1"}}', delayMs: 60 }));
  const platform = await startPlatform({ config: { passportHosts: ['127.0.0.1'] } });
  platform.apps.set('shop', { settings: { passport_url: passport.url } });
  await until(async () => (await upgrade(platform, query('pc:opaque-0'))).status === 101);
  const asked = passport.asked.length;
  const { hostname, port } = new URL(platform.http);
  const socket = tcp(Number(port), hostname);
  atEnd(() => void socket.destroy());
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk;
  });
  socket.write(HEAD('opaque-1'));
  await until(() => passport.asked.length > asked);
  socket.write(Buffer.from(LOGIN, 'latin1'));
  await until(() => text.includes('"msg":"SUCCESS"'));
});

test('an upgrade that is no WebSocket handshake is refused with the envelope', async () => {
  const platform = await startPlatform();
  for (const [from, to] of [
    ['Sec-WebSocket-Version: 13', 'Sec-WebSocket-Version: 7'],
    ['dGhlIHNhbXBsZSBub25jZQ==', 'short'],
    ['Upgrade: websocket', 'Upgrade: h2c'],
  ] as const) {
    const answer = await raw(platform, HEAD(jwt('u1')).replace(from, to));
    expect(answer, to).toMatch(/^HTTP\/1\.1 400 [\s\S]*"error":"UPGRADE_REQUIRED"/);
  }
});

test('a list of subprotocols that is none is refused with the envelope', async () => {
  const platform = await startPlatform();
  for (const list of ['a,,b', '', 'a, a', 'a b'])
    expect(await raw(platform, HEAD(jwt('u1'), `Sec-WebSocket-Protocol: ${list}`)), list).toMatch(
      /^HTTP\/1\.1 400 [\s\S]*"error":"INVALID_HEADER"/,
    );
  expect(await raw(platform, HEAD(jwt('u1'), 'Sec-WebSocket-Protocol: a, b'))).toContain(
    'Sec-WebSocket-Protocol: a\r\n',
  );
});

test('a request that names the whole address is taken like one that names the path', async () => {
  const platform = await startPlatform();
  const head = HEAD(jwt('u1'));
  for (const scheme of ['http', 'WS'])
    expect(await raw(platform, head.replace('GET /', `GET ${scheme}://gateway:80/`))).toMatch(/^HTTP\/1\.1 101 /);
  expect(await raw(platform, head.replace(`GET ${PATH}`, 'GET http://gateway/elsewhere'))).toContain(
    '"error":"NOT_FOUND"',
  );
});

test('a head in one piece and a head in many pieces lead to the same answer', async () => {
  const platform = await startPlatform();
  const head = HEAD(jwt('u1'));
  const whole = await raw(platform, head);
  expect(whole).toMatch(/^HTTP\/1\.1 101 Switching Protocols\r\n/);
  expect(await raw(platform, ...(head.match(/[\s\S]{1,60}/g) ?? []))).toBe(whole);
  const bad = HEAD('x');
  // Each refusal has an id of its own.
  const refused = async (...parts: string[]) => (await raw(platform, ...parts)).replace(/-[0-9a-z]+(?=["\r])/g, '');
  expect(await refused(...(bad.match(/[\s\S]{1,60}/g) ?? []))).toBe(await refused(bad));
});

test('a head that is not ordinary is left to the HTTP server', () => {
  const token = jwt('u1');
  expect(readPlainUpgrade(HEAD(token))?.headers['sec-websocket-version']).toBe('13');
  for (const line of [
    'Content-Length: 5',
    'Transfer-Encoding: chunked',
    'Host: second',
    'Bad Name: x',
    'X: a\rb',
    'X: \0',
    ' folded',
    'Expect: 100-continue',
  ])
    expect(readPlainUpgrade(HEAD(token, line)), line).toBeUndefined();
  const head = HEAD(token);
  for (const [from, to] of [
    ['GET', 'POST'],
    ['HTTP/1.1', 'HTTP/1.0'],
    ['Upgrade: websocket', 'Upgrade: h2c'],
    ['Host: gateway\r\n', ''],
    ['Connection: keep-alive, Upgrade', 'Connection: keep-alive'],
    ['\r\n', '\n'],
  ] as const)
    expect(readPlainUpgrade(head.replace(from, to)), to).toBeUndefined();
});

test('a broken request is answered by the HTTP server, and a connection that only waits is cut', async () => {
  const platform = await startPlatform();
  expect(await raw(platform, 'GARBAGE\r\n\r\n')).toContain('400 Bad Request');
  expect(await raw(platform, HEAD(jwt('u1'), 'Content-Length: 1', 'Content-Length: 2'))).toContain('400 Bad Request');
  const huge = await raw(platform, HEAD(jwt('u1'), `X-Huge: ${'x'.repeat(40_000)}`));
  expect(huge).toContain('431');
});

test('credentials are found in any query, and never in a value', () => {
  const read = (url: string) => credentialsOf({ url, headers: {}, socket: {} }, undefined);
  expect(read('/x?a=1&auth-app-id=shop&Authorization=pc%3At&z')).toEqual({ app: 'shop', platform: 'pc', token: 't' });
  expect(() => read('/x?q=auth-app-id=shop&Authorization=pc:t')).toThrow('required');
  expect(() => read('/x?auth-app-id=shop&Authorization=%E0%A4%A')).toThrow('required');
  expect(() => read('/x?auth-app-id&Authorization')).toThrow('required');
});
