// What the versions of a ring document own and move.
import { expect, test } from 'vitest';
import { buildRing, diff, type ListedNode, ownersOf, shares, versionDiff } from './index.ts';
import { md5 } from './md5.ts';

const node = (id: string, state: ListedNode['state'] = 'up', weight = 1) => ({ id, weight, state, incarnation: 'i' });
const [a, b, c] = [node('a'), node('b'), node('c')];

test('a draining node owns nothing, unless every node drains', () => {
  expect(ownersOf([a, node('b', 'draining')])).toEqual([a]);
  const all = [node('a', 'draining'), node('b', 'draining')];
  expect(ownersOf(all)).toEqual(all);
  expect(ownersOf([])).toEqual([]);
});

test('a drain moves the whole part of its node, and its leaving afterwards nothing', () => {
  const part = shares(buildRing([a, b, c], md5)).find(({ id }) => id === 'b')?.share ?? 0;
  const draining = [a, node('b', 'draining'), c];
  const { moved, moves } = versionDiff([a, b, c], draining, md5);
  expect(moved).toBeCloseTo(part, 12);
  expect(moves.every(({ from }) => from === 'b')).toBe(true);
  expect(versionDiff(draining, [a, c], md5).moved).toBe(0);
});

test('a node started anew under its key keeps its part, a weight moves what the ring says', () => {
  expect(versionDiff([a, b], [a, { ...b, incarnation: 'later' }], md5).moved).toBe(0);
  const heavier = versionDiff([a, b], [a, node('b', 'up', 2)], md5);
  expect(heavier).toEqual(diff(buildRing([a, b], md5), buildRing([a, { id: 'b', weight: 2 }], md5)));
  expect(heavier.moved).toBeGreaterThan(0);
});
