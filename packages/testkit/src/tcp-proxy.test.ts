import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { hasConnection } from './tcp-owner.ts';
import { createTcpProxy, type TcpProxy } from './tcp-proxy.ts';
import { startTcpProxy } from './tcp-proxy-process.ts';

let target: Server;
let proxy: TcpProxy;
/** The target's ends, in the order of their connections. */
let served: End[];
const ends: End[] = [];

/** One end of a connection: what came in, and how it ended. */
interface End {
  socket: Socket;
  text: string;
  bytes: number;
  ended: boolean;
  closed: string | undefined;
}

beforeEach(async () => {
  served = [];
  target = createServer({ allowHalfOpen: true }, (socket) => served.push(observe(socket)));
  await new Promise<void>((resolve) => target.listen(0, '127.0.0.1', resolve));
  // A server that listens on a TCP port has an AddressInfo.
  proxy = await createTcpProxy({ target: `127.0.0.1:${(target.address() as AddressInfo).port}` });
});

afterEach(async () => {
  for (const { socket } of ends.splice(0)) socket.destroy();
  await proxy.close();
  await new Promise((resolve) => target.close(resolve));
});

/** Busy machines are slow; the promise is that it comes, not when. */
function eventually<T>(get: () => T) {
  return expect.poll(get, { interval: 2, timeout: 15_000 });
}

function observe(socket: Socket): End {
  const end: End = { socket, text: '', bytes: 0, ended: false, closed: undefined };
  let code = 'in order';
  socket.on('data', (bytes) => {
    end.bytes += bytes.length;
    if (end.bytes < 1000) end.text += bytes.toString();
  });
  socket.on('end', () => {
    end.ended = true;
  });
  socket.on('error', (error: NodeJS.ErrnoException) => {
    code = error.code ?? 'unknown';
  });
  socket.on('close', () => {
    end.closed = code;
  });
  ends.push(end);
  return end;
}

/** A client and the target's end of its connection, both in use. */
async function dial(): Promise<{ client: End; server: End }> {
  const index = served.length;
  const client = observe(connect({ port: proxy.port, host: '127.0.0.1', allowHalfOpen: true }));
  client.socket.write('hello');
  await eventually(() => served[index]?.text).toBe('hello');
  const [server] = served.slice(index);
  if (server === undefined) throw new Error('polled for above');
  return { client, server };
}

/** Two round trips through a connection of its own: what was to come through elsewhere meanwhile has had its time. */
async function aWhile(): Promise<void> {
  const open = await createTcpProxy({
    target: proxy.address.replace(/\d+$/, `${(target.address() as AddressInfo).port}`),
  });
  for (let i = 0; i < 2; i++) {
    const index = served.length;
    const probe = observe(connect({ port: open.port, host: '127.0.0.1' }));
    probe.socket.write('probe');
    await eventually(() => served[index]?.text).toBe('probe');
    served[index]?.socket.write('answer');
    await eventually(() => probe.text).toBe('answer');
  }
  await open.close();
}

const MB = 1024 * 1024;

/** Sends 64 MB; answers how many of them were taken in when no more are. */
async function flood({ socket }: End): Promise<number> {
  let taken = 0;
  for (let i = 0; i < 64; i++) socket.write(Buffer.alloc(MB), () => taken++);
  for (let still = 0, before = 0; still < 10; before = taken) {
    await aWhile();
    still = taken === before ? still + 1 : 0;
  }
  return taken;
}

test('bytes and ends pass both ways, each direction on its own', async () => {
  const { client, server } = await dial();
  server.socket.write('welcome');
  await eventually(() => client.text).toBe('welcome');
  client.socket.end();
  await eventually(() => server.ended).toBe(true);
  server.socket.write(' and more');
  await eventually(() => client.text).toBe('welcome and more');
  server.socket.end();
  await eventually(() => [client.closed, server.closed]).toEqual(['in order', 'in order']);
  await eventually(() => proxy.connections).toBe(0);
  expect(proxy.counts).toMatchObject({ accepted: 1, reset: 0, bytesToTarget: 5, bytesToClient: 16 });
});

test('a large transfer arrives whole while the receiver is slow, and little of it is held', async () => {
  const { client, server } = await dial();
  server.socket.pause();
  expect(await flood(client)).toBeLessThan(32);
  server.socket.resume();
  await eventually(() => server.bytes).toBe(64 * MB + 5);
});

test('an end that breaks is told to the other as a reset', async () => {
  const { client, server } = await dial();
  server.socket.resetAndDestroy();
  await eventually(() => client.closed).toBe('ECONNRESET');
  await eventually(() => proxy.connections).toBe(0);
});

test('a target that does not listen is a reset for the client', async () => {
  await new Promise((resolve) => target.close(resolve));
  const client = observe(connect(proxy.port, '127.0.0.1'));
  await eventually(() => client.closed).toBe('ECONNRESET');
  await eventually(() => proxy.connections).toBe(0);
});

test('a cut resets all connections and each new one until it heals', async () => {
  const { client, server } = await dial();
  proxy.cut();
  await eventually(() => [client.closed, server.closed]).toEqual(['ECONNRESET', 'ECONNRESET']);
  const late = observe(connect(proxy.port, '127.0.0.1'));
  await eventually(() => late.closed).toBe('ECONNRESET');
  expect(served).toHaveLength(1);
  expect(proxy).toMatchObject({ connections: 0, counts: { accepted: 1, refused: 1, reset: 1 } });
  proxy.heal();
  await dial();
});

test('in a black hole connections stay and nothing passes, not even their end; healing resets them', async () => {
  const { client, server } = await dial();
  const other = await dial();
  proxy.blackhole();
  client.socket.write('up');
  server.socket.write('down');
  other.client.socket.end('bye');
  other.server.socket.resetAndDestroy();
  const late = observe(connect(proxy.port, '127.0.0.1'));
  await eventually(() => proxy.connections).toBe(3);
  await aWhile();
  expect([server.text, client.text, other.server.text]).toEqual(['hello', '', 'hello']);
  expect([client, server, other.client, late].map(({ closed }) => closed)).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
  expect(other.server.ended).toBe(false);
  expect(proxy.counts).toMatchObject({ accepted: 3, bytesToTarget: 10, bytesToClient: 0 });
  proxy.heal();
  await eventually(() => [client, server, late].map(({ closed }) => closed)).toEqual(Array(3).fill('ECONNRESET'));
  expect(proxy).toMatchObject({ connections: 0, counts: { reset: 3 } });
  await dial();
});

test('a black hole takes in little: who sends has to wait', async () => {
  const { client } = await dial();
  proxy.blackhole();
  expect(await flood(client)).toBeLessThan(32);
  expect(proxy.counts.bytesToTarget).toBe(5);
});

test.each(['to-target', 'to-client'] as const)(
  'half open: nothing goes %s, the other direction works',
  async (swallowed) => {
    const { client, server } = await dial();
    proxy.halfOpen(swallowed);
    const late = observe(connect({ port: proxy.port, host: '127.0.0.1' }));
    await eventually(() => served.length).toBe(2);
    const [from, to] = swallowed === 'to-target' ? [client, server] : [server, client];
    const before = to.text;
    from.socket.write('lost');
    from.socket.end();
    to.socket.write('heard');
    await eventually(() => from.text).toMatch(/heard$/);
    await aWhile();
    expect(to).toMatchObject({ text: before, ended: false, closed: undefined });
    proxy.heal();
    await eventually(() => [to.closed, late.closed]).toEqual(['ECONNRESET', 'ECONNRESET']);
    await dial();
  },
);

test('a delay comes on top, each way, and keeps the order', async () => {
  const { client, server } = await dial();
  proxy.delay(100);
  const from = performance.now();
  client.socket.write('1');
  client.socket.write('2');
  await eventually(() => server.text).toBe('hello12');
  const there = performance.now();
  server.socket.write('3');
  proxy.delay(0);
  server.socket.write('4');
  await eventually(() => client.text).toMatch(/^34$/);
  expect(there - from).toBeGreaterThanOrEqual(99);
  proxy.delay(100);
  const again = performance.now();
  server.socket.end();
  await eventually(() => client.ended).toBe(true);
  expect(client.text).toBe('34');
  expect(performance.now() - again).toBeGreaterThanOrEqual(99);
});

test('bytes that are late are gone when the connection falls into a black hole', async () => {
  const { client, server } = await dial();
  proxy.delay(1000);
  client.socket.write('late');
  const dueAt = performance.now() + 1000;
  await aWhile();
  proxy.blackhole();
  await eventually(() => performance.now()).toBeGreaterThan(dueAt + 50);
  expect(server.text).toBe('hello');
});

test('a throttle passes no more than its rate, and all of it', async () => {
  const { client, server } = await dial();
  proxy.throttle(100_000);
  const from = performance.now();
  client.socket.write(Buffer.alloc(30_000));
  server.socket.write(Buffer.alloc(20_000));
  await eventually(() => client.bytes).toBe(20_000);
  expect(performance.now() - from).toBeGreaterThanOrEqual(170);
  await eventually(() => server.bytes).toBe(30_005);
  expect(performance.now() - from).toBeGreaterThanOrEqual(270);
  expect(() => proxy.throttle(0)).toThrow(RangeError);
  proxy.heal();
  client.socket.write(Buffer.alloc(1_000_000));
  await eventually(() => server.bytes).toBe(1_030_005);
});

test('who closes the proxy closes its connections', async () => {
  const { client, server } = await dial();
  await proxy.close();
  await eventually(() => [client.closed, server.closed]).toEqual(['ECONNRESET', 'ECONNRESET']);
  proxy = await createTcpProxy({ target: proxy.address, port: proxy.port });
});

test('a fault that concerns one client leaves the others alone, also those that come while it lasts', async () => {
  const target = proxy.address;
  const chosen = new Set<number>();
  const picky = await createTcpProxy({ target, concerns: (port) => chosen.has(port) });
  try {
    const dialPicky = async () => {
      const before = picky.connections;
      const client = observe(connect({ port: picky.port, host: '127.0.0.1', allowHalfOpen: true }));
      await eventually(() => picky.connections).toBe(before + 1);
      return client;
    };
    const port = await freeClientPort();
    chosen.add(port);
    const sick = observe(connect({ port: picky.port, host: '127.0.0.1', localPort: port, allowHalfOpen: true }));
    await eventually(() => picky.connections).toBe(1);
    const well = await dialPicky();
    picky.blackhole();
    const later = await dialPicky();
    for (const { socket } of [sick, well, later]) socket.write('through');
    await eventually(() => served.filter(({ text }) => text === 'through').length).toBe(2);
    picky.cut();
    await eventually(() => sick.closed).toBe('ECONNRESET');
    for (const { socket } of [well, later]) socket.write(' again');
    await eventually(() => served.filter(({ text }) => text === 'through again').length).toBe(2);
    expect(picky.counts).toMatchObject({ reset: 1, refused: 0 });
  } finally {
    await picky.close();
  }
});

test('the client of a connection is known by its port', async () => {
  const { client } = await dial();
  const { localPort = 0 } = client.socket;
  expect(hasConnection(process.pid, localPort, proxy.port)).toBe(true);
  expect(hasConnection(process.ppid, localPort, proxy.port)).toBe(false);
  client.socket.destroy();
  await eventually(() => hasConnection(process.pid, localPort, proxy.port)).toBe(false);
});

test('a proxy in a process of its own fails for the process that it is meant for, and for no other', async () => {
  const connected = async (victim: number) => {
    const own = await startTcpProxy(proxy.address, victim);
    const index = served.length;
    const client = observe(connect({ port: Number(own.address.split(':')[1]), host: '127.0.0.1' }));
    client.socket.write('hello');
    await eventually(() => served[index]?.text).toBe('hello');
    return { own, client };
  };
  const [mine, others] = [await connected(process.pid), await connected(process.ppid)];
  try {
    expect(await mine.own.tell('cut')).toMatchObject({ accepted: 1, reset: 1, bytesToTarget: 5 });
    await eventually(() => mine.client.closed).toBe('ECONNRESET');
    expect(await others.own.tell('cut')).toMatchObject({ accepted: 1, reset: 0 });
    expect(await others.own.tell('heal')).toMatchObject({ accepted: 1, reset: 0 });
    others.client.socket.write(' again');
    await eventually(() => served.some(({ text }) => text === 'hello again')).toBe(true);
  } finally {
    await Promise.all([mine.own.close(), others.own.close()]);
  }
});

async function freeClientPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A server that listens on a TCP port has an AddressInfo.
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
