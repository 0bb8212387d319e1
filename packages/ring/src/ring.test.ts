// The ring names the owners that the original's own code computed.
import { expect, test } from 'vitest';
import { buildRing, diff, locate, pointsByNode, shares, simulate } from './index.ts';
import { md5 } from './md5.ts';
import vectors from './ring-vectors.json' with { type: 'json' };

const members = (count: number) => Array.from({ length: count }, (_, i) => ({ id: `10.0.${i >> 8}.${i & 255}:8000` }));

test.each(vectors.map((vector) => [vector.nodes.length, vector] as const))(
  'with %i nodes every vector of the original holds: points, hashes, owners, and who owns u0 to u9999',
  (_, vector) => {
    const ring = buildRing(
      vector.nodes.map((id) => ({ id })),
      md5,
    );
    expect(ring.points.length).toBe(vector.points);
    expect(new Set(ring.points).size).toBe(vector.points);
    const computed = Object.keys(vector.owners).map((uid) => [uid, [ring.hash(uid), ring.owner(uid)]]);
    expect(Object.fromEntries(computed)).toEqual(vector.owners);
    const counts: Record<string, number> = {};
    for (let i = 0; i < 10_000; i++) {
      const owner = ring.owner(`u${i}`) ?? '';
      counts[owner] = (counts[owner] ?? 0) + 1;
    }
    expect(counts).toEqual(vector.of_10000);
  },
);

test('the place of a uid is its hash and the first point from there on, whose node is the owner', () => {
  const ring = buildRing(members(3), md5);
  const byNode = pointsByNode(ring);
  expect([...byNode.keys()]).toEqual(ring.nodes);
  expect([...byNode.values()].flat().sort((a, b) => a - b)).toEqual([...ring.points]);
  for (let i = 0; i < 500; i++) {
    const { hash = 0, point = 0, node = '' } = locate(ring, `u${i}`) ?? {};
    expect([hash, node]).toEqual([ring.hash(`u${i}`), ring.owner(`u${i}`)]);
    expect(byNode.get(node)).toContain(point);
    const from = [...ring.points].filter((one) => one >= hash);
    expect(point).toBe(from[0] ?? ring.points[0]);
  }
  expect(locate(buildRing([], md5), 'u1')).toBeUndefined();
});

test('an empty ring owns nothing and moves everything to the first node', () => {
  const empty = buildRing([], md5);
  const one = buildRing([{ id: 'a' }], md5);
  expect(empty.owner('u1')).toBeUndefined();
  expect(empty.next('u1', new Set())).toBeUndefined();
  expect(shares(empty)).toEqual([]);
  expect(diff(empty, empty)).toEqual({ moved: 0, moves: [] });
  expect(diff(empty, one)).toEqual({ moved: 1, moves: [{ to: 'a', share: 1 }] });
  expect(diff(one, empty)).toEqual({ moved: 1, moves: [{ from: 'a', share: 1 }] });
});

test('a weight scales the virtual nodes, and none is ever below one or above the bound', () => {
  const points = (weight: number) => buildRing([{ id: 'a', weight }], md5).points.length / 4;
  expect([1, 0.5, 2, 0.026, 1.0125].map(points)).toEqual([40, 20, 80, 1, 41]);
  expect([0, -1, 0.001, Number.NaN].map(points)).toEqual([1, 1, 1, 1]);
  expect([100, 1e9, Number.POSITIVE_INFINITY].map(points)).toEqual([4_000, 4_000, 4_000]);
  // A lighter node keeps the first of its points: what it gives away goes to others, it takes nothing.
  const full = buildRing([{ id: 'a' }, { id: 'b' }], md5);
  const light = buildRing([{ id: 'a', weight: 0.5 }, { id: 'b' }], md5);
  expect(diff(full, light).moves.map(({ from, to }) => [from, to])).toEqual([['a', 'b']]);
});

test('next is the owner when nobody is excluded, else the next node onwards, until all are', () => {
  const ring = buildRing(members(5), md5);
  for (let i = 0; i < 200; i++) {
    const uid = `u${i}`;
    const excluded = new Set<string>();
    const order: string[] = [];
    for (let node = ring.next(uid, excluded); node !== undefined; node = ring.next(uid, excluded)) {
      order.push(node);
      excluded.add(node);
    }
    expect(order[0]).toBe(ring.owner(uid));
    expect([...order].sort()).toEqual(ring.nodes);
    // What `next` answers is the owner on the ring without the excluded node.
    const without = buildRing(
      members(5).filter(({ id }) => id !== order[0]),
      md5,
    );
    expect(order[1]).toBe(without.owner(uid));
  }
});

test('two nodes on one point: the first id wins, in whatever order they are listed', () => {
  const same = () => '0123456789abcdef0123456789abcdef';
  expect(buildRing([{ id: 'b' }, { id: 'a' }], same).owner('u')).toBe('a');
  expect(buildRing([{ id: 'a' }, { id: 'b' }], same).owner('u')).toBe('a');
  expect(shares(buildRing([{ id: 'a' }, { id: 'b' }], same))).toEqual([
    { id: 'a', share: 1 },
    { id: 'b', share: 0 },
  ]);
});

test('a simulation says what a change would move before it is made', () => {
  const nodes = members(4);
  const trial = simulate(
    nodes,
    { remove: ['10.0.0.0:8000'], add: [{ id: 'new' }], weights: { '10.0.0.1:8000': 2 } },
    md5,
  );
  const changed = [{ id: '10.0.0.1:8000', weight: 2 }, ...nodes.slice(2), { id: 'new' }];
  expect(trial.before).toEqual(shares(buildRing(nodes, md5)));
  expect(trial.after).toEqual(shares(buildRing(changed, md5)));
  expect(trial).toMatchObject(diff(buildRing(nodes, md5), buildRing(changed, md5)));
  expect(simulate(nodes, { remove: ['nobody'], weights: { nobody: 3 } }, md5).moved).toBe(0);
});
