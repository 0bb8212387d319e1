import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { formatSeq, parseSeq } from '@message-push/protocol';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { type WebSocket as Peer, WebSocketServer } from 'ws';
import { type ConnectOptions, connect, memoryStorage, type PushConnection } from './index.ts';

const seq = (n: number) => formatSeq({ generation: 1, offset: n, index: 0 });
const message = (n: number) => ({
  cmd: 'RESPONSE',
  type: 'MESSAGE',
  data: { content: `m${n}`, message_id: `id${n}`, seq: seq(n) },
});

/** A scripted server: notes each frame, answers LOGIN. */
async function startServer(
  onLogin: (peer: Peer, data: Record<string, unknown>) => void,
  login: object = {},
  admits = () => true,
) {
  const verifyClient = ({ req }: { req: IncomingMessage }) => {
    tokens.push(new URL(req.url ?? '', 'ws://x').searchParams.get('Authorization') ?? '');
    return admits();
  };
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', verifyClient });
  await once(server, 'listening');
  const frames: { cmd: string; data?: Record<string, unknown> }[] = [];
  const tokens: string[] = [];
  server.on('connection', (peer) => {
    peer.on('message', (bytes) => {
      const frame = JSON.parse(String(bytes));
      frames.push(frame);
      if (frame.cmd !== 'LOGIN') return;
      peer.send(
        JSON.stringify({
          cmd: 'RESPONSE',
          type: 'LOGIN',
          data: { code: 1, msg: 'SUCCESS', session_id: 's1', ...login },
        }),
      );
      onLogin(peer, frame.data);
    });
  });
  open.push({ close: () => server.close() });
  const { port } = server.address() as AddressInfo; // listening on TCP
  return { url: `ws://127.0.0.1:${port}/`, frames, tokens };
}

const open: { close(): void }[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one.close();
});

function client(options: Partial<ConnectOptions> & Pick<ConnectOptions, 'url'>): {
  connection: PushConnection;
  seen: string[];
} {
  const seen: string[] = [];
  const connection = connect({
    appId: 'demo',
    uid: '1',
    token: 't',
    random: () => 0,
    storage: memoryStorage(),
    onMessage: ({ content }) => void seen.push(content),
    ...options,
  });
  open.push(connection);
  return { connection, seen };
}

describe('a client', () => {
  test('hands each message over once and in order, however often the server sends it', async () => {
    const server = await startServer((peer) => {
      for (const n of [1, 2, 1, 2, 3, 3]) peer.send(JSON.stringify(message(n)));
    });
    const { connection, seen } = client(server);
    await vi.waitFor(() => expect(connection.cursor).toBe(seq(3)));
    expect(seen).toEqual(['m1', 'm2', 'm3']);
  });

  test('asks for the address before each connection, so that it leaves a gateway that is gone', async () => {
    const gone = await startServer((peer) => peer.close(4001));
    const other = await startServer((peer) => peer.send(JSON.stringify(message(1))));
    const urls = [gone.url, other.url];
    const { seen } = client({ url: () => urls.shift() ?? other.url });
    await vi.waitFor(() => expect(seen).toEqual(['m1']));
    expect(gone.frames.map(({ cmd }) => cmd)).toEqual(['LOGIN']);
  });

  test('acknowledges only what the application has handled', async () => {
    const server = await startServer((peer) => {
      for (const n of [1, 2]) peer.send(JSON.stringify(message(n)));
    });
    let release = () => {};
    const { connection } = client({
      url: server.url,
      onMessage: ({ content }) => (content === 'm2' ? new Promise<void>((resolve) => (release = resolve)) : undefined),
    });
    await vi.waitFor(() => expect(server.frames.at(-1)).toEqual({ cmd: 'ACK', data: { seq: seq(1) } }));
    expect(connection.cursor).toBe(seq(1));
    release();
    await vi.waitFor(() => expect(server.frames.at(-1)).toEqual({ cmd: 'ACK', data: { seq: seq(2) } }));
  });

  test('comes back after 4001 with its cursor and the same device, and a repeated message is not shown again', async () => {
    let logins = 0;
    const server = await startServer((peer) => {
      logins++;
      peer.send(JSON.stringify(message(1)));
      if (logins === 1) setTimeout(() => peer.close(4001, 'server is draining'), 50);
    });
    const { seen } = client(server);
    await vi.waitFor(() => expect(logins).toBe(2), { timeout: 5000 });
    const [first, second] = server.frames.filter((frame) => frame.cmd === 'LOGIN');
    expect(first?.data).not.toHaveProperty('cursor');
    expect(second?.data).toMatchObject({ cursor: seq(1), ack: true, device_id: first?.data?.device_id });
    expect(seen).toEqual(['m1']);
  });

  test('goes back to the place of a server that has lost its inbox, and shows what is new from there', async () => {
    const storage = memoryStorage();
    storage.set('message-push:cursor:demo:1:d1', seq(900));
    const server = await startServer((peer) => peer.send(JSON.stringify(message(2))), { cursor: seq(1) });
    const { seen } = client({ url: server.url, storage, deviceId: 'd1' });
    await vi.waitFor(() => expect(seen).toEqual(['m2']));
  });

  test('stays away after 4503 and says why', async () => {
    const server = await startServer((peer) => peer.close(4503, 'disconnected by the app'));
    const { connection } = client(server);
    const refused = new Promise((resolve) => connection.on('refused', resolve));
    expect(await refused).toEqual({ code: 4503, reason: 'disconnected by the app' });
    expect(connection.state).toBe('closed');
    expect(server.tokens.length).toBe(1);
  });

  test('fetches a fresh token after 4501', async () => {
    let n = 0;
    const server = await startServer((peer) => {
      if (server.tokens.length === 1) peer.close(4501, 'token expired');
    });
    client({ url: server.url, token: () => `t${++n}` });
    await vi.waitFor(() => expect(server.tokens).toEqual(['Bearer pc:t1', 'Bearer pc:t2']), { timeout: 5000 });
  });

  test('an application that throws is reported, and the next message still comes', async () => {
    const server = await startServer((peer) => {
      for (const n of [1, 2]) peer.send(JSON.stringify(message(n)));
    });
    const handled: string[] = [];
    const { connection } = client({
      url: server.url,
      onMessage({ content }) {
        handled.push(content);
        if (content === 'm1') throw new Error('broken');
      },
    });
    const errors: unknown[] = [];
    connection.on('error', ({ error }) => errors.push(error));
    await vi.waitFor(() => expect(handled).toEqual(['m1', 'm2']));
    expect(errors).toEqual([new Error('broken')]);
  });

  test('keeps its device and cursor in the storage it is given', async () => {
    const storage = memoryStorage();
    const server = await startServer((peer, data) => {
      if (data.cursor === undefined) peer.send(JSON.stringify(message(7)));
    });
    const first = client({ url: server.url, storage });
    await vi.waitFor(() => expect(first.connection.cursor).toBe(seq(7)));
    first.connection.close();
    const second = client({ url: server.url, storage });
    expect(second.connection.deviceId).toBe(first.connection.deviceId);
    expect(second.connection.cursor).toBe(seq(7));
  });

  test('after close() hands nothing over any more, and what waited comes again to the next connection', async () => {
    const storage = memoryStorage();
    const server = await startServer((peer, data) => {
      const from = data.cursor === undefined ? 1 : 2;
      for (let n = from; n <= 20; n++) peer.send(JSON.stringify(message(n)));
    });
    let release = () => {};
    const handled: string[] = [];
    const first = client({
      url: server.url,
      storage,
      onMessage({ content }) {
        handled.push(content);
        return new Promise<void>((resolve) => (release = resolve));
      },
    });
    await vi.waitFor(() => expect(handled).toEqual(['m1']));
    first.connection.close();
    release();
    await vi.waitFor(() => expect(first.connection.cursor).toBe(seq(1)));
    const second = client({ url: server.url, storage });
    await vi.waitFor(() => expect(second.connection.cursor).toBe(seq(20)));
    expect(handled).toEqual(['m1']);
    expect(second.seen).toEqual(Array.from({ length: 19 }, (_, n) => `m${n + 2}`));
  });

  test('whose application is too slow leaves, and comes back for the rest when all that waited is handled', async () => {
    const all = 1_500;
    const server = await startServer((peer, data) => {
      const from = data.cursor === undefined ? 0 : parseSeq(String(data.cursor)).offset;
      for (let n = from + 1; n <= all; n++) peer.send(JSON.stringify(message(n)));
    });
    let release = () => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    const seen: string[] = [];
    const { connection } = client({
      url: server.url,
      onMessage({ content }) {
        seen.push(content);
        return content === 'm1' ? held : undefined;
      },
    });
    const errors: string[] = [];
    connection.on('error', ({ error }) => errors.push(String(error)));
    await vi.waitFor(() => expect(errors).toEqual([expect.stringContaining('onMessage is slower')]));
    expect(connection.state).toBe('waiting');
    release();
    await vi.waitFor(() => expect(connection.cursor).toBe(seq(all)), { timeout: 5000 });
    expect(seen).toEqual(Array.from({ length: all }, (_, n) => `m${n + 1}`));
  });

  test('says that it is refused before it is open, and tries on', async () => {
    const server = await startServer(
      () => {},
      {},
      () => server.tokens.length > 2,
    );
    const { connection } = client({ url: server.url });
    const errors: string[] = [];
    connection.on('error', ({ error }) => errors.push(String(error)));
    await vi.waitFor(() => expect(connection.state).toBe('open'), { timeout: 5000 });
    expect(errors[0]).toMatch(/token.*address.*network panel/);
  });

  test('an address that is none is an error, not the end', async () => {
    const server = await startServer(() => {});
    const urls = ['no address', server.url];
    const { connection } = client({ url: () => urls.shift() ?? server.url });
    const errors: unknown[] = [];
    connection.on('error', ({ error }) => errors.push(error));
    await vi.waitFor(() => expect(connection.state).toBe('open'), { timeout: 5000 });
    expect(errors).toHaveLength(1);
  });

  test('of a copied tab takes an id of its own when it is replaced, and goes on where it was', async () => {
    const storage = memoryStorage();
    const server = await startServer((peer) => {
      peer.send(JSON.stringify(message(1)));
      if (server.tokens.length === 1) setTimeout(() => peer.close(4506, 'replaced'), 50);
    });
    const { connection, seen } = client({ url: server.url, storage });
    const logins = () => server.frames.filter(({ cmd }) => cmd === 'LOGIN').map(({ data }) => data);
    await vi.waitFor(() => expect(logins()).toHaveLength(2), { timeout: 5000 });
    const [first, second] = logins();
    expect(second).toMatchObject({ cursor: seq(1), device_id: connection.deviceId });
    expect(second?.device_id).not.toBe(first?.device_id);
    expect(seen).toEqual(['m1']);
    connection.close();
    // The page keeps it.
    const next = client({ url: server.url, storage });
    expect([next.connection.deviceId, next.connection.cursor]).toEqual([connection.deviceId, seq(1)]);
  });

  test('with an id of the application stays away after it was replaced', async () => {
    const server = await startServer((peer) => peer.close(4506, 'replaced'));
    const { connection } = client({ url: server.url, deviceId: 'phone' });
    const refused = new Promise((resolve) => connection.on('refused', resolve));
    expect(await refused).toMatchObject({ code: 4506 });
    expect(server.tokens).toHaveLength(1);
  });
});
