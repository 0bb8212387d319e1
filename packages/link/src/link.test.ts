// The link over real sockets: batching, authority, half-open peers, slow readers, garbage.
import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from 'node:net';
import {
  type BindFrame,
  type DownFrame,
  encodeLinkFrames,
  LINK_PATH,
  LINK_PROTOCOL,
  type LinkFrame,
  SEQ_ZERO,
} from '@message-push/protocol';
import { type Clock, createLog, Metrics, systemClock } from '@message-push/runtime';
import { afterEach, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import {
  createLinkClient,
  createLinkServer,
  type Link,
  type LinkClient,
  type LinkConfig,
  type LinkError,
  type LinkServer,
} from './index.ts';

const SECRET = 'cluster secret';
const log = createLog('test', 'silent');
const QUICK: LinkConfig = {
  linkPingMs: 20,
  linkSilentMs: 300,
  linkLateMs: 100,
  linkUnsentBytesMax: 1024 * 1024,
  linkRetryMinMs: 5,
  linkRetryMaxMs: 40,
};
/** What a test must undo, last first. */
const undo: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

/** One end as a test sees it. */
interface End {
  links: Link[];
  frames: LinkFrame[];
  closed: LinkError[];
  failed: LinkError[];
  pings: number;
}
const end = (): End => ({ links: [], frames: [], closed: [], failed: [], pings: 0 });

function eventsOf(seen: End) {
  return {
    onOpen: (link: Link) => void seen.links.push(link),
    onFrame: (_: Link, frame: LinkFrame) => void seen.frames.push(frame),
    onClose: (_: Link, error: LinkError) => void seen.closed.push(error),
    onPing: () => void seen.pings++,
  };
}

interface Node {
  end: End;
  server: LinkServer;
  http: Server;
  port: number;
  metrics: Metrics;
}

async function startNode(
  config = QUICK,
  more: { events?: object; secrets?: string[]; clock?: Clock } = {},
): Promise<Node> {
  const http = createServer((_, response) => response.writeHead(404).end());
  const seen = end();
  const metrics = new Metrics();
  const server = createLinkServer({
    server: http,
    self: { role: 'node', id: 'n1', incarnation: 'i1', load: () => 7, ringVersion: () => 3 },
    clusterSecrets: more.secrets ?? [SECRET],
    config,
    clock: more.clock ?? systemClock,
    log,
    metrics,
    events: { ...eventsOf(seen), ...more.events },
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  undo.push(async () => {
    await server.close();
    http.closeAllConnections();
    await new Promise((resolve) => http.close(resolve));
  });
  // Listening on an address gives an AddressInfo.
  return { end: seen, server, http, port: (http.address() as AddressInfo).port, metrics };
}

function dial(port: number, config = QUICK, more: { secret?: string; clock?: Clock; events?: object } = {}) {
  const seen = end();
  const metrics = new Metrics();
  const client: LinkClient = createLinkClient({
    address: `127.0.0.1:${port}`,
    self: { role: 'gateway', id: 'g1', incarnation: 'j1', load: () => 11, ringVersion: () => 5 },
    clusterSecrets: [more.secret ?? SECRET],
    config,
    clock: more.clock ?? systemClock,
    log,
    metrics,
    events: { ...eventsOf(seen), ...more.events },
    onDialFailed: (error) => void seen.failed.push(error),
  });
  undo.push(() => client.close());
  return { end: seen, client, metrics };
}

async function until(what: () => unknown, timeoutMs = 5000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!what()) {
    if (Date.now() > deadline) throw new Error(`did not come true: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

async function open(port: number, config = QUICK, more = {}) {
  const gateway = dial(port, config, more);
  await until(() => gateway.client.link !== undefined);
  // `until` just saw it.
  return { ...gateway, link: gateway.client.link as Link };
}

const bind = (session: number): BindFrame => ({
  type: 'bind',
  session,
  bind: 1,
  session_id: `s${session}`,
  app: 'shop',
  uid: `u${session}`,
  scope: 'p:h5',
  platform: 'h5',
  since: 1,
  issued_at: 0,
  ack: false,
  repeat: false,
  ring_version: 5,
  enqueued: SEQ_ZERO,
  written: SEQ_ZERO,
  acked: SEQ_ZERO,
});
const down = (bytes: number): DownFrame => ({
  type: 'down',
  seq: SEQ_ZERO,
  online: false,
  targets: Uint32Array.of(1, 1),
  bytes: randomBytes(bytes),
});

async function value(metrics: Metrics, name: string): Promise<number> {
  const found = await metrics.getSingleMetric(name)?.get();
  return found?.values.reduce((sum, each) => sum + each.value, 0) ?? 0;
}

/** A TCP proxy whose wire can be frozen: connections stay, nothing passes. */
async function startWire(port: number) {
  const pairs: [Socket, Socket][] = [];
  let frozen = false;
  const server = createTcpServer((near) => {
    const far = connect(port, '127.0.0.1');
    pairs.push([near, far]);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      from.on('data', (bytes) => to.write(bytes));
      from.on('close', () => frozen || to.destroy());
      from.on('error', () => undefined);
      if (frozen) from.pause();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  undo.push(() => {
    for (const pair of pairs) for (const socket of pair) socket.destroy();
    return new Promise<void>((resolve) => server.close(() => resolve()));
  });
  return {
    port: (server.address() as AddressInfo).port,
    freeze() {
      frozen = true;
      for (const pair of pairs) for (const socket of pair) socket.pause();
    },
    thaw() {
      frozen = false;
      for (const pair of pairs.splice(0)) for (const socket of pair) socket.destroy();
    },
  };
}

/** A WebSocket that passed the authority check but need not speak the protocol. */
async function rawPeer(port: number): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}${LINK_PATH}`, LINK_PROTOCOL, {
    headers: { authorization: `Bearer ${SECRET}` },
  });
  socket.on('error', () => undefined);
  undo.push(() => socket.terminate());
  await new Promise((resolve) => socket.once('open', resolve));
  return socket;
}
const hello = (more: object = {}): LinkFrame => ({
  type: 'hello',
  role: 'gateway',
  id: 'g9',
  incarnation: 'x',
  versions: [1],
  ring_version: 0,
  ...more,
});

test('both ends know each other, their load and their ring version', async () => {
  const node = await startNode();
  const gateway = await open(node.port);
  await until(() => gateway.end.pings > 0 && node.end.pings > 0);
  expect(gateway.link.peer).toMatchObject({ role: 'node', id: 'n1', incarnation: 'i1' });
  expect([gateway.link.peerLoad, gateway.link.peerRingVersion]).toEqual([7, 3]);
  expect(node.end.links[0]?.peer).toMatchObject({ role: 'gateway', id: 'g1', incarnation: 'j1' });
  expect([node.end.links[0]?.peerLoad, node.end.links[0]?.peerRingVersion]).toEqual([11, 5]);
});

test('frames of one turn travel in one message, in order', async () => {
  const node = await startNode({ ...QUICK, linkPingMs: 10_000, linkSilentMs: 20_000 });
  const gateway = await open(node.port, { ...QUICK, linkPingMs: 10_000, linkSilentMs: 20_000 });
  const before = await value(gateway.metrics, 'mp_link_messages_sent_total');
  for (let i = 0; i < 500; i++) gateway.link.send(bind(i));
  await until(() => node.end.frames.length === 500);
  expect(node.end.frames.map((frame) => (frame.type === 'bind' ? frame.session : -1))).toEqual([...Array(500).keys()]);
  expect((await value(gateway.metrics, 'mp_link_messages_sent_total')) - before).toBe(1);
});

test('a wrong secret and a wrong path are refused, and dialling goes on', async () => {
  const node = await startNode();
  const gateway = dial(node.port, QUICK, { secret: 'guess' });
  await until(() => gateway.end.failed.length >= 3);
  expect(gateway.end.failed.every((error) => error.kind === 'refused' && error.message.includes('401'))).toBe(true);
  expect(gateway.client.link).toBeUndefined();
  const lost = new WebSocket(`ws://127.0.0.1:${node.port}/other`, LINK_PROTOCOL);
  const answer = await new Promise((resolve) => lost.once('error', (error) => resolve(error.message)));
  expect(answer).toContain('404');
  expect(node.server.links.size).toBe(0);
});

test('while secrets rotate, the old and the new one are accepted', async () => {
  const node = await startNode(QUICK, { secrets: ['new', 'old'] });
  expect((await open(node.port, QUICK, { secret: 'new' })).link.open).toBe(true);
  expect((await open(node.port, QUICK, { secret: 'old' })).link.open).toBe(true);
});

test('a gateway finds a node that starts later, and again after it went away', async () => {
  const node = await startNode();
  const { port } = node;
  const gateway = await open(port);
  gateway.link.send(bind(1));
  gateway.link.flush();
  await node.server.close();
  expect(node.end.frames, 'sent before the close, read after it').toHaveLength(1);
  await until(() => gateway.end.closed.length === 1 && gateway.end.failed.length > 0);
  expect(gateway.end.closed[0]?.kind).toBe('closed');
  expect(gateway.client.link).toBeUndefined();
  createLinkServer({
    server: node.http,
    self: { role: 'node', id: 'n1', incarnation: 'i2', load: () => 0, ringVersion: () => 0 },
    clusterSecrets: [SECRET],
    config: QUICK,
    clock: systemClock,
    log,
    metrics: node.metrics,
    events: eventsOf(node.end),
  });
  await until(() => gateway.client.link?.peer.incarnation === 'i2');
});

test('a half-open link is noticed by both ends as silence, and dialled again', async () => {
  const node = await startNode();
  const wire = await startWire(node.port);
  const gateway = await open(wire.port);
  await until(() => node.end.links.length === 1);
  const since = Date.now();
  wire.freeze();
  await until(() => gateway.end.closed.length === 1 && node.end.closed.length === 1);
  expect(gateway.end.closed[0]?.kind).toBe('silent');
  expect(node.end.closed[0]?.kind).toBe('silent');
  expect(Date.now() - since).toBeGreaterThanOrEqual(QUICK.linkSilentMs - 2 * QUICK.linkPingMs);
  wire.thaw();
  await until(() => gateway.client.link?.open);
});

test('an end whose own time stood still or jumped starts its silence window anew', async () => {
  let jump = 0;
  const clock = { now: () => Date.now() + jump };
  const node = await startNode({ ...QUICK, linkSilentMs: 10_000 });
  const wire = await startWire(node.port);
  const gateway = await open(wire.port, QUICK, { clock });
  wire.freeze();
  const since = Date.now();
  jump = 60_000;
  await until(() => gateway.end.closed.length === 1);
  expect(Date.now() - since).toBeGreaterThanOrEqual(QUICK.linkSilentMs);
});

test('a reader that is too slow costs its link, not memory without bound', async () => {
  const patient = { ...QUICK, linkSilentMs: 60_000 };
  const node = await startNode(patient);
  const wire = await startWire(node.port);
  await open(wire.port, patient);
  await until(() => node.end.links.length === 1);
  const link = node.end.links[0] as Link;
  wire.freeze();
  let most = 0;
  await until(() => {
    for (let i = 0; i < 4; i++) link.send(down(64 * 1024));
    most = Math.max(most, link.unsentBytes);
    return node.end.closed.length === 1;
  });
  expect(node.end.closed[0]?.kind).toBe('overflow');
  expect(most).toBeLessThan(patient.linkUnsentBytesMax + 512 * 1024);
});

test('a gateway that comes again replaces its old link before the new one opens', async () => {
  const order: string[] = [];
  const node = await startNode(QUICK, {
    events: {
      onOpen: (link: Link) => void order.push(`open ${link.peer.incarnation}`),
      onClose: (link: Link, error: LinkError) => void order.push(`${error.kind} ${link.peer.incarnation}`),
    },
  });
  for (const incarnation of ['a', 'b']) (await rawPeer(node.port)).send(encodeLinkFrames([hello({ incarnation })]));
  await until(() => order.length === 3);
  expect(order).toEqual(['open a', 'replaced a', 'open b']);
  expect(node.server.links.size).toBe(1);
});

test('a peer without a common version, or that speaks before HELLO, is not let in', async () => {
  const node = await startNode();
  for (const first of [hello({ versions: [99] }), hello({ role: 'node' }), bind(1)]) {
    const peer = await rawPeer(node.port);
    peer.send(encodeLinkFrames([first]));
    await new Promise((resolve) => peer.once('close', resolve));
  }
  expect(node.end.links).toHaveLength(0);
  expect(node.end.frames).toHaveLength(0);
});

test('garbage closes the link it came on with a typed error and nothing else', async () => {
  const node = await startNode({ ...QUICK, linkSilentMs: 10_000 });
  const good = await open(node.port, { ...QUICK, linkSilentMs: 10_000 });
  for (let i = 0; i < 100; i++) {
    const peer = await rawPeer(node.port);
    if (i % 2 === 0) peer.send(encodeLinkFrames([hello()]));
    if (i % 5 === 0) peer.send('text');
    peer.send(randomBytes(1 + (i % 40)));
    await new Promise((resolve) => peer.once('close', resolve));
  }
  const kinds = new Set(node.end.closed.map((error) => error.kind));
  expect([...kinds]).toEqual(['garbage']);
  expect(good.link.open).toBe(true);
  expect(node.server.links.size).toBe(1);
});

test('bytes that are no WebSocket frames close the link with a typed error', async () => {
  const node = await startNode({ ...QUICK, linkSilentMs: 10_000 });
  const peer = await rawPeer(node.port);
  peer.send(encodeLinkFrames([hello()]));
  await until(() => node.end.links.length === 1);
  // The raw socket below the peer: a way around its framing.
  (peer as unknown as { _socket: Socket })._socket.write(randomBytes(64).fill(0xff));
  await until(() => node.end.closed.length === 1);
  expect(node.end.closed[0]?.kind).toBe('garbage');
});

test('a handler that throws ends its own link only', async () => {
  const node = await startNode(QUICK, {
    events: {
      onFrame: () => {
        throw new Error('a bug');
      },
    },
  });
  const gateway = await open(node.port);
  gateway.link.send(bind(1));
  await until(() => node.end.closed.length === 1);
  expect(node.end.closed[0]?.kind).toBe('internal');
  await until(() => gateway.client.link?.open);
});
