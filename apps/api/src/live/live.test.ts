// Live updates: told within a second, to those who may see them, resumed without loss or with a gap, and costing nothing when nobody listens.
import type { Bus, Tail } from '@message-push/bus';
import { type Receipt, receiptBatchJson } from '@message-push/protocol';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { operatorAt, type TestOperator } from '../routes/admin/fixture-operators.ts';
import { openWorld, type RunningApi, replaced, type World } from '../world.ts';
import { openStream, type TestStream } from './fixture-stream.ts';

let world: World;
let api: RunningApi;
let admin: TestOperator;
let owner: TestOperator;
let own: string;
let other: string;
const tails = { open: 0, begun: 0 };
const streams: TestStream[] = [];

beforeAll(async () => {
  world = await openWorld();
  const tail: Bus['tail'] = async (topic, options): Promise<Tail> => {
    const inner = await world.bus.tail(topic, options);
    tails.open++;
    tails.begun++;
    return {
      close: () => {
        tails.open--;
        inner.close();
      },
    };
  };
  api = await world.api(
    { API_STREAMS_PER_OPERATOR_MAX: '3', API_DRAIN_MS: '100' },
    { bus: replaced(world.bus, { tail }) },
  );
  own = (await world.app()).id;
  other = (await world.app()).id;
  admin = await operatorAt(world, api, 'admin');
  owner = await operatorAt(world, api, 'owner', [own]);
}, 60_000);
afterEach(() => {
  for (const stream of streams.splice(0)) stream.close();
});
afterAll(() => world.close());

async function listen(operator: TestOperator, query: string, lastId?: string): Promise<TestStream> {
  const stream = await openStream(api, operator, query, lastId);
  streams.push(stream);
  return stream;
}

async function push(app: string, ...uids: string[]): Promise<string> {
  const body = { app, push_method: 1, audience: { uids }, message: { title: 'secret title', content: 'secret words' } };
  const answer = await admin.ask('POST', '/push', body);
  return String(answer.body.data[0]?.message_id);
}

const tell = (...receipts: Receipt[]) =>
  world.bus.publish('receipts', [{ partition: 0, value: receiptBatchJson.encode({ v: 1, receipts }) }]);
const items = (data: Record<string, unknown>) => data.items as Record<string, unknown>[];

test('the receipts of a watched message are heard within a second of the push, also those from before it was watched', async () => {
  const message_id = await push(own, 'u1', 'u2');
  const t = Date.now();
  await tell({ message_id, app: own, uid: 'u1', routed_at: t, node: 'n1', ring_version: 3 });
  const stream = await listen(owner, `?message=${message_id}`);
  expect(stream.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  expect(stream.headers.get('cache-control')).toBe('no-cache, no-transform');
  await tell({ message_id, app: own, uid: 'u1', written_at: t + 4, acked_at: t + 9, platform: 'h5' });
  const began = Date.now();
  await stream.until('receipts', (data) => items(data).some(({ acked_at }) => acked_at === t + 9));
  expect(Date.now() - began).toBeLessThan(1_000);
  const facts = stream.heard.filter(({ event }) => event === 'receipts').flatMap(({ data }) => items(data));
  const merged = Object.assign({}, ...facts.filter(({ uid }) => uid === 'u1'));
  expect(merged).toMatchObject({ uid: 'u1', routed_at: t, node: 'n1', written_at: t + 4, acked_at: t + 9 });
  expect(facts).toContainEqual(expect.objectContaining({ uid: 'u2', queued_at: expect.any(Number) }));
  expect(JSON.stringify(stream.heard)).not.toContain('secret');
});

test('a message that is watched while another one already is, is told from its beginning too', async () => {
  const first = await listen(admin, `?message=${await push(own, 'u1')}`);
  await first.until('receipts');
  const message_id = await push(own, 'u9');
  await tell({ message_id, app: own, uid: 'u9', acked_at: 5 });
  const second = await listen(admin, `?message=${message_id}`);
  await second.until('receipts', (data) => items(data).some(({ acked_at }) => acked_at === 5));
  await second.until('receipts', (data) => items(data).some(({ queued_at }) => queued_at !== undefined));
  expect(first.heard.filter(({ data }) => data.message_id === message_id)).toEqual([]);
});

test('an owner hears of pushes of granted apps alone, and of no receipts of others', async () => {
  const all = await listen(admin, '?topics=pushes');
  const some = await listen(owner, '?topics=pushes,audit');
  const foreign = await push(other, 'u1');
  const spy = await listen(owner, `?message=${foreign}`);
  const mine = await push(own, 'u1', 'u2');
  await all.until('pushes', (data) => items(data).some((one) => one.message_id === foreign));
  const { data } = await some.until('pushes');
  expect(data).toEqual({ items: [{ message_id: mine, app: own, c_time: expect.any(Number), accepted: 2 }], more: 0 });
  await tell({ message_id: foreign, app: other, uid: 'u1', acked_at: 5 });
  await all.until('pushes', (one) => items(one).some(({ message_id }) => message_id === mine));
  expect(JSON.stringify([some.heard, spy.heard])).not.toContain(foreign);
  expect((await openStream(api, owner, '?topics=audit')).status).toBe(403);
});

test('deeds, rates and the health are told while somebody listens', async () => {
  const stream = await listen(admin, '?topics=health,rates,audit,ring');
  await stream.until('rates', (data) => typeof data.pushes_per_s === 'number');
  await stream.until('health');
  const message_id = await push(own, 'u1');
  const deed = await stream.until('audit', (data) => data.target === `message ${message_id}`);
  expect(deed.data).toEqual({
    ...{ actor: admin.email, action: 'message.send', target: `message ${message_id}`, at: expect.any(Number) },
  });
  await stream.until('rates', (data) => Number(data.pushes_per_s) > 0);
});

test('a stream that comes back goes on behind the last event it heard, without one twice', async () => {
  const stay = await listen(admin, '?topics=pushes');
  const leave = await listen(admin, '?topics=pushes');
  const ids = [await push(own, 'a')];
  const { id } = await leave.until('pushes');
  leave.close();
  ids.push(await push(own, 'b'));
  await stay.until('pushes', (data) => items(data).some((one) => one.message_id === ids[1]));
  const back = await listen(admin, '?topics=pushes', id);
  ids.push(await push(own, 'c'));
  await back.until('pushes', (data) => items(data).some((one) => one.message_id === ids[2]));
  const heard = [...leave.heard, ...back.heard];
  expect(heard.map(({ event }) => event)).not.toContain('gap');
  expect(heard.flatMap(({ data }) => items(data)).map((one) => one.message_id)).toEqual(ids);
});

test.each(['another-life-5', 'nonsense', `${'x'.repeat(100)}`])(
  'a stream behind %j is told of a gap',
  async (lastId) => {
    const stream = await listen(admin, '?topics=ring', lastId);
    await stream.until('gap');
  },
);

test('a stream ends within a second of its session, and of a change of what its operator may do', async () => {
  const ways: [string, (operator: TestOperator) => Promise<unknown>][] = [
    ['signed out', ({ ask }) => ask('DELETE', '/session')],
    ['disabled', ({ id }) => world.database.operators.update(id, { disabled: true })],
    ['another role', ({ id }) => world.database.operators.update(id, { role: 'viewer' })],
    ['another app', ({ id }) => world.database.operators.setGrants(id, [other])],
  ];
  const staying = await listen(admin, '?topics=ring');
  for (const [what, change] of ways) {
    const operator = await operatorAt(world, api, 'owner', [own]);
    const stream = await listen(operator, '?topics=ring');
    expect(stream.ended(), what).toBe(false);
    const at = performance.now();
    await change(operator);
    await vi.waitFor(() => expect(stream.ended(), what).toBe(true), { timeout: 5_000, interval: 10 });
    expect(performance.now() - at, what).toBeLessThan(1_500);
  }
  expect(staying.ended()).toBe(false);
});

test('an operator has so many streams and no more, and one that is closed makes room', async () => {
  const three = [1, 2, 3].map(() => listen(admin, '?topics=ring'));
  const [first] = await Promise.all(three);
  const fourth = await openStream(api, admin, '?topics=ring');
  expect([fourth.status, fourth.headers.get('retry-after')]).toEqual([429, '5']);
  first?.close();
  await vi.waitFor(async () => expect((await listen(admin, '?topics=ring')).status).toBe(200), 5_000);
});

test.each(['?topics=nope', '?message=12', '?topics=rates&message=x'])('%s is refused', async (query) => {
  expect((await openStream(api, admin, query)).status).toBe(400);
});

test('the bus is watched only while somebody wants to know', async () => {
  await vi.waitFor(() => expect(tails.open).toBe(0), { timeout: 15_000, interval: 100 });
  const { begun } = tails;
  const stream = await listen(admin, '?topics=rates,health,ring,audit');
  await stream.until('rates');
  expect([tails.open, tails.begun]).toEqual([0, begun]);
  const watching = await listen(admin, `?topics=ring&message=${await push(own, 'u1')}`);
  await watching.until('receipts');
  expect(tails.open).toBe(2);
}, 30_000);
