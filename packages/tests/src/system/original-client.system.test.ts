// Every wire fact of the original system, with a client that shares no code with the product.
import { LegacyClient } from '@message-push/testkit';
import { describe, expect, test } from 'vitest';
import WebSocket from 'ws';
import { withPlatform } from './platform.ts';

const shared = withPlatform();

const LOGIN_PROBLEM = '登录接口参数错误,请检查输入参数,必填参数项不能为空';
const FORMAT_PROBLEM = '消息格式错误,请确认JSON格式是否正确,并检查参数内容和参数值。';

async function connected(uid = 'c1'): Promise<LegacyClient> {
  const client = new LegacyClient({ url: shared.url, token: await shared.back.token(uid), app: shared.app });
  await client.until(() => client.socket.readyState === WebSocket.OPEN);
  return client;
}

/** Sends a frame and answers the next frame. */
async function ask(client: LegacyClient, frame: object | string): Promise<unknown> {
  const before = client.frames.length;
  client.send(frame);
  const { at: _at, ...answer } = await client.until(() => client.frames[before]);
  return answer;
}

const login = (data: object) => ({ cmd: 'LOGIN', token: '', data });

describe('REST, as the original answers', () => {
  const body = {
    push_method: 1,
    platform: 'all',
    audience: { uids: [57098049] },
    message: { title: 'title1', content: 'content1', content_type: 'content_type1', extras: '123extras' },
  };

  test('the push of the original is accepted with code 1 and msg OK', async () => {
    const { status, body: answer } = await shared.back.call('POST', '/push', body);
    expect(status).toBe(200);
    expect(answer).toMatchObject({ code: 1, msg: 'OK' });
    expect(answer.data?.[0]?.message_id).toMatch(/^[0-9a-f]{32}$/);
  });

  test.each(['all', 'H5', 'Android', 'ios', '', undefined])('platform %j is accepted', async (platform) => {
    expect((await shared.back.call('POST', '/push', { ...body, platform })).body.code).toBe(1);
  });

  test('numbers and strings may be mixed, the same uid twice counts once, a trailing slash works, unknown fields are ignored', async () => {
    const { body: answer } = await shared.back.call('POST', '/push/', {
      ...body,
      audience: { uids: [1, '1', 'b'] },
      foo: 1,
    });
    expect(answer).toMatchObject({ code: 1, data: [{ accepted: 2 }] });
  });

  test.each([
    ['push_method', { ...body, push_method: 2 }],
    ['platform', { ...body, platform: 'windows' }],
    ['audience.uids', { ...body, audience: { uids: [] } }],
    ['audience.uids', { ...body, audience: { uids: Array.from({ length: 1001 }, (_, i) => i) } }],
    ['audience.uids', { ...body, audience: { uids: [null] } }],
    ['audience.uids', { ...body, audience: { uids: [{}] } }],
    ['message.content', { ...body, message: { title: 't' } }],
    ['message.content', { ...body, message: { content: '  ' } }],
  ])('a wrong %s is refused with 400 and named', async (field, wrong) => {
    const { status, body: answer } = await shared.back.call('POST', '/push', wrong);
    expect(status).toBe(400);
    expect(answer.code).toBe(400);
    expect(answer.msg).toMatch(/^参数错误:/);
    expect(answer.msg).toContain(field);
  });

  test.each([
    ['missing', {}],
    ['malformed', { authorization: 'Basic x' }],
    ['wrong', { authorization: `Basic ${Buffer.from('demo:wrong').toString('base64')}` }],
    ['of another scheme', { authorization: 'Bearer x' }],
  ])('a credential that is %s is refused before the body is looked at', async (_what, headers) => {
    const response = await fetch(`${shared.platform.run.api}/message-push/v1/push`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers } as Record<string, string>,
      body: '{}',
    });
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ code: 403, msg: 'invalid Authorization' });
  });

  test('another method is refused with 405', async () => {
    expect((await shared.back.call('GET', '/push')).status).toBe(405);
  });
});

describe('WebSocket, as the original answers', () => {
  test('LOGIN, then a push arrives with its four fields', async () => {
    const client = await connected('w1');
    expect(await ask(client, login({ appKey: shared.app, platform: 'h5' }))).toMatchObject({
      cmd: 'RESPONSE',
      type: 'LOGIN',
      data: { code: 1, msg: 'SUCCESS' },
    });
    await shared.back.push(['w1'], 'content1', {
      message: { title: 'title1', content: 'content1', content_type: 'content_type1', extras: '123extras' },
    });
    await client.until(() => client.messages().length === 1);
    expect(client.frames.at(-1)).toMatchObject({
      cmd: 'RESPONSE',
      type: 'MESSAGE',
      data: { title: 'title1', content: 'content1', content_type: 'content_type1', extras: '123extras' },
    });
    client.close();
  });

  test('absent values are left out of a message', async () => {
    const client = await shared.login('w2');
    await shared.back.push(['w2'], 'only');
    await client.until(() => client.messages().length === 1);
    expect(
      Object.keys(client.messages()[0] ?? {}).filter((key) => ['title', 'content_type', 'extras'].includes(key)),
    ).toEqual([]);
  });

  test.each([
    ['an empty appKey', { appKey: '', platform: 'h5' }],
    ['no appKey', { platform: 'h5' }],
    ['an empty platform', { appKey: 'demo', platform: '' }],
    ['no platform', { appKey: 'demo' }],
  ])('LOGIN with %s is answered by code 0 and the connection stays', async (_what, data) => {
    const client = await connected();
    expect(await ask(client, login(data))).toEqual({
      cmd: 'RESPONSE',
      type: 'LOGIN',
      data: { code: 0, msg: LOGIN_PROBLEM },
    });
    expect(await ask(client, login({ appKey: shared.app, platform: 'h5' }))).toMatchObject({ data: { code: 1 } });
    client.close();
  });

  test('a second LOGIN is answered by code 0 and the first stays', async () => {
    const client = await shared.login('w3');
    expect(await ask(client, login({ appKey: shared.app, platform: 'ios' }))).toEqual({
      cmd: 'RESPONSE',
      type: 'LOGIN',
      data: { code: 0, msg: '当前连接已登录,请勿多次登录' },
    });
    await shared.back.push(['w3'], 'still h5', { platform: 'h5' });
    await client.until(() => client.messages().length === 1);
  });

  test('HEARTBEAT is answered with the time, before and after LOGIN, in any case of names', async () => {
    const client = await connected();
    for (const frame of [{ cmd: 'HEARTBEAT' }, { CMD: 'heartbeat' }]) {
      expect(await ask(client, frame)).toMatchObject({
        cmd: 'RESPONSE',
        type: 'HEARTBEAT',
        data: { t: expect.any(Number) },
      });
    }
    await ask(client, { Cmd: 'Login', Data: { AppKey: shared.app, PLATFORM: 'h5' } });
    expect(await ask(client, { cmd: 'HEARTBEAT' })).toMatchObject({ type: 'HEARTBEAT' });
    client.close();
  });

  test.each(['{', 'null', '[1]', '"x"', '1', ''])(
    'malformed JSON or JSON that is no object (%j) is answered by an ERROR frame',
    async (text) => {
      const client = await connected();
      expect(await ask(client, text)).toEqual({
        cmd: 'RESPONSE',
        type: 'ERROR',
        data: { code: 0, msg: FORMAT_PROBLEM },
      });
      client.close();
    },
  );

  test('an empty cmd is named, an unknown cmd is an ERROR', async () => {
    const client = await connected();
    expect(await ask(client, { cmd: '' })).toEqual({
      cmd: 'RESPONSE',
      type: 'ERROR',
      data: { code: 0, msg: '消息格式错误,cmd字段不能为空' },
    });
    expect(await ask(client, { cmd: 'DANCE' })).toMatchObject({ type: 'ERROR', data: { code: 0 } });
    client.close();
  });

  test('a binary frame that is no command is an ERROR', async () => {
    const client = await connected();
    const before = client.frames.length;
    client.socket.send(Buffer.from([0xff, 0xfe]));
    expect(await client.until(() => client.frames[before])).toMatchObject({ type: 'ERROR' });
    client.close();
  });

  test('a ping is answered by a pong with the same payload', async () => {
    const client = await connected();
    const pong = new Promise<string>((resolve) => client.socket.once('pong', (data) => resolve(String(data))));
    client.socket.ping('abc');
    expect(await pong).toBe('abc');
    client.close();
  });

  test('without LOGIN for 10 s: an ERROR frame and close 1008, heartbeats do not count', async () => {
    const client = await connected();
    const started = Date.now();
    await ask(client, { cmd: 'HEARTBEAT' });
    const closed = await client.until(() => client.closed, 13_000);
    expect(closed).toEqual({ code: 1008, reason: 'login timeout!' });
    expect(client.frames.at(-1)).toMatchObject({ type: 'ERROR', data: { code: 0, msg: 'login timeout!' } });
    expect(Date.now() - started).toBeGreaterThan(9000);
  });

  test('a frame over 65,536 bytes closes with 1009', async () => {
    const client = await connected();
    client.send('x'.repeat(65_537));
    expect((await client.until(() => client.closed)).code).toBe(1009);
  });

  test('a client close is echoed with its code and reason', async () => {
    const client = await connected();
    client.socket.close(4321, 'my reason');
    expect(await client.until(() => client.closed)).toEqual({ code: 4321, reason: 'my reason' });
  });

  test('platform filters are compared without case', async () => {
    const [h5, ios] = await Promise.all([shared.login('w4', 'H5'), shared.login('w4', 'iOS')]);
    await shared.back.push(['w4'], 'for h5', { platform: 'h5' });
    await shared.back.push(['w4'], 'for IOS', { platform: 'IOS' });
    await shared.back.push(['w4'], 'for all');
    await h5.until(() => h5.messages().length === 2);
    await ios.until(() => ios.messages().length === 2);
    expect(h5.messages().map((message) => message.content)).toEqual(['for h5', 'for all']);
    expect(ios.messages().map((message) => message.content)).toEqual(['for IOS', 'for all']);
  });

  test('what came while a person was away is replayed at the next LOGIN, in order, once', async () => {
    const first = await shared.login('w5');
    first.close();
    await first.until(() => first.closed);
    for (let i = 0; i < 20; i++) await shared.back.push(['w5'], `m${i}`);
    const second = await shared.login('w5');
    await second.until(() => second.messages().length === 20);
    expect(second.messages().map((message) => message.content)).toEqual(Array.from({ length: 20 }, (_, i) => `m${i}`));
  });

  test('credentials may come as headers, the word Bearer may be missing, x|mobile:token is accepted', async () => {
    const token = await shared.back.token('w6');
    const mobile = await shared.back.token('w6', { platform: 'mobile' });
    for (const [value, headers] of [
      [`Bearer pc:${token}`, true],
      [`pc:${token}`, false],
      [`x|mobile:${mobile}`, false],
      [`Bearer mobile:${mobile}`, false],
    ] as const) {
      const socket = headers
        ? new WebSocket(shared.url, { headers: { Authorization: value, 'auth-app-id': shared.app } })
        : new WebSocket(`${shared.url}?Authorization=${encodeURIComponent(value)}&auth-app-id=${shared.app}`);
      await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
      socket.terminate();
    }
  });
});

describe('refused upgrades are HTTP answers', () => {
  const refusal = async (path: string, headers: Record<string, string> = {}) => {
    const socket = new WebSocket(new URL(path, shared.url), { headers });
    return new Promise<{ status: number; body: { code: number; msg: string } }>((resolve) => {
      socket.on('error', () => undefined);
      socket.on('unexpected-response', (_request, response) => {
        let body = '';
        response.on('data', (chunk) => {
          body += chunk;
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: JSON.parse(body) }));
      });
    });
  };
  const path = '/message-push/v1/message';

  test.each([
    ['no credentials', path, {}, 400],
    ['no auth-app-id', `${path}?Authorization=${encodeURIComponent('Bearer pc:x')}`, {}, 400],
    ['a malformed token', `${path}?Authorization=tablet&auth-app-id=demo`, {}, 400],
    ['a wrong token', `${path}?Authorization=${encodeURIComponent('Bearer pc:mp1.x.y')}&auth-app-id=demo`, {}, 401],
    ['an unknown path', '/nowhere', {}, 404],
    [
      'a pretended uid',
      `${path}?Authorization=${encodeURIComponent('Bearer pc:x')}&auth-app-id=demo`,
      { 'x-mock-uid': '1' },
      401,
    ],
  ])('%s', async (_what, where, headers, status) => {
    const answer = await refusal(where, headers);
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({ code: status, msg: expect.any(String) });
  });

  test('plain HTTP on the WebSocket path is 400', async () => {
    const response = await fetch(shared.url.replace('ws:', 'http:'));
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: 400 });
  });
});
