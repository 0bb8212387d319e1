// Sessions and nodes over real links: where they are bound, how they move, what happens when a node goes.
import type { UnbindFrame } from '@message-push/protocol';
import { createEmbeddedRegistry } from '@message-push/registry';
import { buildRing } from '@message-push/ring';
import { md5 } from '@message-push/ring/md5';
import { afterEach, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import {
  bound,
  login,
  metric,
  type NodeEnd,
  seqOf,
  startGateway,
  startNode,
  startPlatform,
  undoAll,
  until,
} from './fixture.ts';

afterEach(undoAll);

const uids = Array.from({ length: 40 }, (_, i) => `u${i}`);
const boundUids = (node: NodeEnd) => node.binds.map((frame) => frame.uid).sort();
const unbinds = (node: NodeEnd) => node.frames.filter((frame): frame is UnbindFrame => frame.type === 'unbind');
/** The uids whose owner among these nodes is `id`. */
function ownedBy(id: string, ids: string[]): string[] {
  const ring = buildRing(
    ids.map((each) => ({ id: each })),
    md5,
  );
  return uids.filter((uid) => ring.owner(uid) === id).sort();
}
async function twoNodes(more: Parameters<typeof startGateway>[0] = {}) {
  const platform = await startGateway(more);
  const [a, b] = [await startNode(platform.registry, 'a'), await startNode(platform.registry, 'b')];
  await until(async () => (await platform.state.ring.read()).nodes.length === 2 && platform.app.missing().length === 0);
  return { platform, a, b };
}

test('each session is bound at the node that the ring names', async () => {
  const { platform, a, b } = await twoNodes();
  await Promise.all(uids.map((uid) => login(platform, uid)));
  expect(boundUids(a)).toEqual(ownedBy('a', ['a', 'b']));
  expect(boundUids(b)).toEqual(ownedBy('b', ['a', 'b']));
});

test('a node that joins gets exactly the sessions it owns; their clients notice nothing and lose nothing', async () => {
  const platform = await startPlatform();
  const old = platform.node;
  const clients = await Promise.all(uids.map((uid) => login(platform, uid)));
  for (const frame of old.binds) old.down(frame, 'before', seqOf(1));
  await Promise.all(clients.map((client) => client.until(() => client.messages().length === 1)));
  const newcomer = await startNode(platform.registry, 'n2');
  const moved = ownedBy('n2', ['n1', 'n2']);
  await until(() => unbinds(old).length === moved.length);
  expect(boundUids(newcomer)).toEqual(moved);
  for (const frame of newcomer.binds) {
    expect(frame).toMatchObject({ bind: 2, repeat: true, enqueued: seqOf(1), written: seqOf(1) });
    newcomer.down(frame, 'again', seqOf(1));
    newcomer.down(frame, 'after', seqOf(2));
  }
  for (const [i, uid] of uids.entries()) {
    const client = clients[i];
    if (client === undefined || !moved.includes(uid)) continue;
    await client.until(() => client.messages().length === 2);
    expect(client.messages().map((message) => message.content)).toEqual(['before', 'after']);
  }
  expect(clients.every((client) => client.closed === undefined)).toBe(true);
  expect(unbinds(old).every((frame) => !frame.ended)).toBe(true);
});

test('the old node keeps a moving session until the new one has answered', async () => {
  const platform = await startPlatform();
  await Promise.all(uids.map((uid) => login(platform, uid)));
  const registry = createEmbeddedRegistry();
  const newcomer = await startNode(registry, 'n2');
  newcomer.answer = () => undefined;
  await platform.registry.register(newcomer.registration);
  await until(() => newcomer.binds.length > 0);
  expect(unbinds(platform.node)).toHaveLength(0);
  newcomer.answer = bound;
  for (const frame of newcomer.binds) newcomer.links[0]?.send(bound(frame));
  await until(() => unbinds(platform.node).length === ownedBy('n2', ['n1', 'n2']).length);
});

test('a join moves its sessions in small batches, as fast as the new node answers', async () => {
  const config = { gatewayMoveBatch: 3, gatewayTickMs: 50, gatewayOwnerWaitMs: 8000 };
  const platform = await startPlatform({ config });
  await Promise.all(uids.map((uid) => login(platform, uid)));
  const moving = ownedBy('n2', ['n1', 'n2']);
  expect(moving.length).toBeGreaterThan(12);
  const registry = createEmbeddedRegistry();
  const newcomer = await startNode(registry, 'n2');
  const held: typeof newcomer.binds = [];
  let most = 0;
  newcomer.answer = (frame) => {
    most = Math.max(most, held.push(frame));
    return undefined;
  };
  await platform.registry.register(newcomer.registration);
  // Three in the first tick, then one for each further tick without an answer.
  await until(() => held.length >= 3);
  expect(held.length).toBeLessThanOrEqual(5);
  for (let answered = 0; answered < moving.length; answered++) {
    await until(() => held.length > 0);
    const frame = held.shift();
    if (frame !== undefined) newcomer.links[0]?.send(bound(frame));
  }
  await until(() => unbinds(platform.node).length === moving.length);
  expect(most).toBeLessThanOrEqual(6);
  expect(await metric(platform, 'mp_gateway_moves_total')).toBe(moving.length);
});

test('an online-only message that both nodes of a move send is written once, and moves no position', async () => {
  const platform = await startPlatform();
  const uid = ownedBy('n2', ['n1', 'n2'])[0] ?? '';
  const client = await login(platform, uid);
  const [first] = platform.node.binds;
  if (first === undefined) throw new Error('not bound');
  platform.node.down(first, 'kept', seqOf(1));
  platform.node.down(first, 'once', seqOf(5), true);
  await client.until(() => client.messages().length === 2);
  const newcomer = await startNode(platform.registry, 'n2');
  await until(() => unbinds(platform.node).length === 1);
  const [second] = newcomer.binds;
  if (second === undefined) throw new Error('not bound');
  expect(second).toMatchObject({ bind: 2, enqueued: seqOf(1), written: seqOf(1) });
  newcomer.down(second, 'once', seqOf(5), true);
  newcomer.down(second, 'kept too', seqOf(2));
  newcomer.down(second, 'next', seqOf(6), true);
  await client.until(() => client.messages().length === 4);
  expect(client.messages().map((message) => message.content)).toEqual(['kept', 'once', 'kept too', 'next']);
  const written = () =>
    newcomer.frames.flatMap((frame) => (frame.type === 'written' ? frame.positions.map(({ seq }) => seq) : []));
  await until(() => written().length > 0);
  expect(written()).toEqual([seqOf(2)]);
});

test('frames of the old bind are dropped, whoever sends them', async () => {
  const platform = await startPlatform();
  const client = await login(platform, 'u1');
  const frame = platform.node.binds[0];
  if (frame === undefined) throw new Error('not bound');
  platform.node.down({ ...frame, bind: frame.bind + 1 }, 'of no bind', seqOf(3));
  platform.node.down({ ...frame, session: frame.session + 1 }, 'of no session', seqOf(3));
  platform.node.down(frame, 'right', seqOf(3));
  platform.node.down(frame, 'twice', seqOf(3));
  platform.node.down(frame, 'older', seqOf(2));
  platform.node.down(frame, 'online only', seqOf(1), true);
  await client.until(() => client.messages().length === 2);
  expect(client.messages().map((message) => message.content)).toEqual(['right', 'online only']);
});

test('a killed node leaves the ring and its sessions are bound at the next one; clients stay connected', async () => {
  const { platform, a, b } = await twoNodes();
  const clients = await Promise.all(uids.map((uid) => login(platform, uid)));
  const orphans = ownedBy('a', ['a', 'b']);
  const since = Date.now();
  await a.kill();
  await until(() => b.binds.length === uids.length);
  expect(Date.now() - since).toBeLessThan(2000);
  expect(boundUids(b)).toEqual([...uids].sort());
  expect(
    b.binds
      .filter((frame) => frame.repeat)
      .map((frame) => frame.uid)
      .sort(),
  ).toEqual(orphans);
  expect(clients.every((client) => client.closed === undefined)).toBe(true);
  await until(async () => (await platform.state.ring.read()).nodes.length === 1);
  expect((await platform.state.ring.read()).cause).toContain('a left: it refused the link');
});

test('a draining node gives its sessions away and is not chosen any more', async () => {
  const { platform, a, b } = await twoNodes();
  await Promise.all(uids.map((uid) => login(platform, uid)));
  const moving = ownedBy('a', ['a', 'b']);
  await platform.registry.register({ ...a.registration, metadata: { state: 'draining' } });
  a.say('draining');
  await until(() => unbinds(a).length === moving.length);
  expect(b.binds.length).toBe(uids.length);
  await a.kill();
  await platform.registry.deregister(a.registration);
  await until(async () => (await platform.state.ring.read()).nodes.length === 1);
  expect((await platform.state.ring.read()).cause).toBe('a left: drained');
});

test('a node that refuses is passed over, and with a close code the session ends', async () => {
  const { platform, a, b } = await twoNodes();
  const refusing = (code: number) => (frame: { session: number; bind: number }) =>
    ({ type: 'refused', session: frame.session, bind: frame.bind, code, reason: 'no' }) as const;
  a.answer = refusing(0);
  const uid = ownedBy('a', ['a', 'b'])[0] ?? '';
  const client = await login(platform, uid);
  expect(client.frames[0]?.data?.code).toBe(1);
  expect(boundUids(b)).toEqual([uid]);
  b.answer = refusing(4502);
  const other = login(platform, ownedBy('b', ['a', 'b'])[0] ?? '');
  await expect(other).rejects.toThrow('4502');
});

test('a node that does not answer a BIND is passed over after its time', async () => {
  const { platform, a, b } = await twoNodes({ config: { gatewayOwnerWaitMs: 150 } });
  a.answer = () => undefined;
  const uid = ownedBy('a', ['a', 'b'])[0] ?? '';
  await login(platform, uid);
  expect(boundUids(b)).toEqual([uid]);
  await until(() => unbinds(a).length === 1);
});

test('sessions go back to their owner when it comes back, also as a new incarnation', async () => {
  const { platform, a, b } = await twoNodes();
  await Promise.all(uids.map((uid) => login(platform, uid)));
  const port = Number(a.registration.address.split(':')[1]);
  await a.kill();
  await until(() => b.binds.length === uids.length);
  const again = await startNode(platform.registry, 'a', { port });
  await until(() => again.binds.length === ownedBy('a', ['a', 'b']).length);
  expect(boundUids(again)).toEqual(ownedBy('a', ['a', 'b']));
});

test('a session that ends unbinds with its last positions', async () => {
  const platform = await startPlatform({ config: { gatewayTickMs: 1000 } });
  const client = await login(platform, 'u1');
  const [frame] = platform.node.binds;
  if (frame === undefined) throw new Error('not bound');
  platform.node.down(frame, 'hello', seqOf(4));
  await client.until(() => client.messages().length === 1);
  client.send({ cmd: 'ACK', data: { seq: seqOf(4) } });
  client.send({ cmd: 'ACK', data: { seq: seqOf(9) } });
  client.close();
  await until(() => unbinds(platform.node).length === 1);
  const { session, bind } = frame;
  const position = { positions: [{ session, bind, seq: seqOf(4) }] };
  expect(platform.node.frames.slice(1)).toEqual([
    { type: 'written', ...position },
    { type: 'acked', ...position },
    { type: 'unbind', session, bind, ended: true },
  ]);
});

test('a node may close a session with its code', async () => {
  const platform = await startPlatform();
  const client = await login(platform, 'u1');
  const [frame] = platform.node.binds;
  platform.node.links[0]?.send({
    type: 'close',
    session: frame?.session ?? 0,
    bind: frame?.bind ?? 0,
    code: 4503,
    reason: 'bye',
  });
  expect(await client.until(() => client.closed)).toEqual({ code: 4503, reason: 'bye' });
  await until(() => unbinds(platform.node).length === 1);
});

test('a session that is told to close by the node it is leaving closes, wherever its bind has got to', async () => {
  const { platform, a, b } = await twoNodes();
  const [mover = ''] = ownedBy('b', ['a', 'b']);
  b.answer = (frame) => (frame.bind === 1 ? bound(frame) : undefined);
  const client = await login(platform, mover);
  const [first] = b.binds;
  // It is on its way from b to a, which has not answered.
  a.answer = () => undefined;
  b.say('draining');
  await until(() => a.binds.length === 1);
  const { session = 0, bind = 0 } = first ?? {};
  expect(a.binds[0]).toMatchObject({ session, bind: bind + 1 });
  b.links[0]?.send({ type: 'close', session, bind, code: 4503, reason: 'bye' });
  expect(await client.until(() => client.closed)).toEqual({ code: 4503, reason: 'bye' });
  await until(() => unbinds(a).length === 1 && unbinds(b).length === 1);
  expect([...unbinds(a), ...unbinds(b)].every(({ ended }) => ended)).toBe(true);
});

test('a stopping gateway spreads its closes over the drain window, with 4001, and lets its nodes go', async () => {
  const platform = await startPlatform({ config: { gatewayDrainMs: 400 } });
  const clients = await Promise.all(uids.map((uid) => login(platform, uid)));
  const closes: number[] = [];
  for (const client of clients) client.socket.on('close', () => closes.push(Date.now()));
  const since = Date.now();
  const stopped = platform.app.stop();
  const late = new WebSocket(`${platform.url}?Authorization=pc:x&auth-app-id=shop`);
  const refusal = await new Promise((resolve) => late.once('error', (error) => resolve(error.message)));
  expect(refusal).toContain('503');
  await stopped;
  expect(new Set(clients.map((client) => client.closed?.code))).toEqual(new Set([4001]));
  expect((closes.at(-1) ?? 0) - (closes[0] ?? 0)).toBeGreaterThan(200);
  expect(Date.now() - since).toBeLessThan(1500);
  expect(unbinds(platform.node)).toHaveLength(uids.length);
  await until(() => platform.node.links.length === 0);
});

test('a gateway without sessions stops at once and frees its port', async () => {
  const platform = await startPlatform({ config: { gatewayDrainMs: 5000 } });
  const since = Date.now();
  await platform.app.stop();
  expect(Date.now() - since).toBeLessThan(500);
  await expect(fetch(`${platform.http}/healthz`)).rejects.toThrow();
});
