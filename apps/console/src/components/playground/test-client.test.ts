// The test client goes through its states as a real client would, and every step is in its log.
import { describe, expect, test } from 'vitest';
import type { AckMode, ClientSettings } from './client-state.ts';
import { TestClient } from './test-client.ts';
import { addressOf, backoffMs, comesBack } from './wire.ts';

/** Stands for the browser's socket; the test plays the server. */
class FakeSocket {
  readyState = 0;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number; reason: string }) => void) | null = null;
  readonly sent: { cmd?: string; data?: Record<string, unknown> }[] = [];
  closedWith: number | undefined;
  readonly url: string;
  constructor(url: string) {
    this.url = url;
  }
  send(text: string) {
    this.sent.push(JSON.parse(text));
  }
  close(code = 1005) {
    this.readyState = 3;
    this.closedWith = code;
  }
  open() {
    this.readyState = 1;
    this.onopen?.();
  }
  say(type: string, data: object) {
    this.onmessage?.({ data: JSON.stringify({ cmd: 'RESPONSE', type, data }) });
  }
  end(code: number, reason = '') {
    this.readyState = 3;
    this.onclose?.({ code, reason });
  }
}

const SETTINGS: ClientSettings = {
  gateway: 'ws://gw:1/message-push/v1/message',
  app: 'demo',
  uid: '7',
  platform: 'h5',
};
const seq = (n: number) => n.toString(16).padStart(22, '0');

const GATEWAYS = ['ws://one:1/', 'ws://two:1/'];

function setUp(token: () => Promise<string> = async () => 'tok') {
  const sockets: FakeSocket[] = [];
  const timers = new Map<number, { at: number; act: () => void }>();
  let now = 0;
  let ids = 0;
  const client = new TestClient({
    deviceId: 'dev',
    newSocket(url) {
      const socket = new FakeSocket(url);
      sockets.push(socket);
      return socket as unknown as WebSocket; // has all that the client uses of one
    },
    access: async () => ({ token: await token(), gateways: GATEWAYS }),
    isFinal: (error) => String(error).includes('final'),
    now: () => now,
    random: () => 0.5,
    later(act, ms) {
      const id = ++ids;
      timers.set(id, { at: now + ms, act });
      return () => void timers.delete(id);
    },
    onChange() {},
  });
  async function pass(ms: number) {
    const end = now + ms;
    for (;;) {
      const due = [...timers].filter(([, { at }]) => at <= end).sort((a, b) => a[1].at - b[1].at)[0];
      if (due === undefined) break;
      timers.delete(due[0]);
      now = due[1].at;
      due[1].act();
      await Promise.resolve();
      await Promise.resolve();
    }
    now = end;
    await Promise.resolve();
    await Promise.resolve();
  }
  const last = () => sockets.at(-1) as FakeSocket; // the tests connect first
  async function opened(mode: AckMode = 'auto', settings = SETTINGS) {
    client.ackMode = mode;
    client.connect(settings);
    await pass(0);
    last().open();
    last().say('LOGIN', { code: 1, msg: 'SUCCESS', session_id: 's1', resumed: true, heartbeat_s: 25 });
  }
  const events = () =>
    client.log
      .list()
      .filter(({ direction }) => direction === 'event')
      .map(({ kind }) => kind);
  return { client, sockets, pass, last, opened, events };
}

describe('connecting', () => {
  test('fetches a token, dials with it, logs in as the seed’s clients do, and is open after the answer', async () => {
    const { client, pass, last } = setUp();
    client.connect(SETTINGS);
    expect(client.state.phase).toBe('token');
    await pass(0);
    expect(client.state.phase).toBe('connecting');
    const { searchParams } = new URL(last().url);
    expect([searchParams.get('Authorization'), searchParams.get('auth-app-id')]).toEqual(['Bearer pc:tok', 'demo']);
    last().open();
    expect(client.state.phase).toBe('login');
    expect(last().sent).toEqual([
      { cmd: 'LOGIN', token: '', data: { appKey: 'demo', platform: 'h5', device_id: 'dev', ack: true } },
    ]);
    last().say('LOGIN', { code: 1, session_id: 's1', heartbeat_s: 25 });
    expect(client.state).toMatchObject({ phase: 'open', sessionId: 's1' });
  });

  test('no frame in the log holds the token, and neither does a line about the address', async () => {
    const { client, opened } = setUp();
    await opened();
    expect(JSON.stringify(client.log.list())).not.toContain('tok"');
    expect(JSON.stringify(client.log.list())).not.toContain('Bearer');
  });

  test('a LOGIN that is refused ends it, with the reason', async () => {
    const { client, pass, last } = setUp();
    client.connect(SETTINGS);
    await pass(0);
    last().open();
    last().say('LOGIN', { code: 0, msg: '登录失败' });
    expect(client.state).toMatchObject({ phase: 'closed', reason: '登录失败' });
    await pass(60_000);
    expect(client.state.phase).toBe('closed');
  });

  test('an address that is none ends it; a token that is refused is tried again', async () => {
    const { client, pass } = setUp();
    client.connect({ ...SETTINGS, gateway: 'http://gw' });
    await pass(0);
    expect(client.state).toMatchObject({ phase: 'closed', reason: 'http://gw' });
    const refused = setUp(async () => {
      throw new Error('no right');
    });
    refused.client.connect(SETTINGS);
    await refused.pass(0);
    expect(refused.client.state).toMatchObject({ phase: 'waiting', reason: 'no right' });
    const final = setUp(async () => {
      throw new Error('final: no such app');
    });
    final.client.connect(SETTINGS);
    await final.pass(60_000);
    expect(final.client.state).toMatchObject({ phase: 'closed', reason: 'final: no such app' });
  });

  test('without an address goes to one that the api names, to the next one at the next attempt', async () => {
    const { client, pass, last, sockets } = setUp();
    client.connect({ ...SETTINGS, gateway: '' });
    await pass(0);
    last().end(1006);
    await pass(20_000);
    expect(sockets.slice(0, 2).map(({ url }) => new URL(url).host)).toEqual(['two:1', 'one:1']);
  });

  test('a disconnect while the token is on its way dials nobody', async () => {
    const { client, sockets, pass } = setUp();
    client.connect(SETTINGS);
    client.disconnect();
    await pass(60_000);
    expect([sockets.length, client.state.phase]).toEqual([0, 'idle']);
  });

  test('a server that never answers the LOGIN is given up', async () => {
    const { client, pass, last } = setUp();
    client.connect(SETTINGS);
    await pass(0);
    const first = last();
    first.open();
    await pass(15_000);
    expect([client.state.phase, first.closedWith]).toEqual(['waiting', 1005]);
  });
});

describe('coming back', () => {
  test('after 4001 within a second, and on failure ever later', async () => {
    const { client, pass, opened, last, sockets } = setUp();
    await opened();
    await pass(3_000);
    last().end(4001, 'server is draining');
    expect(client.state).toMatchObject({ phase: 'waiting', closeCode: 4001, retryAt: 3_500, attempt: 1 });
    await pass(500);
    expect(sockets).toHaveLength(2);
    const waits: number[] = [];
    for (let i = 0; i < 6; i++) {
      last().end(1006);
      waits.push((client.state.retryAt ?? 0) - 0);
      await pass(20_000);
    }
    const steps = waits.map((at, i) => (i === 0 ? 0 : at - (waits[i - 1] ?? 0)));
    expect(steps.slice(1).every((step) => step > 0)).toBe(true);
  });

  test.each([4502, 4503, 4504, 4505, 4506])('not after %i', async (code) => {
    const { client, pass, opened, last, sockets } = setUp();
    await opened();
    last().end(code, 'why');
    await pass(60_000);
    expect([client.state.phase, client.state.closeCode, client.state.reason, sockets.length]).toEqual([
      'closed',
      code,
      'why',
      1,
    ]);
  });

  test('not when it was switched off', async () => {
    const { client, pass, opened, last, sockets } = setUp();
    await opened();
    client.autoReconnect = false;
    last().end(1006);
    await pass(60_000);
    expect([client.state.phase, sockets.length]).toEqual(['closed', 1]);
  });

  test('goes on where it was: the cursor is what was acknowledged; another uid starts from nothing', async () => {
    const { client, pass, opened, last } = setUp();
    await opened();
    last().say('MESSAGE', { content: 'x', seq: seq(5) });
    await pass(3_000);
    last().end(1006);
    await pass(1_000);
    last().open();
    expect(last().sent[0]?.data).toMatchObject({ cursor: seq(5), device_id: 'dev' });
    client.connect({ ...SETTINGS, uid: '8' });
    await pass(0);
    last().open();
    expect(last().sent[0]?.data).not.toHaveProperty('cursor');
  });
});

describe('a drop without a close', () => {
  test('closes nothing and listens no more; the same device comes back and the server replaces the old socket', async () => {
    const { client, pass, opened, last, sockets, events } = setUp();
    await opened();
    await pass(3_000);
    const [old] = sockets;
    client.drop();
    expect([old?.closedWith, client.state.phase, client.state.ghosts]).toEqual([undefined, 'waiting', 1]);
    old?.say('MESSAGE', { content: 'unheard', seq: seq(9) });
    expect(client.state.received).toBe(0);
    await pass(1_000);
    last().open();
    last().say('LOGIN', { code: 1 });
    old?.end(4506, 'replaced by the same device');
    expect([client.state.phase, client.state.ghosts]).toEqual(['open', 0]);
    expect(events()).toEqual(['connect', 'open', 'drop', 'retry', 'connect', 'open', 'ghostReplaced']);
  });

  test('is ended for good with the page', async () => {
    const { client, opened, sockets } = setUp();
    await opened();
    client.drop();
    client.dispose();
    expect(sockets.map(({ closedWith }) => closedWith)).toEqual([1000]);
  });
});

describe('acknowledging', () => {
  const acks = (socket: FakeSocket) => socket.sent.filter(({ cmd }) => cmd === 'ACK').map(({ data }) => data?.seq);

  test('by itself, each message', async () => {
    const { opened, last } = setUp();
    await opened('auto');
    last().say('MESSAGE', { content: 'x', seq: seq(1) });
    last().say('MESSAGE', { content: 'x', seq: seq(2) });
    expect(acks(last())).toEqual([seq(1), seq(2)]);
  });

  test('by hand: nothing before the press, everything up to it then, nothing twice, and heartbeats tell no more', async () => {
    const { client, opened, last, pass } = setUp();
    await opened('manual');
    for (const n of [1, 2, 3]) last().say('MESSAGE', { content: 'x', seq: seq(n) });
    await pass(25_000);
    expect(acks(last())).toEqual([]);
    expect(last().sent.at(-1)).toEqual({ cmd: 'HEARTBEAT' });
    client.ack(seq(2));
    client.ack(seq(1));
    expect(acks(last())).toEqual([seq(2)]);
    client.heartbeat();
    expect(last().sent.at(-1)).toEqual({ cmd: 'HEARTBEAT', data: { seq: seq(2) } });
  });

  test('not at all, like a client of the original: LOGIN does not promise it', async () => {
    const { opened, last } = setUp();
    await opened('off');
    last().say('MESSAGE', { content: 'x', seq: seq(1) });
    expect(last().sent[0]?.data).not.toHaveProperty('ack');
    expect(acks(last())).toEqual([]);
  });
});

describe('heartbeats', () => {
  test('go out as the server advises, are answered in a measured time, and two without an answer end the connection', async () => {
    const { client, opened, last, pass } = setUp();
    await opened();
    await pass(25_000);
    expect(client.state).toMatchObject({ heartbeats: 1, missed: 0 });
    await pass(12);
    last().say('HEARTBEAT', { t: 1 });
    expect(client.state.rttMs).toBe(12);
    await pass(49_988);
    expect(client.state).toMatchObject({ phase: 'open', missed: 1 });
    await pass(25_000);
    expect(client.state.phase).toBe('waiting');
  });
});

test('anything that a server may say leaves the client standing', async () => {
  const { client, opened, last } = setUp();
  await opened();
  for (const data of [
    '',
    '[]',
    'null',
    '{"cmd":"RESPONSE","type":"MESSAGE","data":7}',
    '{"cmd":"X"}',
    new Uint8Array(),
  ])
    last().onmessage?.({ data });
  expect(client.state.phase).toBe('open');
});

test('addresses are those of WebSockets only, and keep what else is in their query', () => {
  expect(addressOf('wss://gw/x?a=1', 't t', 'demo', 'mobile')).toBe(
    'wss://gw/x?a=1&Authorization=Bearer+mobile%3At+t&auth-app-id=demo',
  );
  expect(addressOf('https://gw', 't', 'a', 'pc')).toBeUndefined();
  expect(addressOf('gw:80', 't', 'a', 'pc')).toBeUndefined();
});

test('the wait before coming back is the SDK’s: within a second at first, then between 0.5 s and a cap that doubles to 20 s', () => {
  expect([0, 1, 2, 3, 4, 5, 50].map((attempt) => backoffMs(attempt, () => 0.999999))).toEqual([
    1000, 2000, 4000, 8000, 16_000, 20_000, 20_000,
  ]);
  expect([backoffMs(0, () => 0), backoffMs(9, () => 0)]).toEqual([0, 500]);
  expect([1000, 1006, 4001, 4501, 4502, 5000].map(comesBack)).toEqual([true, true, true, true, false, true]);
});
