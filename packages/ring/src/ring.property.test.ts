// A change of one of n nodes moves only the keys it must, and the shares say how many.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { buildRing, diff, type RingMember, shares } from './index.ts';
import { md5 } from './md5.ts';

const member = fc.record({
  id: fc.string({ minLength: 1, maxLength: 20 }),
  weight: fc.double({ min: 0.02, max: 3, noNaN: true }),
});
const nodes = fc.uniqueArray(member, { selector: ({ id }) => id, minLength: 1, maxLength: 12 });
const uids = fc.uniqueArray(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 64 }), {
  minLength: 50,
  maxLength: 50,
});
const sum = (of: { share: number }[]) => of.reduce((total, { share }) => total + share, 0);

test('a node that joins takes keys only to itself; the same node leaving gives them back to whom they were taken from', () => {
  fc.assert(
    fc.property(nodes, member, uids, (list, joining, keys) => {
      fc.pre(list.every(({ id }) => id !== joining.id));
      const before = buildRing(list, md5);
      const after = buildRing([...list, joining], md5);
      for (const uid of keys) if (after.owner(uid) !== before.owner(uid)) expect(after.owner(uid)).toBe(joining.id);
      expect(diff(before, after).moves.every(({ to }) => to === joining.id)).toBe(true);
      expect(diff(after, before).moves.every(({ from }) => from === joining.id)).toBe(true);
      const share = shares(after).find(({ id }) => id === joining.id)?.share;
      expect(diff(before, after).moved).toBeCloseTo(share ?? 0, 9);
    }),
  );
});

test('the owner does not depend on the order of the list', () => {
  fc.assert(
    fc.property(nodes, uids, fc.infiniteStream(fc.nat()), (list, keys, stream) => {
      const shuffled = list
        .map((node): [number, RingMember] => [stream.next().value ?? 0, node])
        .sort(([a], [b]) => a - b)
        .map(([, node]) => node);
      const a = buildRing(list, md5);
      const b = buildRing(shuffled, md5);
      for (const uid of keys) expect(b.owner(uid)).toBe(a.owner(uid));
      expect(diff(a, b).moved).toBe(0);
    }),
  );
});

test('the owner is the node of the first point at or after the hash, as a plain search finds it', () => {
  fc.assert(
    fc.property(nodes, uids, (list, keys) => {
      const ring = buildRing(list, md5);
      for (const uid of keys) {
        const index = ring.points.findIndex((point) => point >= ring.hash(uid));
        expect(ring.owner(uid)).toBe(ring.nodes[ring.pointNodes[Math.max(index, 0)] ?? -1]);
      }
    }),
  );
});

test('shares sum to one, and a difference is as large in both directions', () => {
  fc.assert(
    fc.property(nodes, nodes, (one, other) => {
      const a = buildRing(one, md5);
      const b = buildRing(other, md5);
      expect(sum(shares(a))).toBeCloseTo(1, 12);
      expect(diff(a, b).moved).toBeCloseTo(diff(b, a).moved, 12);
      const { moved, moves } = diff(a, b);
      expect(sum(moves)).toBeCloseTo(moved, 12);
      expect(moves).toEqual([...moves].sort((x, y) => y.share - x.share));
    }),
  );
});

test('a hundred equal nodes: one more moves about a hundredth, and no node has twice its part', () => {
  const list = Array.from({ length: 100 }, (_, i) => ({ id: `10.1.0.${i}:8000` }));
  const ring = buildRing(list, md5);
  const { moved } = diff(ring, buildRing([...list, { id: '10.1.1.1:8000' }], md5));
  expect(moved).toBeGreaterThan(0.005);
  expect(moved).toBeLessThan(0.015);
  expect(Math.max(...shares(ring).map(({ share }) => share))).toBeLessThan(0.02);
});
