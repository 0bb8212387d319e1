// Lines are drawn to scale, and the pointer reads the sample that it is at.
import { describe, expect, test } from 'vitest';
import { lineOf, nearest, niceTop } from './series.ts';

describe('a line', () => {
  test('goes from the first to the last sample, from zero to a round top', () => {
    const line = lineOf([0, 10, 20], [0, 40, 80]);
    expect(line).toMatchObject({ top: 100, most: 80, least: 0, last: 80 });
    expect(line?.runs).toEqual([
      [
        { x: 0, y: 100 },
        { x: 50, y: 60 },
        { x: 100, y: 20 },
      ],
    ]);
  });
  test('is broken where samples are missing', () => {
    const at = [0, 1, 2, 3, 40, 41, 42, 43];
    expect(
      lineOf(
        at,
        at.map(() => 1),
      )?.runs.map((run) => run.length),
    ).toEqual([4, 4]);
  });
  test('of nothing, or of one sample, is none', () => {
    expect(lineOf([], [])).toBeUndefined();
    expect(lineOf([5], [1])).toBeUndefined();
  });
  test('of zeros lies at the bottom', () => {
    expect(lineOf([0, 1], [0, 0])?.runs[0]?.map(({ y }) => y)).toEqual([100, 100]);
  });
});

test.each([
  [0, 1],
  [1, 1],
  [8.1, 10],
  [42, 50],
  [1_001, 1_500],
  [119_000_000, 150_000_000],
])('the scale of %d ends at %d', (most, top) => {
  expect(niceTop(most)).toBe(top);
});

test('the nearest sample is read', () => {
  expect([0, 0.2, 0.3, 0.9, 1].map((place) => nearest([0, 10, 100], place))).toEqual([0, 1, 1, 2, 2]);
});
