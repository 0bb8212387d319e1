// What the console shows of the ring is what the ring, its nodes, the gateways and the registry say; a simulation is what would come true.
import type { NodeStats, RingDocument } from '@message-push/protocol';
import { buildRing, ownersOf } from '@message-push/ring';
import { md5 } from '@message-push/ring/md5';
import { describe, expect, test } from 'vitest';
import { summed } from './rates.ts';
import { ringView } from './ring-report.ts';
import { simulationOf } from './simulation.ts';

const node = (id: string, state: 'up' | 'draining' = 'up') => ({
  ...{ id, incarnation: `${id}-1`, address: '127.0.0.1:1', weight: 1, state },
});
const document = (...nodes: RingDocument['nodes']): RingDocument => ({
  ...{ version: 7, epoch: 2, at: 5, cause: 'c joined', nodes },
});
const stats = (id: string, more: Partial<NodeStats> = {}): [string, NodeStats] => [
  id,
  {
    ...{ id, incarnation: `${id}-1`, state: 'up', sessions: 2, uids: 1, links: 2, ring_version: 7 },
    ...{ deliveries_total: 9, catch_ups_total: 0, rss_bytes: 1, event_loop_p99_ms: 0, uptime_s: 1 },
    ...more,
  },
];
const gateway = (id: string, ...linked: string[]) => ({
  ...{
    id,
    sessions: 1,
    unsettled: 0,
    up: true,
    linked: new Set(linked),
    leader: id === 'g1',
    frozen: undefined,
    ringVersion: 7,
  },
  silentMs: new Map<string, number>(),
});
const registration = (id: string, state = 'up') => ({
  ...{ role: 'node' as const, id, incarnation: `${id}-1`, address: '', weight: 1, metadata: { state, zone: 'z1' } },
});
const view = (doc: RingDocument, more: Partial<Parameters<typeof ringView>[0]> = {}) =>
  ringView({
    document: doc,
    ring: buildRing(ownersOf(doc.nodes), md5),
    stats: new Map(doc.nodes.map(({ id }) => stats(id))),
    silentMs: new Map(doc.nodes.map(({ id }) => [id, 0])),
    gateways: [gateway('g1', 'a', 'b', 'c')],
    registered: doc.nodes.map(({ id }) => registration(id)),
    ...more,
  });

describe('a node is', () => {
  const stateOf = (more: Parameters<typeof view>[1], doc = document(node('a'), node('b'))) =>
    view(doc, more).nodes[0]?.state;

  test('up when it answers and every gateway reaches it', () => expect(stateOf({})).toBe('up'));
  test('down when it is silent, whatever gateways say', () => {
    expect(stateOf({ stats: new Map([stats('b')]) })).toBe('down');
  });
  test('suspicious when a gateway that stays does not reach it, or when another life answers', () => {
    expect(stateOf({ gateways: [gateway('g1', 'a'), gateway('g2', 'b')] })).toBe('suspicious');
    expect(stateOf({ gateways: [gateway('g1', 'a'), { ...gateway('g2'), up: false }] })).toBe('up');
    expect(stateOf({ gateways: [gateway('g1', 'a'), { ...gateway('g2'), ringVersion: 6 }] })).toBe('up');
    expect(stateOf({ stats: new Map([stats('a', { incarnation: 'a-2' })]) })).toBe('suspicious');
  });
  test('draining when the ring or the node itself says so; it owns nothing then', () => {
    const drains = document(node('a', 'draining'), node('b'));
    expect(stateOf({}, drains)).toBe('draining');
    expect(stateOf({ stats: new Map([stats('a', { state: 'draining' })]) })).toBe('draining');
    const { nodes, points } = view(drains);
    expect(nodes.map(({ share }) => share)).toEqual([0, 1]);
    expect(Object.keys(points)).toEqual(['b']);
  });
});

test('ring and registry disagree where one names a node and the other does not, but for nodes that go away', () => {
  const doc = document(node('a'), node('b'), node('d', 'draining'));
  const registered = [registration('a'), registration('c'), registration('e', 'draining')];
  expect(view(doc, { registered }).disagreements).toEqual([
    { id: 'c', problem: 'registered_not_on_ring' },
    { id: 'b', problem: 'on_ring_not_registered' },
  ]);
  expect(view(doc, { registered: undefined }).disagreements).toEqual([]);
  expect(view(doc, { registered }).nodes[0]?.zone).toBe('z1');
});

test('a node was last heard when it answered this api or a gateway lost it, whichever came later', () => {
  const doc = document(node('a'), node('b'), node('c'), node('d'));
  const told = { ...gateway('g1', 'a'), silentMs: new Map([...['b', 'c'].map((id) => [id, 3_000] as const)]) };
  const silentMs = new Map([
    ['a', 40],
    ['b', 9_000],
  ]);
  const { nodes } = view(doc, { silentMs, gateways: [told] });
  expect(nodes.map(({ heard_ms }) => heard_ms)).toEqual([40, 3_000, 3_000, undefined]);
});

describe('a simulation', () => {
  const change = { remove: [] as string[], add: [] as { id: string; weight: number }[], weights: {} };
  const uids = new Map([
    ['a', 100],
    ['b', 300],
  ]);

  test('of taking a node out moves all of its persons and no others', () => {
    const doc = document(node('a'), node('b'), node('c'));
    const found = simulationOf(doc, { ...change, remove: ['a'] }, uids);
    expect(found.moves.every(({ from }) => from === 'a')).toBe(true);
    expect([found.users_moved, found.users_online, found.ring_version]).toEqual([100, 400, 7]);
    const after = buildRing([{ id: 'b' }, { id: 'c' }], md5);
    expect(
      Object.values(found.points)
        .flat()
        .sort((x, y) => x - y),
    ).toEqual([...after.points]);
  });

  test('starts from the nodes that own something, as the ring itself would', () => {
    const doc = document(node('a', 'draining'), node('b'));
    expect(simulationOf(doc, change, uids)).toMatchObject({ before: [{ id: 'b', share: 1 }], moved: 0 });
    const all = document(node('a', 'draining'), node('b', 'draining'));
    expect(simulationOf(all, change, uids).before).toHaveLength(2);
  });

  test.each([
    ['a node that is not there', { remove: ['x'] }, 'remove[0]'],
    ['a node that is there already', { add: [{ id: 'a', weight: 1 }] }, 'add[0].id'],
    ['a weight for nobody', { weights: { x: 2 } }, 'weights.x'],
    ['no node at all', { remove: ['a', 'b'] }, 'remove'],
  ])('refuses %s by its field', (_, part, path) => {
    const ask = () => simulationOf(document(node('a'), node('b')), { ...change, ...part }, uids);
    expect(ask).toThrow(
      expect.objectContaining({ code: 'INVALID_BODY', details: [expect.objectContaining({ path })] }),
    );
  });
});

test('the series of several nodes add up second by second; a missed sample is no fall, and an unfinished second is left out', () => {
  const one = (at: number[], sessions: number[], rates: number[]) => ({
    at: at.map((second) => second * 1_000),
    ...{ sessions, uids: sessions, deliveries_per_s: rates },
    event_loop_p99_ms: sessions.map((n) => n / 10),
    rss_bytes: sessions,
  });
  const sum = summed([
    one([10, 11, 12, 13, 14], [1, 2, 3, 4, 5], [1, 1, 1, 1, 1]),
    one([11, 13], [10, 20], [0.5, 0.25]),
  ]);
  expect(sum).toEqual({
    at: [10_000, 11_000, 12_000, 13_000],
    sessions: [1, 12, 13, 24],
    uids: [1, 12, 13, 24],
    deliveries_per_s: [1, 1.5, 1, 1.3],
    event_loop_p99_ms: [0.1, 1, 1, 2],
    rss_bytes: [1, 12, 13, 24],
  });
  expect(summed([]).at).toEqual([]);
});
