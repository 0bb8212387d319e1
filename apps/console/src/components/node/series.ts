// Figures of a node over time as lines: bounds, places, and the sample under the pointer.

export interface Line {
  /** Of a box of 100 by 100, x to the right and y downwards; gaps in time divide it. */
  runs: { x: number; y: number }[][];
  top: number;
  most: number;
  least: number;
  last: number;
}

/** A pause of so many steps in the samples is a gap: the node was away. */
const GAP_STEPS = 4;

/** `at` in ascending order; undefined when there is nothing to draw. The scale begins at zero. */
export function lineOf(at: readonly number[], values: readonly number[]): Line | undefined {
  const last = values.at(-1);
  const start = at[0];
  const end = at.at(-1);
  if (last === undefined || start === undefined || end === undefined || at.length < 2) return undefined;
  const most = values.reduce((a, b) => Math.max(a, b));
  const least = values.reduce((a, b) => Math.min(a, b));
  const top = niceTop(most);
  const span = Math.max(end - start, 1);
  const gap = (span / (at.length - 1)) * GAP_STEPS;
  const runs: Line['runs'] = [];
  for (const [i, time] of at.entries()) {
    if (i === 0 || time - (at[i - 1] ?? time) > gap) runs.push([]);
    runs.at(-1)?.push({ x: ((time - start) / span) * 100, y: 100 - ((values[i] ?? 0) / top) * 100 });
  }
  return { runs, top, most, least, last };
}

/** The index of the sample that is nearest to a place of the time shown, 0..1. */
export function nearest(at: readonly number[], place: number): number {
  const start = at[0] ?? 0;
  const time = start + place * ((at.at(-1) ?? start) - start);
  let best = 0;
  for (const [i, one] of at.entries()) if (Math.abs(one - time) < Math.abs((at[best] ?? 0) - time)) best = i;
  return best;
}

/** A round number at or above: 1, 2, 5 or 10 times a power of ten. */
export function niceTop(most: number): number {
  if (most <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(most));
  return [1, 1.5, 2, 3, 5, 7.5, 10].map((step) => step * power).find((top) => top >= most * (1 - 1e-9)) ?? most;
}
