// What a campaign must keep: the promises of the README about processes that die, join and leave.
import { expect } from 'vitest';
import type { Campaign } from './campaign.ts';
import type { RingChanges } from './ring-changes.ts';

export interface Limits {
  /** Slowest of 99 in 100 deliveries around a fault whose name contains this text, milliseconds; the first that fits counts. */
  p99?: [name: string, ms: number][];
  /** The same, above that of calm times: what the fault has added. */
  added?: [name: string, ms: number][];
}

/** Nothing lost, doubled or out of order, no socket lost unasked, and the record agrees. Prints the account first. */
export function expectKept(result: Campaign, { p99 = [], added = [] }: Limits): void {
  const { counts, wrong, afterMs } = result.recorded;
  console.log(`${result.text}\n  on record after ${Math.round(afterMs / 1000)} s: ${JSON.stringify(counts)}`);
  const { lost, doubled, unordered, drops, expected, delivered, excused, windows, calm } = result.account;
  expect({ lost, doubled, unordered, drops }).toEqual({ lost: [], doubled: [], unordered: [], drops: [] });
  expect(delivered + excused).toBeGreaterThanOrEqual(expected);
  expect(wrong.slice(0, 20), `${wrong.length} pushes whose record does not add up`).toEqual([]);
  for (const figures of windows) {
    const limitIn = (list: [string, number][]) =>
      list.find(([name]) => figures.name.includes(name))?.[1] ?? Number.POSITIVE_INFINITY;
    expect(figures.deliveries, figures.name).toBeGreaterThan(100);
    expect(figures.p99, figures.name).toBeLessThanOrEqual(limitIn(p99));
    expect(figures.p99 - calm.p99, `${figures.name}, above calm`).toBeLessThanOrEqual(limitIn(added));
  }
}

/** Standard deviations of a sample of the crowd's size. */
const SIGMAS = 5;

/** Exactly those moved who had to, about as many as the ring's arithmetic says, and everybody knew in time. Prints the figures first. */
export function expectKeptInChanges({ seed, versions, moves, seen, account }: RingChanges): void {
  const total = moves.reduce((sum, { moved }) => sum + moved.length, 0);
  const rows = seen.map(
    ({ role, processes, versions: seenVersions, inTime, meanMs }) =>
      `  ${role.padEnd(8)} ${processes} processes went by ${seenVersions} versions, ${inTime} of them within 500 ms, after ${meanMs} ms on average`,
  );
  const changes = moves.map(({ name, moved, share }) => `${name}: ${moved.length} (${(100 * share).toFixed(1)} %)`);
  console.log(
    [
      `ring (FAULT_SEED=${seed}): ${versions} versions by ${moves.length} changes moved ${total} sessions; ${account.delivered} of ${account.expected} deliveries, ${account.lost.length} lost, ${account.doubled.length} doubled, ${account.drops.length} sockets lost`,
      ...rows,
      `  ${changes.join('; ')}`,
    ].join('\n'),
  );
  const { lost, doubled, unordered, drops } = account;
  expect({ lost, doubled, unordered, drops }).toEqual({ lost: [], doubled: [], unordered: [], drops: [] });
  expect(total).toBeGreaterThan(0);
  for (const { name, due, moved, counted, versions, share, people } of moves) {
    const told = `${name} (${versions.map(({ cause, due, orphaned }) => `${cause}: ${due}, ${orphaned} of them orphaned`).join('; ')})`;
    expect(moved, told).toEqual(due);
    const most = versions.reduce((sum, step) => sum + step.due, 0);
    const least = versions.reduce((sum, step) => sum - step.orphaned, due.length);
    expect(counted, `${told}: moves counted by the gateways`).toBeGreaterThanOrEqual(least);
    expect(counted, `${told}: moves counted by the gateways`).toBeLessThanOrEqual(most);
    const error = SIGMAS * Math.sqrt((share * (1 - share)) / people) + 1 / people;
    expect(Math.abs(moved.length / people - share), name).toBeLessThanOrEqual(error);
  }
  for (const { role, versions: seenVersions, inTime } of seen)
    expect(inTime / seenVersions, `${role}: share of versions known in time`).toBeGreaterThanOrEqual(0.99);
}
