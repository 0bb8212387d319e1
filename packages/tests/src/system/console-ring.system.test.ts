// What the console says of the ring is what the platform does: where a uid lives, what a drain moves; and a push is followed to its receiver.
import { connect, type PushConnection } from '@message-push/client';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { firstOperator, type Operator } from './operator.ts';
import { withPlatform } from './platform.ts';

const shared = withPlatform();
const uids = Array.from({ length: 40 }, (_, n) => `ring-${n}`);
const connections: PushConnection[] = [];
const SOON = { timeout: 20_000, interval: 100 };
let operator: Operator;

beforeAll(async () => {
  operator = await firstOperator(shared.platform);
  await Promise.all(
    uids.map(async (uid) => {
      const token = await shared.back.token(uid);
      const connection = connect({ url: shared.url, appId: shared.app, uid, token, onMessage: () => {} });
      connections.push(connection);
      await new Promise<void>((resolve) => connection.on('login', () => resolve()));
    }),
  );
  // A gateway may know the first ring a moment before the api does.
  await vi.waitFor(located, SOON);
}, 60_000);
afterAll(() => {
  for (const connection of connections) connection.close();
});

interface Location {
  node: string;
  bound: string[];
}

/** Where each uid belongs, and where it is. */
async function located(): Promise<Map<string, Location>> {
  const found = new Map<string, Location>();
  for (const uid of uids) {
    const [location] = await operator.ask('GET', `/ring/locate?uid=${uid}&app=${shared.app}`);
    found.set(uid, location as unknown as Location); // what the route answers
  }
  return found;
}

const owners = (places: Map<string, Location>) => [...places].map(([uid, { node }]) => [uid, node]);
const homes = (places: Map<string, Location>) => [...places].map(([uid, { bound }]) => [uid, bound.join()]);

/** The node that really had a message for each uid, by the history. */
async function nodesOf(message_id: string): Promise<unknown[]> {
  const rows = await operator.ask('GET', `/messages/${message_id}/deliveries?limit=200`);
  return rows.map(({ uid, node, status }) => [uid, node, status]);
}

async function push(): Promise<string> {
  const message = { title: 'ring', content: 'where are you' };
  const [accepted] = await operator.ask('POST', '/push', {
    app: shared.app,
    push_method: 1,
    audience: { uids },
    message,
  });
  return String(accepted?.message_id);
}

const shareOf = (rows: Record<string, unknown>[]) => Object.fromEntries(rows.map(({ id, share }) => [id, share]));

test('every uid is bound, and reached, where the console says', async () => {
  await expect.poll(async () => homes(await located()), SOON).toEqual(owners(await located()));
  const places = await located();
  const id = await push();
  const expected = uids.map((uid) => [uid, places.get(uid)?.node, 'acked']).sort();
  await expect.poll(() => nodesOf(id), SOON).toEqual(expected);
});

test('a simulated drain is what the drain does: who moves, whose is what, and nobody is disconnected; undone, all is as before', async () => {
  const before = await located();
  const moving = [...before].filter(([, { node }]) => node === 'node-1').map(([uid]) => uid);
  expect(moving.length).toBeGreaterThan(0);
  const [simulated = {}] = await operator.ask('POST', '/ring/simulate', { remove: ['node-1'] });
  expect(simulated).toMatchObject({ users_moved: moving.length, users_online: uids.length });
  await operator.ask('POST', '/nodes/node-1/drain', { confirm: 'node-1' });
  await expect
    .poll(async () => new Set(homes(await located()).map(([, node]) => node)), SOON)
    .toEqual(new Set(['node-2']));
  const after = await located();
  expect(uids.filter((uid) => before.get(uid)?.node !== after.get(uid)?.node)).toEqual(moving);
  // The api reads the stored ring four times a second; people may have moved before it knows.
  const shown = async () => (await operator.ask('GET', '/ring'))[0] ?? {};
  await expect.poll(async () => (await shown()).points, SOON).toEqual(simulated.points);
  const ring = await shown();
  const rows = ring.nodes as Record<string, unknown>[];
  expect(shareOf(rows)).toEqual({ 'node-1': 0, ...shareOf(simulated.after as typeof rows) });
  const [change = {}] = await operator.ask('GET', '/ring/history?limit=1');
  expect(change).toMatchObject({ draining: ['node-1'], joined: [], left: [] });
  expect(change.moved).toBeCloseTo(Number(simulated.moved), 9);
  const id = await push();
  await expect.poll(() => nodesOf(id), SOON).toEqual(uids.map((uid) => [uid, 'node-2', 'acked']).sort());
  const [detail = {}] = await operator.ask('GET', '/nodes/node-1');
  expect(detail).toMatchObject({ node: { state: 'draining' }, drain: { uids_at_start: moving.length, uids_left: 0 } });

  await operator.ask('POST', '/nodes/node-1/undrain');
  await expect.poll(async () => homes(await located()), SOON).toEqual(owners(before));
  expect(connections.map(({ state }) => state)).toEqual(uids.map(() => 'open'));
});

test('the last node that takes sessions is not drained', async () => {
  const before = await located();
  await operator.ask('POST', '/nodes/node-1/drain', { confirm: 'node-1' });
  await expect.poll(async () => homes(await located()).every(([, node]) => node === 'node-2'), SOON).toBe(true);
  await expect(operator.ask('POST', '/nodes/node-2/drain', { confirm: 'node-2' })).rejects.toThrow('LAST_NODE');
  await expect(operator.ask('POST', '/nodes/node-2/drain', { confirm: 'node-1' })).rejects.toThrow('CONFIRM');
  await operator.ask('POST', '/nodes/node-1/undrain');
  await expect.poll(async () => homes(await located()), SOON).toEqual(owners(before));
});

test('an acknowledgement is heard within a second of the push, and the trace names the place on the ring', async () => {
  const pushedAt = Date.now();
  const id = await push();
  const abort = new AbortController();
  const acked = new Set<unknown>();
  for await (const { event, data } of operator.listen(`?message=${id}`, abort.signal)) {
    if (event !== 'receipts') continue;
    for (const { uid, acked_at } of data.items as { uid: string; acked_at?: number }[]) {
      if (acked_at === undefined) continue;
      acked.add(uid);
    }
    if (acked.size === uids.length) break;
  }
  abort.abort();
  expect(Date.now() - pushedAt).toBeLessThan(1_000);
  const [uid = ''] = uids;
  const trace = async (of: string) => (await operator.ask('GET', `/messages/${of}/trace?uid=${uid}`))[0] ?? {};
  await expect.poll(async () => (await trace(id)).terminal, SOON).toBe(true);
  const hopsOf = async (of: string) =>
    (await trace(of)).hops as { hop: string; at: number; detail: Record<string, unknown> }[];
  const times = (await hopsOf(id)).map((hop) => hop.at);
  expect(times).toEqual([...times].sort((a, b) => a - b));
  const [place = {}] = await operator.ask('GET', `/ring/locate?uid=${uid}`);
  const { node, hash, point, ring_version } = place;
  // The consumer hears of a ring a moment after the api: until then a push is routed, and traced, by the one before.
  const traced = async () => {
    const next = await push();
    await expect.poll(async () => (await trace(next)).terminal, SOON).toBe(true);
    return (await hopsOf(next)).find(({ hop }) => hop === 'node')?.detail;
  };
  await expect.poll(traced, SOON).toMatchObject({ node, owner: node, hash, point, ring_version });
});

test('the rates of the platform count what was delivered, and each node keeps its own series', async () => {
  await push();
  const rates = async () => (await operator.ask('GET', '/rates'))[0] as Record<string, number[]> | undefined;
  await expect.poll(async () => Math.max(0, ...((await rates())?.deliveries_per_s ?? [])), SOON).toBeGreaterThan(0);
  await expect.poll(async () => (await rates())?.sessions?.at(-1), SOON).toBe(uids.length);
  const [detail = {}] = await operator.ask('GET', '/nodes/node-1?range=15m');
  expect((detail.series as { at: number[] }).at.length).toBeGreaterThan(1);
});
