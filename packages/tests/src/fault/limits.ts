// What a campaign must keep: the promises of the README about processes that die, join and leave.
import { expect } from 'vitest';
import type { Campaign } from './campaign.ts';

export interface Limits {
  /** Slowest of 99 in 100 deliveries around a fault whose name contains this text, milliseconds; the first that fits counts. */
  p99?: [name: string, ms: number][];
  /** The same, above that of calm times: what the fault has added. */
  added?: [name: string, ms: number][];
}

/** Nothing lost, doubled or out of order, no socket lost unasked, and the record agrees. Prints the account first. */
export function expectKept(result: Campaign, { p99 = [], added = [] }: Limits): void {
  console.log(`${result.text}\n  on record: ${JSON.stringify(result.recorded.counts)}`);
  const { lost, doubled, unordered, drops, expected, delivered, excused, windows, calm } = result.account;
  expect({ lost, doubled, unordered, drops }).toEqual({ lost: [], doubled: [], unordered: [], drops: [] });
  expect(delivered + excused).toBeGreaterThanOrEqual(expected);
  expect(result.recorded.wrong).toEqual([]);
  for (const figures of windows) {
    const limitIn = (list: [string, number][]) =>
      list.find(([name]) => figures.name.includes(name))?.[1] ?? Number.POSITIVE_INFINITY;
    expect(figures.deliveries, figures.name).toBeGreaterThan(100);
    expect(figures.p99, figures.name).toBeLessThanOrEqual(limitIn(p99));
    expect(figures.p99 - calm.p99, `${figures.name}, above calm`).toBeLessThanOrEqual(limitIn(added));
  }
}
