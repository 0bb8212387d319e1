// A node over real links, real HTTP and embedded capabilities: what it sends to whom, once, in order.
import { CLOSE, formatSeq, type Receipt, SEQ_ZERO } from '@message-push/protocol';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { Maker, openStores, postOf, receiptsOn, type Stores, startNode, type TestNode, Undo } from './fixture.ts';
import { TestGateway, type TestSession } from './fixture-gateway.ts';

const undo = new Undo();
let stores: Stores;
let node: TestNode;
let gateway: TestGateway;
let maker: Maker;

/** Each test has a person of its own. */
let uid = '';
let persons = 0;

beforeAll(async () => {
  stores = await openStores(undo);
  node = await startNode(undo, stores, 'node-1');
  gateway = new TestGateway(undo, node);
  await until(() => gateway.link !== undefined);
});
beforeEach(() => {
  uid = `u${++persons}`;
  maker = new Maker(stores.state);
});
afterEach(() => gateway.endAll());
afterAll(() => undo.run());

const until = (done: () => unknown) => vi.waitFor(() => expect(done()).toBeTruthy(), { timeout: 5000, interval: 5 });

async function receiptsOf(messageId: string): Promise<Receipt[]> {
  return (await receiptsOn(stores.bus)).filter(({ message_id }) => message_id === messageId);
}

async function metric(name: string): Promise<number> {
  return (await node.metrics.getSingleMetric(`mp_node_${name}`)?.get())?.values[0]?.value ?? 0;
}

async function online(person: string, about: Partial<TestSession['about']> = {}, at = gateway): Promise<TestSession> {
  const session = at.session({ uid: person, ...about });
  session.bind();
  await until(() => session.bounds.length > 0 || session.refused);
  return session;
}

test('a posted message reaches the session of its receiver, and its receipt says so', async () => {
  const session = await online(uid);
  const made = await maker.make(uid);
  expect(made.binds).toBe(1);
  expect(await node.post(postOf(made))).toEqual([1]);
  await until(() => session.received.length === 1);
  expect(session.received).toEqual(['m1']);
  await vi.waitFor(async () => {
    // Its hops may have come in one receipt or in two.
    const receipt = Object.assign({}, ...(await receiptsOf(made.message.message_id)));
    expect(receipt).toMatchObject({
      message_id: made.message.message_id,
      app: 'demo',
      uid,
      seq: made.message.seq,
      node: 'node-1',
      gateway: 'gateway-1',
      session_id: session.id,
      platform: 'h5',
      routed_at: expect.any(Number),
      written_at: expect.any(Number),
    });
  });
});

test('nobody bound answers 0, and another incarnation is refused', async () => {
  const made = await maker.make('nobody');
  expect(await node.post(postOf(made))).toEqual([0]);
  const request = { v: 1, lane: 'x', incarnation: 'another', messages: [], deliveries: [] };
  const { status, body } = await node.call('POST', '/v1/inner/push', request);
  expect([status, body]).toMatchObject([409, { error: 'WRONG_INCARNATION' }]);
});

test('what waited in the inbox comes at the bind, in order', async () => {
  for (let i = 0; i < 5; i++) await maker.make(uid);
  const session = await online(uid);
  await until(() => session.received.length === 5);
  expect(session.received).toEqual(['m1', 'm2', 'm3', 'm4', 'm5']);
});

test('a delivery that comes before the bind is answered is neither lost nor doubled', async () => {
  const session = gateway.session({ uid });
  session.bind();
  const first = await maker.make(uid);
  const second = await maker.make(uid);
  await node.post(postOf(first, second));
  await node.post(postOf(second));
  await until(() => session.received.length >= 2);
  expect(session.received).toEqual(['m1', 'm2']);
});

test('a missing delivery makes the node read the inbox, so that order is kept', async () => {
  const session = await online(uid);
  await maker.make(uid);
  const second = await maker.make(uid);
  expect(await node.post(postOf(second))).toEqual([1]);
  await until(() => session.received.length === 2);
  expect(session.received).toEqual(['m1', 'm2']);
});

test('posts that come again are sent once', async () => {
  const session = await online(uid);
  const made = [await maker.make(uid), await maker.make(uid)];
  await node.post(postOf(...made));
  await node.post(postOf(...made));
  const last = await maker.make(uid);
  await node.post(postOf(last));
  await until(() => session.received.includes('m3'));
  expect(session.received).toEqual(['m1', 'm2', 'm3']);
});

test('filters by platform and device leave others out and hold nobody up', async () => {
  const catchUps = await metric('catch_ups_total');
  const h5 = await online(uid, { platform: 'h5' });
  const phone = await online(uid, { platform: 'iOS', scope: 'd:phone' });
  const all = await maker.make(uid);
  const ios = await maker.make(uid, { platforms: ['ios'] });
  const device = await maker.make(uid, { device_ids: ['phone'] });
  const nobody = await maker.make(uid, { device_ids: ['other'] });
  const end = await maker.make(uid);
  expect(await node.post(postOf(all, ios, device, nobody, end))).toEqual([2, 1, 1, 0, 2]);
  await until(() => h5.received.length === 2 && phone.received.length === 4);
  expect(h5.received).toEqual(['m1', 'm5']);
  expect(phone.received).toEqual(['m1', 'm2', 'm3', 'm5']);
  expect(await node.call('GET', '/v1/inner/stats')).toMatchObject({
    body: { catch_ups_total: catchUps, sessions: 2, uids: 1 },
  });
});

test('what has expired on its way is not sent', async () => {
  const session = await online(uid);
  const late = { ...(await maker.make(uid)) };
  late.message = { ...late.message, expires_at: Date.now() - 1 };
  const next = await maker.make(uid);
  expect(await node.post(postOf(late, next))).toEqual([0, 1]);
  await until(() => session.received.length > 0);
  expect(session.received).toEqual(['m2']);
});

test('an online-only message is sent once, outside of the order, and counts as written', async () => {
  const session = await online(uid);
  const message = { ...maker.message(), online_only: true as const };
  const post = { messages: [message], deliveries: [{ m: 0, uid, prev: SEQ_ZERO }] };
  expect(await node.post(post)).toEqual([1]);
  expect(await node.post(post)).toEqual([1]);
  await node.post(postOf(await maker.make(uid)));
  await until(() => session.received.includes('m2'));
  expect(session.received).toEqual(['m1', 'm2']);
  expect(session.seqs).toHaveLength(1);
  await vi.waitFor(async () => {
    const found = await receiptsOf(message.message_id);
    expect(found).toMatchObject([{ routed_at: expect.any(Number), written_at: expect.any(Number) }]);
  });
});

test('a message for many sessions is one frame on the link', async () => {
  const sessions = await Promise.all(Array.from({ length: 50 }, (_, i) => online(`${uid}-${i}`)));
  const message = maker.message();
  const calls = sessions.map(({ about }) => {
    const { app: _app, ...entry } = message;
    return { app: 'demo', uid: about.uid, entry };
  });
  const results = await stores.state.inboxes.append(calls);
  const deliveries = calls.map(({ uid }, i) => ({ m: 0, uid, prev: results[i]?.prev ?? '' }));
  const before = [await metric('frames_total'), await metric('deliveries_total')];
  await node.post({ messages: [message], deliveries });
  await until(() => sessions.every(({ received }) => received.length === 1));
  const after = [await metric('frames_total'), await metric('deliveries_total')];
  expect(after.map((count, i) => count - (before[i] ?? 0))).toEqual([1, 50]);
});

test("a cursor follows the slowest session of its scope, and an acknowledging client's own word", async () => {
  const fast = await online(uid);
  const slow = await online(uid);
  slow.writes = false;
  const made = await maker.make(uid);
  await node.post(postOf(made));
  await until(() => fast.received.length === 1 && slow.received.length === 1);
  const app = await online(uid, { scope: 'd:phone', platform: 'android', ack: true });
  await until(() => app.received.length === 1);
  await cursorsMoved();
  expect(await unread('p:h5', 'h5')).toBe(1);
  expect(await unread('d:phone', 'android')).toBe(1);
  slow.write();
  app.ack(made.message.seq);
  await vi.waitFor(async () => {
    expect(await unread('p:h5', 'h5')).toBe(0);
    expect(await unread('d:phone', 'android')).toBe(0);
  });
  await vi.waitFor(async () => {
    const [acked] = (await receiptsOf(made.message.message_id)).filter(({ acked_at }) => acked_at !== undefined);
    expect(acked).toMatchObject({ message_id: made.message.message_id, platform: 'android' });
  });

  /** The cursor of somebody else who wrote later has moved: whatever was to move before has. */
  async function cursorsMoved(): Promise<void> {
    const advance = vi.spyOn(stores.state.inboxes, 'advance');
    const other = `${uid}-other`;
    await online(other);
    await node.post(postOf(await maker.make(other)));
    await until(() => advance.mock.calls.flat(2).some((call) => call.uid === other));
    await Promise.all(advance.mock.results.map(({ value }) => value));
    advance.mockRestore();
  }

  /** Entries past the scope's cursor, as a new session of the scope would find them. */
  async function unread(scope: string, platform: string): Promise<number> {
    const bind = { node: 'probe', incarnation: 'p', ring_version: 0 };
    const request = { bind, scope, platform, repeat: false, enqueued: SEQ_ZERO, cursor: SEQ_ZERO, issued_at: 0 };
    const receiver = { app: 'demo', uid };
    const { start } = await stores.state.inboxes.bind(receiver, request);
    await stores.state.inboxes.unbind([{ ...receiver, node: 'probe', incarnation: 'p' }]);
    const pull = await stores.state.inboxes.pull(receiver, { scope, platform, after: start, bytesMax: 1e6 });
    return pull.entries.length;
  }
});

test('what a client that acknowledges was written counts as written when it is acknowledged, not before', async () => {
  const session = await online(uid, { scope: 'd:phone', platform: 'android', ack: true });
  const made = await maker.make(uid);
  await node.post(postOf(made));
  await until(() => session.received.length === 1);
  const facts = async () => Object.assign({}, ...(await receiptsOf(made.message.message_id)));
  // A message of somebody else that is written later is reported: what was to be reported of the first one has been.
  const other = `${uid}-other`;
  await online(other);
  const later = await maker.make(other);
  await node.post(postOf(later));
  await vi.waitFor(async () =>
    expect((await receiptsOf(later.message.message_id)).some(({ written_at }) => written_at !== undefined)).toBe(true),
  );
  expect(await facts()).toMatchObject({ routed_at: expect.any(Number) });
  expect(await facts()).not.toHaveProperty('written_at');
  const acknowledgedAt = Date.now();
  session.ack(made.message.seq);
  await vi.waitFor(async () =>
    expect(await facts()).toMatchObject({ platform: 'android', acked_at: expect.any(Number) }),
  );
  expect((await facts()).written_at).toBeLessThanOrEqual(acknowledgedAt);
});

test('the same device again closes its older session; a uid has a bounded number of sessions', async () => {
  const first = await online(uid, { scope: 'd:phone' });
  const second = await online(uid, { scope: 'd:phone' });
  await until(() => first.closed);
  expect(first.closed?.code).toBe(CLOSE.REPLACED);
  expect(second.closed).toBeUndefined();
  first.end();
  for (let i = 0; i < 15; i++) await online(uid);
  const over = await online(uid);
  expect(over.refused?.code).toBe(CLOSE.TOO_MANY_SESSIONS);
});

test('a revoked token is refused at the bind', async () => {
  await stores.state.inboxes.revokeBefore({ app: 'demo', uid }, 1000);
  const old = await online(uid, { issued_at: 999 });
  expect(old.refused?.code).toBe(CLOSE.REVOKED);
  const fresh = await online(uid, { issued_at: 1000 });
  expect(fresh.bounds).toHaveLength(1);
});

test('disconnect closes the sessions of a uid, or one of them', async () => {
  const one = await online(uid);
  const two = await online(uid);
  const answer = await node.call('POST', '/v1/inner/disconnect', { app: 'demo', uid, session_id: one.id });
  expect(answer).toEqual({ status: 200, body: { closed: 1, session_ids: [one.id] } });
  await until(() => one.closed);
  expect([one.closed?.code, two.closed]).toEqual([CLOSE.DISCONNECTED, undefined]);
  const sessions = await node.call('GET', `/v1/inner/sessions?app=demo&uid=${uid}`);
  expect(sessions.body).toMatchObject([{ session_id: one.id }, { session_id: two.id, gateway: 'gateway-1' }]);
});

test('the record of a person who is not here goes when a post comes for them, and stays for who has come meanwhile', async () => {
  const bind = { node: 'node-1', incarnation: node.incarnation, ring_version: 1, serial: 0 };
  const request = {
    bind,
    scope: 'p:h5',
    platform: 'h5',
    repeat: false,
    enqueued: SEQ_ZERO,
    cursor: SEQ_ZERO,
    issued_at: 0,
  };
  const here = `${uid}-here`;
  for (const person of [uid, here]) await stores.state.inboxes.bind({ app: 'demo', uid: person }, request);
  const session = gateway.session({ uid: here });
  const made = [await maker.make(uid), await maker.make(uid), await maker.make(here)];
  const posted = node.post(postOf(...made));
  session.bind();
  expect(await posted).toMatchObject([0, 0, expect.any(Number)]);
  await vi.waitFor(async () => expect(await stores.state.inboxes.binds([{ app: 'demo', uid }])).toEqual([[]]));
  await until(() => session.received.length === 1);
  expect(await stores.state.inboxes.binds([{ app: 'demo', uid: here }])).toMatchObject([[{ node: 'node-1' }]]);
});

test('the record of a uid goes with its last session, and a session that comes back meanwhile keeps it', async () => {
  const receiver = { app: 'demo', uid };
  const first = await online(uid);
  first.end();
  const second = await online(uid);
  await until(() => second.bounds.length === 1);
  expect(await stores.state.inboxes.binds([receiver])).toMatchObject([[{ node: 'node-1' }]]);
  second.end();
  await vi.waitFor(async () => expect(await stores.state.inboxes.binds([receiver])).toEqual([[]]));
});

test('calls without the secret, of unknown paths, too large or unreadable are refused', async () => {
  const url = `http://${node.address}`;
  expect((await fetch(`${url}/v1/inner/stats`)).status).toBe(403);
  expect((await fetch(`${url}/nothing`)).status).toBe(404);
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
  expect(await node.call('POST', '/v1/inner/push', { v: 2 })).toMatchObject({ status: 400 });
  const large = { v: 1, lane: 'x'.repeat(9 * 1024 * 1024) };
  expect(await node.call('POST', '/v1/inner/push', large)).toMatchObject({ status: 413 });
});

test('sequences of the gateway that were never sent move nothing', async () => {
  const session = await online(uid);
  const seq = formatSeq({ generation: 9999, offset: 1, index: 0 });
  gateway.send({ type: 'written', positions: [{ session: session.number, bind: session.outlet.bind, seq }] });
  const made = await maker.make(uid);
  await node.post(postOf(made));
  await until(() => session.received.length === 1);
  const again = await online(uid);
  expect(again.bounds[0]?.start).not.toBe(seq);
});
