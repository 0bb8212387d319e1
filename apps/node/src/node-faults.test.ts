// A node when something goes away: state, the bus, another node, its own place on the ring.
import type { Bus } from '@message-push/bus';
import { SEQ_ZERO } from '@message-push/protocol';
import type { State } from '@message-push/state';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import own from '../package.json' with { type: 'json' };
import {
  dropFromRing,
  Maker,
  openStores,
  postOf,
  receiptsOn,
  type Stores,
  startNode,
  switchable,
  type TestNode,
  Undo,
} from './fixture.ts';
import { TestGateway, type TestSession } from './fixture-gateway.ts';

const undo = new Undo();
let stores: Stores;
let state: State & { away: boolean };
let node: TestNode;
let gateway: TestGateway;
let maker: Maker;

beforeEach(async () => {
  stores = await openStores(undo);
  state = switchable(stores.state);
  maker = new Maker(stores.state);
  node = await startNode(undo, stores, 'node-1', { NODE_RETRY_MIN_MS: '10', NODE_RETRY_MAX_MS: '50' }, state);
  gateway = await gatewayAt(node);
});
afterEach(() => undo.run());

const until = (done: () => unknown) => vi.waitFor(() => expect(done()).toBeTruthy(), { timeout: 5000, interval: 5 });

async function gatewayAt(at: TestNode, id = 'gateway-1'): Promise<TestGateway> {
  const made = new TestGateway(undo, at, id);
  await until(() => made.link !== undefined);
  return made;
}

async function online(uid: string, about: Partial<TestSession['about']> = {}, at = gateway): Promise<TestSession> {
  const session = at.session({ uid, ...about });
  session.bind();
  await until(() => session.bounds.length > 0 || session.refused);
  return session;
}

const bindsOf = async (uid: string) => (await stores.state.inboxes.binds([{ app: 'demo', uid }]))[0] ?? [];

test('while state is away a LOGIN is taken at once, and the session catches up when it is back', async () => {
  await maker.make('u1');
  state.away = true;
  const session = await online('u1');
  expect(session.bounds).toMatchObject([{ attached: false, start: SEQ_ZERO }]);
  await maker.make('u1');
  state.away = false;
  await until(() => session.received.length === 2);
  expect(session.received).toEqual(['m1', 'm2']);
  expect(session.bounds[1]).toMatchObject({ attached: true });
});

test('a delivery that cannot be read while state is away comes when it is back, in order', async () => {
  const session = await online('u1');
  await maker.make('u1');
  const second = await maker.make('u1');
  state.away = true;
  expect(await node.post(postOf(second))).toEqual([1]);
  state.away = false;
  await until(() => session.received.length === 2);
  expect(session.received).toEqual(['m1', 'm2']);
});

test('records that state has lost are made again on a new connection, and what was missed is fetched', async () => {
  const session = await online('u1');
  state.away = true;
  await stores.state.inboxes.unbind([{ app: 'demo', uid: 'u1', node: 'node-1', incarnation: node.incarnation }]);
  const missed = await maker.make('u1');
  expect(missed.binds).toBe(0);
  state.away = false;
  await until(() => session.received.length === 1);
  expect(await bindsOf('u1')).toHaveLength(1);
});

test('an unbind that failed, or that state has lost, is repeated; a person who came back stays bound', async () => {
  const [gone, lost, back] = [await online('gone'), await online('lost'), await online('back')];
  lost.end();
  await vi.waitFor(async () => expect(await bindsOf('lost')).toEqual([]));
  state.away = true;
  gone.end();
  back.end();
  await online('back');
  // As if state had come back from an older copy.
  const bind = { node: 'node-1', incarnation: node.incarnation, ring_version: 1 };
  const request = { bind, scope: 'p:h5', platform: 'h5', repeat: false, enqueued: SEQ_ZERO, cursor: SEQ_ZERO };
  await stores.state.inboxes.bind({ app: 'demo', uid: 'lost' }, { ...request, issued_at: 0 });
  expect([(await bindsOf('gone')).length, (await bindsOf('lost')).length]).toEqual([1, 1]);
  state.away = false;
  await vi.waitFor(async () => {
    expect(await bindsOf('gone')).toEqual([]);
    expect(await bindsOf('lost')).toEqual([]);
  });
  expect(await bindsOf('back')).toHaveLength(1);
});

test('an unbind that is repeated late does not unbind a person who came back in the meantime', async () => {
  const unbind = vi.spyOn(state.inboxes, 'unbind').mockRejectedValueOnce(new Error('away'));
  (await online('u1')).end();
  await until(() => unbind.mock.calls.length === 1);
  await online('u1');
  (await online('u2')).end();
  await vi.waitFor(async () => expect(await bindsOf('u2')).toEqual([]));
  expect(await bindsOf('u1')).toHaveLength(1);
});

test('an unbind that state carries out behind a newer bind leaves its record; the next one removes it', async () => {
  const carryOut = state.inboxes.unbind;
  const held = Promise.withResolvers<void>();
  const unbind = vi.spyOn(state.inboxes, 'unbind').mockImplementationOnce(async (calls) => {
    await held.promise;
    await carryOut(calls);
  });
  (await online('u1')).end();
  await until(() => unbind.mock.calls.length === 1);
  const back = await online('u1');
  held.resolve();
  await unbind.mock.results[0]?.value;
  expect(await bindsOf('u1')).toHaveLength(1);
  back.end();
  await vi.waitFor(async () => expect(await bindsOf('u1')).toEqual([]));
});

test('the cursor of a session that ended while state was away arrives later: nothing is replayed', async () => {
  const session = await online('u1');
  const made = await maker.make('u1');
  await node.post(postOf(made));
  state.away = true;
  await until(() => session.received.length === 1);
  session.end();
  state.away = false;
  await vi.waitFor(async () => expect(await bindsOf('u1')).toEqual([]));
  const next = await online('u1');
  expect(next.bounds[0]?.start).toBe(made.message.seq);
  expect(next.received).toEqual([]);
});

test('a node that died before it reported a write leaves no message without a receipt', async () => {
  const bus = await withoutPublish();
  const silent = await startNode(undo, { ...stores, bus }, 'node-2', { NODE_CURSOR_FLUSH_MS: '10000' });
  const there = await gatewayAt(silent);
  const session = await online('u1', {}, there);
  const made = await maker.make('u1');
  await silent.post(postOf(made));
  await until(() => session.received.length === 1);
  const moved = gateway.adopt(session);
  moved.bind();
  await until(() => moved.bounds.length === 1);
  await vi.waitFor(async () => {
    const [receipt] = await receiptsOn(stores.bus);
    const { message_id } = made.message;
    expect(receipt).toMatchObject({ message_id, written_at: expect.any(Number), node: 'node-1' });
  });
  expect(moved.received).toEqual([]);
});

test('a cursor moves after the receipts of what it passes, or when the bus is away for long', async () => {
  const advance = vi.spyOn(stores.state.inboxes, 'advance');
  const bus = await withoutPublish();
  const slow = await startNode(undo, { ...stores, bus }, 'node-2', { NODE_RECEIPT_WAIT_MS: '300' });
  const session = await online('u1', {}, await gatewayAt(slow));
  const made = await maker.make('u1');
  const from = performance.now();
  await slow.post(postOf(made));
  await until(() => advance.mock.calls.length > 0);
  expect(performance.now() - from).toBeGreaterThan(300);
  expect(session.received).toEqual(['m1']);
});

/** The bus as a node sees it that cannot store anything on it. */
async function withoutPublish(): Promise<Bus> {
  const { bus } = stores;
  const described = await bus.describe('receipts');
  return Object.assign(Object.create(bus), {
    describe: async () => described,
    publish: () => Promise.reject(new Error('away')),
  });
}

test('receipts wait while the bus is away', async () => {
  const publish = vi.spyOn(stores.bus, 'publish').mockRejectedValue(new Error('away'));
  const session = await online('u1');
  const made = await maker.make('u1');
  await node.post(postOf(made));
  await until(() => session.received.length === 1);
  await until(() => publish.mock.calls.length >= 2);
  publish.mockRestore();
  await vi.waitFor(async () =>
    expect(await receiptsOn(stores.bus)).toMatchObject([{ written_at: expect.any(Number) }]),
  );
});

test('a session that moves to another node in full flow loses and doubles nothing', async () => {
  const other = await startNode(undo, stores, 'node-2');
  const elsewhere = await gatewayAt(other);
  const session = await online('u1');
  const early = [await maker.make('u1'), await maker.make('u1')];
  await node.post(postOf(...early));
  await until(() => session.received.length === 2);
  const between = await maker.make('u1');
  const moved = elsewhere.adopt(session);
  moved.bind();
  await until(() => moved.bounds.length === 1);
  session.end();
  const late = await maker.make('u1');
  for (const at of [node, other]) await at.post(postOf(...early, between, late));
  await until(() => moved.received.length === 2);
  expect(moved.received).toEqual(['m3', 'm4']);
  await vi.waitFor(async () => expect(await bindsOf('u1')).toMatchObject([{ node: 'node-2' }]));
});

test('an online-only message that is posted to both nodes of a move goes out once', async () => {
  const other = await startNode(undo, stores, 'node-2');
  const elsewhere = await gatewayAt(other);
  const session = await online('u1');
  const messages = [1, 2].map(() => ({ ...maker.message(), online_only: true as const }));
  const post = { messages, deliveries: messages.map((_, m) => ({ m, uid: 'u1', prev: SEQ_ZERO })) };
  await node.post({ ...post, deliveries: post.deliveries.slice(0, 1) });
  await until(() => session.received.length === 1);
  const moved = elsewhere.adopt(session);
  moved.bind();
  await until(() => moved.bounds.length === 1);
  await other.post(post);
  await until(() => moved.received.includes('m2'));
  expect([...session.received, ...moved.received]).toEqual(['m1', 'm2']);
});

test('a gateway whose link breaks leaves no record behind', async () => {
  await online('u1');
  await gateway.client.close();
  await vi.waitFor(async () => expect(await bindsOf('u1')).toEqual([]));
});

test('a draining node refuses BIND without a close code, and stops when its sessions are gone', async () => {
  const session = await online('u1');
  const stopped = node.app.stop();
  await until(() => node.app.missing().includes('the node is draining'));
  const late = await online('u2');
  expect(late.refused?.code).toBe(0);
  session.end();
  await stopped;
  expect(await bindsOf('u1')).toEqual([]);
});

test('draining can be asked for, and taken back', async () => {
  const states: string[] = [];
  stores.registry.watch('node', (list) => states.push(list[0]?.metadata.state ?? ''));
  expect(await node.call('POST', '/v1/inner/drain', {})).toMatchObject({ body: { state: 'draining' } });
  expect(await node.call('POST', '/v1/inner/drain', { undo: true })).toMatchObject({ body: { state: 'up' } });
  await until(() => states.at(-1) === 'up');
  expect(states).toEqual(['up', 'draining', 'up']);
  expect((await online('u1')).bounds).toHaveLength(1);
});

test('a node tells the registry its version, and its zone where it has one', async () => {
  const told = new Map<string, Record<string, string>>();
  stores.registry.watch('node', (list) => {
    for (const { id, metadata } of list) told.set(id, metadata);
  });
  await startNode(undo, stores, 'node-2', { NODE_ZONE: 'hangzhou-a' });
  await until(() => told.has('node-2'));
  const { version } = own;
  expect(told.get('node-2')).toEqual({ state: 'up', version, zone: 'hangzhou-a' });
  expect(told.get('node-1')).toEqual({ state: 'up', version });
});

test('a node that the ring has dropped comes back as another incarnation, without its sessions', async () => {
  await online('u1');
  await until(() => node.app.missing().length === 0);
  await dropFromRing(stores.state, 'node-1');
  await until(() => gateway.peers.length === 2);
  expect(gateway.peers).toEqual([node.incarnation, `${node.incarnation}.1`]);
  const stats = await node.call('GET', '/v1/inner/stats');
  expect(stats.body).toMatchObject({ incarnation: `${node.incarnation}.1`, sessions: 0 });
  await vi.waitFor(async () => expect(await bindsOf('u1')).toEqual([]));
});
