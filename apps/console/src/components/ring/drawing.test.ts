// Strokes stand where the arcs are, and the strip shows the very stretch around the needle.
import { describe, expect, test } from 'vitest';
import { CIRCLE, circleOf, ownerAt } from './circle.ts';
import {
  dashes,
  degreesOf,
  middleOf,
  onStrip,
  placeAt,
  STRIP_REACH,
  stripOf,
  TURN,
  wedgeAt,
  wedgeDashes,
  wedges,
} from './drawing.ts';

const quarter = CIRCLE / 4;
const sum = (text: string) => text.split(' ').reduce((total, part) => total + Number(part), 0);

describe('the dashes of a node', () => {
  test('draw its arcs and nothing else: gap, dash, gap … around the whole turn', () => {
    expect(dashes([{ from: quarter, to: 2 * quarter }])).toBe(`0 25000 25000 50000`);
    expect(
      dashes([
        { from: 0, to: quarter },
        { from: 3 * quarter, to: CIRCLE },
      ]),
    ).toBe('0 0 25000 50000 25000 0');
    expect(dashes([])).toBe(`0 ${TURN}`);
  });

  test('of a thousand short arcs do not drift: they end where the circle ends', () => {
    const arcs = Array.from({ length: 1_000 }, (_, i) => ({ from: i * 4_294_967, to: i * 4_294_967 + 1_400_000 }));
    expect(sum(dashes(arcs))).toBe(TURN);
    expect(dashes(arcs).split(' ').length % 2).toBe(0);
  });

  test('leave out what nobody could see, and join what touches after rounding', () => {
    expect(dashes([{ from: 10, to: 20 }])).toBe(`0 ${TURN}`);
    expect(
      dashes([
        { from: 0, to: quarter },
        { from: quarter + 5, to: 2 * quarter },
      ]),
    ).toBe('0 0 50000 50000');
  });
});

describe('wedges', () => {
  const all = wedges([
    { id: 'a', share: 0.25 },
    { id: 'gone', share: 0 },
    { id: 'b', share: 0.75 },
  ]);
  test('stand one behind the other and fill the turn', () => {
    expect(all).toEqual([
      { id: 'a', from: 0, to: 0.25 },
      { id: 'b', from: 0.25, to: 1 },
    ]);
    expect(wedges([{ id: 'a', share: 0 }])).toEqual([]);
  });

  test('leave a line between neighbours; a lone one is a whole ring', () => {
    expect(wedgeDashes({ id: 'a', from: 0.25, to: 0.5 }, 100)).toBe('0 25050 24900 50050');
    expect(sum(wedgeDashes({ id: 'a', from: 0.3333, to: 0.33331 }, 100))).toBe(TURN);
    expect(wedgeDashes({ id: 'a', from: 0, to: 1 }, 100)).toBe(`${TURN}`);
  });

  test('are found under the pointer', () => {
    expect(wedgeAt(all, 0)?.id).toBe('a');
    expect(wedgeAt(all, CIRCLE - 1)?.id).toBe('b');
    const { x, y } = middleOf({ id: 'b', from: 0.25, to: 0.75 }, 10);
    expect([Math.round(x), Math.round(y)]).toEqual([0, 10]);
  });
});

test.each([
  [0, -5, 0],
  [5, 0, quarter],
  [0, 5, 2 * quarter],
  [-5, 0, 3 * quarter],
])('a pointer at %i, %i is at that place of the circle', (x, y, place) => {
  expect(placeAt(x, y)).toBe(place);
  expect(degreesOf(place)).toBe((place / CIRCLE) * 360);
});

describe('the strip around a place', () => {
  const points = {
    a: Array.from({ length: 160 }, (_, i) => (i * 26_843_545 + 7) % CIRCLE),
    b: Array.from({ length: 160 }, (_, i) => (i * 26_843_545 + 9_000_000) % CIRCLE),
  };
  const circle = circleOf(points);

  test.each([0, 1, 5_000_000, 0x7e4502cf, CIRCLE - 1])('%i: the segment under the needle is its owner', (place) => {
    const strip = stripOf(circle, place);
    const under = strip.find(({ from, to }) => from < 0.5 && to >= 0.5 - 1e-9);
    expect(under?.id).toBe(ownerAt(circle, place)?.id);
    expect(strip[0]?.from).toBe(0);
    expect(strip.at(-1)?.to).toBeCloseTo(1, 9);
    for (const [i, { from }] of strip.entries()) if (i > 0) expect(from).toBe(strip[i - 1]?.to);
  });

  test('says where its points are, also across the end of the circle', () => {
    for (const { to, point } of stripOf(circle, 3)) {
      if (point !== undefined) expect(onStrip(3, point)).toBeCloseTo(to, 9);
    }
    expect(onStrip(3, 3)).toBe(0.5);
    expect(onStrip(3, CIRCLE - 3)).toBeLessThan(0.5);
    expect(onStrip(3, CIRCLE * STRIP_REACH * 2)).toBeUndefined();
  });

  test('of one node with one point is one segment or two, of no node is empty', () => {
    expect(stripOf(circleOf({ a: [CIRCLE / 2] }), 5)).toEqual([{ id: 'a', from: 0, to: 1 }]);
    expect(stripOf(circleOf({ a: [5] }), 5)).toHaveLength(2);
    expect(stripOf(circleOf({}), 5)).toEqual([]);
  });
});
