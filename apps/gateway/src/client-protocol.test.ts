// The client protocol over real sockets: every row of the original's table, and what was added to it.
import { CLIENT_TEXTS } from '@message-push/protocol';
import type { State } from '@message-push/state';
import { LegacyClient } from '@message-push/testkit';
import { afterEach, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import {
  accessToken,
  bound,
  connect,
  jwt,
  login,
  metric,
  type Platform,
  seqOf,
  startGateway,
  startNode,
  startPlatform,
  startState,
  undoAll,
  until,
} from './fixture.ts';

afterEach(undoAll);

/** Sends one frame and answers the next that comes. */
async function ask(client: LegacyClient, frame: object | string): Promise<unknown> {
  const before = client.frames.length;
  client.send(frame);
  const answer = await client.until(() => client.frames[before]);
  const { at: _, ...rest } = answer;
  return rest;
}
const LOGIN = { cmd: 'LOGIN', token: '', data: { appKey: 'shop', platform: 'h5' } };
const error = (msg: string) => ({ cmd: 'RESPONSE', type: 'ERROR', data: { code: 0, msg } });

async function open(more: Parameters<typeof startPlatform>[0] = {}): Promise<Platform & { client: LegacyClient }> {
  const platform = await startPlatform(more);
  return { ...platform, client: await connect(platform) };
}

test('a LOGIN right after the upgrade is answered with SUCCESS and the additions', async () => {
  const platform = await startPlatform();
  const client = await login(platform, 'u1');
  expect(client.frames[0]).toMatchObject({
    cmd: 'RESPONSE',
    type: 'LOGIN',
    data: { code: 1, msg: 'SUCCESS', resumed: true, heartbeat_s: 25 },
  });
  expect(client.frames[0]?.data?.session_id).toMatch(/^g1-/);
  expect(platform.node.binds[0]).toMatchObject({
    app: 'shop',
    uid: 'u1',
    scope: 'p:h5',
    platform: 'h5',
    repeat: false,
  });
});

test('a LOGIN in the same packet as the upgrade is not lost', async () => {
  const platform = await startPlatform();
  await Promise.all(Array.from({ length: 50 }, (_, i) => login(platform, `u${i}`)));
  expect(platform.node.binds).toHaveLength(50);
});

test('names match in any case and blanks around values do not count', async () => {
  const { client } = await open();
  expect(await ask(client, '{"CMD":"login","DATA":{"APPKEY":" shop ","PlatForm":" H5 "}}')).toMatchObject({
    data: { code: 1 },
  });
});

test('a LOGIN without appKey or platform is refused and may be repeated', async () => {
  const { client } = await open();
  const refused = { cmd: 'RESPONSE', type: 'LOGIN', data: { code: 0, msg: CLIENT_TEXTS.incompleteLogin } };
  for (const data of [{}, { appKey: 'shop' }, { appKey: '', platform: 'h5' }, { appKey: 'shop', platform: ' ' }])
    expect(await ask(client, { cmd: 'LOGIN', data })).toEqual(refused);
  expect(await ask(client, LOGIN)).toMatchObject({ data: { code: 1 } });
});

test('a second LOGIN is refused and the first stays', async () => {
  const platform = await startPlatform();
  const client = await login(platform, 'u1');
  const refused = { cmd: 'RESPONSE', type: 'LOGIN', data: { code: 0, msg: CLIENT_TEXTS.secondLogin } };
  expect(await ask(client, LOGIN)).toEqual(refused);
  expect(await ask(client, { cmd: 'LOGIN', data: {} })).toEqual(refused);
  expect(platform.node.binds).toHaveLength(1);
});

test('a LOGIN with an appKey of another, an unknown or a disabled app is refused', async () => {
  const { client, apps } = await open();
  apps.set('other', {});
  const refused = { cmd: 'RESPONSE', type: 'LOGIN', data: { code: 0, msg: CLIENT_TEXTS.appRefused } };
  for (const appKey of ['other', 'nobody'])
    expect(await ask(client, { cmd: 'LOGIN', data: { appKey, platform: 'h5' } })).toEqual(refused);
});

test('the appKey of a LOGIN may be an alias of the app', async () => {
  const platform = await startPlatform();
  platform.apps.set('shop', { aliases: ['passport-7'] });
  const client = await connect(platform, 'u1', jwt('u1'), 'passport-7');
  expect(await ask(client, { cmd: 'LOGIN', data: { appKey: 'passport-7', platform: 'h5' } })).toMatchObject({
    data: { code: 1 },
  });
});

test('a HEARTBEAT is answered with the time, before and after LOGIN', async () => {
  const { client } = await open();
  for (const step of [1, 2]) {
    const answer = await ask(client, { cmd: 'HEARTBEAT' });
    expect(answer).toMatchObject({ cmd: 'RESPONSE', type: 'HEARTBEAT' });
    expect(Math.abs((answer as { data: { t: number } }).data.t - Date.now())).toBeLessThan(5000);
    if (step === 1) await ask(client, LOGIN);
  }
});

test('what is no valid frame is answered with the original ERROR texts', async () => {
  const { client } = await open();
  for (const text of ['', 'x', '[1]', 'null', '7', '{"cmd":'])
    expect(await ask(client, text)).toEqual(error(CLIENT_TEXTS.malformed));
  for (const text of ['{}', '{"cmd":""}', '{"cmd":null}'])
    expect(await ask(client, text)).toEqual(error(CLIENT_TEXTS.emptyCmd));
  expect(await ask(client, { cmd: 'DANCE' })).toEqual(error(CLIENT_TEXTS.unknownCmd));
  expect(await ask(client, { cmd: 'ACK', data: { seq: seqOf(1) } })).toEqual(error(CLIENT_TEXTS.notLoggedIn));
});

test('a binary frame is ignored if it holds a valid command, else it is an ERROR', async () => {
  const { client } = await open();
  client.socket.send(Buffer.from(JSON.stringify(LOGIN)));
  client.socket.send(Buffer.from(JSON.stringify({ cmd: 'LOGIN', data: {} })));
  client.socket.send(Buffer.from([0xff, 0xfe, 0x00]));
  await client.until(() => client.frames[0]);
  expect(client.frames[0]).toMatchObject(error(CLIENT_TEXTS.malformed));
  expect(await ask(client, LOGIN)).toMatchObject({ data: { code: 1 } });
});

test('a ping is answered with the same payload, a close with the same code and reason', async () => {
  const { client } = await open();
  const pong = new Promise((resolve) => client.socket.once('pong', (payload) => resolve(String(payload))));
  client.socket.ping('are you there');
  expect(await pong).toBe('are you there');
  client.socket.close(3456, 'going home');
  expect(await client.until(() => client.closed)).toEqual({ code: 3456, reason: 'going home' });
});

test('what is sent without waiting is answered in order: the LOGIN first', async () => {
  const platform = await startPlatform();
  platform.node.answer = (frame) => {
    setTimeout(() => platform.node.links[0]?.send(bound(frame)), 50);
    return undefined;
  };
  const client = await connect(platform);
  for (const frame of [LOGIN, LOGIN, { cmd: 'HEARTBEAT' }, { cmd: 'DANCE' }]) client.send(frame);
  await client.until(() => client.frames.length === 4);
  expect(client.frames.map(({ type, data }) => [type, data?.msg])).toEqual([
    ['LOGIN', 'SUCCESS'],
    ['LOGIN', CLIENT_TEXTS.secondLogin],
    ['HEARTBEAT', undefined],
    ['ERROR', CLIENT_TEXTS.unknownCmd],
  ]);
});

test('hundreds of pings at once are answered', async () => {
  const { client } = await open();
  let pongs = 0;
  client.socket.on('pong', () => pongs++);
  for (let i = 0; i < 300; i++) client.socket.ping('a');
  await until(() => pongs === 300 || client.closed !== undefined);
  expect([pongs, client.closed]).toEqual([300, undefined]);
});

test('a client that never reads its answers is closed with 4008', async () => {
  const platform = await startPlatform({
    config: { gatewayOutboundBytesMax: 100_000, gatewayFramesPerSecond: 1_000_000, gatewayFramesBurst: 100_000 },
  });
  const client = await connect(platform);
  client.socket.pause();
  let stop = false;
  const flood = () => {
    if (stop) return;
    for (let i = 0; i < 2_000; i++) client.send({ cmd: 'HEARTBEAT' });
    setImmediate(flood);
  };
  flood();
  await vi
    .waitFor(async () => expect(await metric(platform, 'mp_gateway_closed_total')).toBe(1), 10_000)
    .finally(() => {
      stop = true;
    });
  client.socket.resume();
  expect((await client.until(() => client.closed)).code).toBe(4008);
});

test('a device refused after its LOGIN was answered is bound nowhere: the client is to come back', async () => {
  const real = await startState();
  let refuse = (_claimed: boolean) => {};
  const state: State = new Proxy(real, {
    get(target, name) {
      if (name === 'claimDevice') return () => new Promise<boolean>((resolve) => (refuse = resolve));
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  const platform = await startPlatform({ state, config: { gatewayBoundWaitMs: 50 } });
  const client = await connect(platform);
  const frame = { cmd: 'LOGIN', data: { appKey: 'shop', platform: 'h5', device_id: 'd1' } };
  expect(await ask(client, frame)).toMatchObject({ data: { code: 1 } });
  refuse(false);
  expect((await client.until(() => client.closed)).code).toBe(4001);
  expect(platform.node.binds).toEqual([]);
});

test('without a successful LOGIN in time: ERROR, then close 1008; heartbeats and refused LOGINs do not count', async () => {
  const { client } = await open({ config: { gatewayLoginTimeoutMs: 300 } });
  const since = Date.now();
  await ask(client, { cmd: 'HEARTBEAT' });
  await ask(client, { cmd: 'LOGIN', data: {} });
  expect(await client.until(() => client.closed)).toEqual({ code: 1008, reason: 'login timeout!' });
  expect(client.frames.at(-1)).toMatchObject(error('login timeout!'));
  expect(Date.now() - since).toBeGreaterThanOrEqual(280);
});

test('a LOGIN that succeeded stops the timer', async () => {
  const platform = await startPlatform({ config: { gatewayLoginTimeoutMs: 200 } });
  const client = await login(platform, 'u1');
  const deadline = Date.now() + 500;
  await until(() => Date.now() > deadline);
  expect(client.closed).toBeUndefined();
});

test('a frame of 65,536 bytes is read, a longer one closes with 1009', async () => {
  const { client } = await open();
  const text = (bytes: number) => `{"cmd":"HEARTBEAT","x":"${'a'.repeat(bytes - 26)}"}`;
  expect(text(65_536)).toHaveLength(65_536);
  expect(await ask(client, text(65_536))).toMatchObject({ type: 'HEARTBEAT' });
  client.send(text(65_537));
  expect((await client.until(() => client.closed)).code).toBe(1009);
});

test('a client that is silent is pinged, and closed with 4002 when it does not answer', async () => {
  const platform = await startPlatform({
    config: { gatewayPingMinMs: 50, gatewayPingMaxMs: 80, gatewaySilenceMs: 400 },
  });
  const lively = await login(platform, 'u1');
  let pings = 0;
  lively.socket.on('ping', () => pings++);
  const url = `${platform.url}?Authorization=Bearer%20pc:${jwt('u2')}&auth-app-id=shop`;
  const deaf = new WebSocket(url, { autoPong: false });
  const closed = await new Promise((resolve) => deaf.once('close', resolve));
  expect(closed).toBe(4002);
  expect(pings).toBeGreaterThan(2);
  expect(lively.closed).toBeUndefined();
});

test('frames beyond the rate are dropped with one ERROR, and the socket lives on', async () => {
  const { client } = await open({ config: { gatewayFramesPerSecond: 20, gatewayFramesBurst: 10 } });
  for (let i = 0; i < 2000; i++) client.send({ cmd: 'HEARTBEAT' });
  await client.until(() => client.frames.some((frame) => frame.type === 'ERROR'));
  await until(() => {
    client.send({ cmd: 'HEARTBEAT' });
    return client.frames.filter((frame) => frame.type === 'HEARTBEAT').length > 11;
  });
  const errors = client.frames.filter((frame) => frame.type === 'ERROR');
  expect(errors[0]?.data).toEqual({ code: 0, msg: CLIENT_TEXTS.tooManyFrames });
  expect(client.frames.filter((frame) => frame.type === 'HEARTBEAT').length).toBeLessThan(300);
  expect(client.closed).toBeUndefined();
});

test('a LOGIN succeeds within the bound although no node is there, and the session is bound when one comes', async () => {
  const platform = await startGateway({ config: { gatewayBoundWaitMs: 100 } });
  const client = await login(platform, 'u1');
  expect(client.frames[0]).toMatchObject({ type: 'LOGIN', data: { code: 1, resumed: true } });
  const node = await startNode(platform.registry, 'n1');
  await until(() => node.binds.length === 1);
  expect(node.binds[0]).toMatchObject({ uid: 'u1', repeat: false });
});

test('LOGIN is answered before the first MESSAGE even when the node sends both at once', async () => {
  const platform = await startPlatform();
  platform.node.answer = (frame) => {
    queueMicrotask(() => platform.node.down(frame, 'first', seqOf(5)));
    return bound(frame);
  };
  for (let i = 0; i < 20; i++) {
    const client = await login(platform, `u${i}`);
    await client.until(() => client.messages().length === 1);
    expect(client.frames.map((frame) => frame.type)).toEqual(['LOGIN', 'MESSAGE']);
  }
});

test('a device belongs to one uid: another one is refused and may log in without it', async () => {
  const platform = await startPlatform();
  const frame = {
    cmd: 'LOGIN',
    data: { appKey: 'shop', platform: 'h5', device_id: 'd1', ack: true, cursor: seqOf(9) },
  };
  const first = await connect(platform, 'u1');
  expect(await ask(first, frame)).toMatchObject({ data: { code: 1, device_id: 'd1' } });
  expect(platform.node.binds[0]).toMatchObject({ scope: 'd:d1', ack: true, acked: seqOf(9) });
  const second = await connect(platform, 'u2');
  expect(await ask(second, frame)).toMatchObject({ type: 'LOGIN', data: { code: 0, msg: CLIENT_TEXTS.deviceTaken } });
  expect(await ask(second, LOGIN)).toMatchObject({ data: { code: 1 } });
});

test('the device of a token is not the client to choose', async () => {
  const platform = await startPlatform();
  const token = accessToken('u1', { device_id: 'd7' });
  const client = await connect(platform, 'u1', token);
  const frame = { cmd: 'LOGIN', data: { appKey: 'shop', platform: 'h5', device_id: 'mine' } };
  expect(await ask(client, frame)).toMatchObject({ data: { code: 1, device_id: 'd7' } });
});

test('sessions of one uid are limited: the new one is closed with 4504', async () => {
  const platform = await startPlatform({ config: { gatewaySessionsPerUidMax: 2 } });
  await login(platform, 'u1');
  const second = await login(platform, 'u1');
  const third = await connect(platform, 'u1');
  third.send(LOGIN);
  expect((await third.until(() => third.closed)).code).toBe(4504);
  second.close();
  await until(() => second.closed && platform.node.frames.some((frame) => frame.type === 'unbind'));
  await login(platform, 'u1');
});

test('a session ends with 4501 when its token does', async () => {
  const platform = await startPlatform();
  const token = jwt('u1', { exp: Math.floor(Date.now() / 1000) + 2 });
  const client = await LegacyClient.login({ url: platform.url, token, app: 'shop' });
  expect((await client.until(() => client.closed)).code).toBe(4501);
});
