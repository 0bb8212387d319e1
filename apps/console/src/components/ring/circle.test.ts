// What the drawing says of the ring is what the ring does.
import { describe, expect, test } from 'vitest';
import { type Arc, arcsOf, CIRCLE, circleOf, hex, lengthOf, movedArcs, ownerAt, sharesOf } from './circle.ts';

/** Mulberry32: the same points in each run. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (t ^ (t >>> 14)) >>> 0;
  };
}

function scattered(nodes: number, pointsEach: number, seed = 1): Record<string, number[]> {
  const next = random(seed);
  const make = (_: unknown, i: number) => [`n${i}`, Array.from({ length: pointsEach }, next)] as const;
  return Object.fromEntries(Array.from({ length: nodes }, make));
}

const within = (arcs: readonly Arc[] | undefined, hash: number) =>
  arcs?.some(({ from, to }) => hash > from && hash <= to);

describe('the owner of a hash', () => {
  const circle = circleOf({ b: [100], a: [200, 300] });
  test.each([
    [0, 'b', 100],
    [100, 'b', 100],
    [101, 'a', 200],
    [300, 'a', 300],
    [301, 'b', 100],
    [CIRCLE - 1, 'b', 100],
  ])('%i belongs to the first point at or after it, past the last one to the first', (hash, id, point) => {
    expect(ownerAt(circle, hash)).toEqual({ id, point });
  });

  test('of two nodes on one point the first in order of ids has it', () => {
    expect(ownerAt(circleOf({ z: [5], m: [5] }), 5)?.id).toBe('m');
  });

  test('an empty circle has none, and a node without points owns nothing', () => {
    expect(ownerAt(circleOf({}), 5)).toBeUndefined();
    expect(ownerAt(circleOf({ draining: [], up: [7] }), 9)).toEqual({ id: 'up', point: 7 });
  });
});

describe('arcs', () => {
  test('are drawn exactly where the owner of a hash says, for every node', () => {
    const circle = circleOf(scattered(5, 160));
    const arcs = arcsOf(circle);
    const next = random(9);
    for (let i = 0; i < 2_000; i++) {
      const hash = Math.max(1, next());
      const owner = ownerAt(circle, hash)?.id ?? '';
      for (const [id, own] of arcs) expect(within(own, hash)).toBe(id === owner);
    }
  });

  test('cover the whole circle once, and neighbours of one node are joined', () => {
    const arcs = arcsOf(circleOf(scattered(7, 160)));
    expect([...arcs.values()].reduce((sum, own) => sum + lengthOf(own), 0)).toBe(CIRCLE);
    for (const own of arcs.values()) for (const [i, arc] of own.entries()) expect(arc.from).not.toBe(own[i - 1]?.to);
    expect(arcsOf(circleOf({ only: [5, 9] })).get('only')).toEqual([{ from: 0, to: CIRCLE }]);
  });

  test('shares are the lengths of arcs and sum to one', () => {
    const parts = sharesOf(circleOf({ a: [CIRCLE / 4, CIRCLE / 2], b: [CIRCLE / 4 + 1], c: [] }));
    expect(parts.get('a')).toBeCloseTo(1, 6);
    expect(parts.get('c')).toBe(0);
    expect([...sharesOf(circleOf(scattered(9, 160))).values()].reduce((x, y) => x + y)).toBeCloseTo(1, 9);
  });
});

describe('what moves', () => {
  test('when a node leaves, its own arcs move and nothing else', () => {
    const points = scattered(5, 160);
    const before = circleOf(points);
    const { n2: _, ...rest } = points;
    const moved = movedArcs(before, circleOf(rest));
    expect(moved.has('n2')).toBe(false);
    const total = [...moved.values()].reduce((sum, arcs) => sum + lengthOf(arcs), 0);
    expect(total).toBe(lengthOf(arcsOf(before).get('n2') ?? []));
  });

  test('when a node joins, everything that moves is its own', () => {
    const points = scattered(4, 160);
    const after = circleOf({ ...points, new: scattered(1, 160, 77).n0 ?? [] });
    const moved = movedArcs(circleOf(points), after);
    expect([...moved.keys()]).toEqual(['new']);
    expect(lengthOf(moved.get('new') ?? [])).toBe(lengthOf(arcsOf(after).get('new') ?? []));
  });

  test('to the same ring or to an empty one nothing is drawn', () => {
    const circle = circleOf(scattered(3, 10));
    expect(movedArcs(circle, circle).size).toBe(0);
    expect(movedArcs(circle, circleOf({})).size).toBe(0);
  });
});

test('a place is written as eight hex digits', () => {
  expect(hex(0x7e4502cf)).toBe('0x7e4502cf');
  expect(hex(5)).toBe('0x00000005');
});
