// The account of a campaign: every accepted push × person is delivered or explained, once, in order, and how late it was around each fault.
import type { Crowd, Person } from './crowd.ts';
import type { AcceptedPush } from './push-stream.ts';

/** What was done to the cluster, and when; `proof` is what shows that it happened. */
export interface Happened {
  name: string;
  from: number;
  to: number;
  proof: string;
  /** Its clients are expected to lose their sockets. */
  drops: boolean;
  /** Clients of the original may see twice what they got in the seconds before. */
  repeats: boolean;
}

export interface WindowFigures {
  name: string;
  deliveries: number;
  /** From the answer of the push to the application, milliseconds. */
  p50: number;
  p99: number;
  max: number;
}

export interface Account {
  pushes: number;
  /** Accepted push × person. */
  expected: number;
  delivered: number;
  /** `message id of uid`. */
  lost: string[];
  doubled: string[];
  unordered: string[];
  /** Repeats that a client of the original may see when its gateway dies. */
  excused: number;
  /** Sockets lost outside of faults that drop them. */
  drops: string[];
  windows: WindowFigures[];
  calm: WindowFigures;
}

/** Deliveries of pushes that were answered from this long before a fault until this long after it belong to it. */
const BEFORE_MS = 300;
export const AFTER_MS = 6000;
/** What a client of the original may see twice, or lose, was written this long before its gateway died. */
const LEGACY_WINDOW_MS = 1000;
/** How long before state is set back something may lie that it forgets. */
const STATE_WINDOW_MS = 1000;

export function account(crowd: Crowd, accepted: readonly AcceptedPush[], happened: readonly Happened[]): Account {
  const result: Account = {
    ...{ pushes: accepted.length, expected: 0, delivered: 0, lost: [], doubled: [], unordered: [] },
    ...{ excused: 0, drops: [], windows: [], calm: figures('calm', []) },
  };
  const due = new Map<string, AcceptedPush[]>();
  for (const push of accepted)
    for (const uid of push.uids) {
      const list = due.get(uid);
      if (list === undefined) due.set(uid, [push]);
      else list.push(push);
    }
  const latencies = new Map<string, number[]>();
  for (const person of crowd.people) {
    const pushes = due.get(person.uid) ?? [];
    result.expected += pushes.length;
    accountFor(person, pushes, happened, result, latencies);
  }
  result.windows = happened.map(({ name, from }) => figures(name, latencies.get(`${name} ${from}`) ?? []));
  result.calm = figures('calm', latencies.get('calm') ?? []);
  return result;
}

function accountFor(
  person: Person,
  pushes: AcceptedPush[],
  happened: readonly Happened[],
  result: Account,
  latencies: Map<string, number[]>,
): void {
  const first = new Map<string, number>();
  let last = '';
  for (const { id, seq, at } of person.seen) {
    const before = first.get(id);
    if (before !== undefined) {
      const may = diedSoonAfter(happened, before) || forgottenSoonAfter(happened, before);
      if (person.kind === 'legacy' && may) result.excused++;
      else result.doubled.push(`${id} of ${person.uid}`);
      continue;
    }
    first.set(id, at);
    if (seq <= last) result.unordered.push(`${id} of ${person.uid}`);
    else last = seq;
  }
  for (const { id, acceptedAt } of pushes) {
    const at = first.get(id);
    if (at === undefined) {
      if (person.kind === 'legacy' && diedSoonAfter(happened, acceptedAt)) result.excused++;
      else result.lost.push(`${id} of ${person.uid}`);
      continue;
    }
    result.delivered++;
    const fault = happened.find(({ from, to }) => acceptedAt >= from - BEFORE_MS && acceptedAt <= to + AFTER_MS);
    const key = fault === undefined ? 'calm' : `${fault.name} ${fault.from}`;
    const list = latencies.get(key);
    if (list === undefined) latencies.set(key, [at - acceptedAt]);
    else list.push(at - acceptedAt);
  }
  for (const { at, code } of person.drops)
    if (!happened.some(({ from, to, drops }) => drops && at >= from && at <= to + AFTER_MS))
      result.drops.push(`${person.uid} at ${new Date(at).toISOString()} (${code})`);
}

/** What a gateway had written when it died may be lost or seen again. */
function diedSoonAfter(happened: readonly Happened[], at: number): boolean {
  return happened.some(({ drops, from, to }) => drops && at <= to && from - at <= LEGACY_WINDOW_MS);
}

/** What was delivered just before state forgot it may be seen again, but is not lost. */
function forgottenSoonAfter(happened: readonly Happened[], at: number): boolean {
  return happened.some(({ repeats, from, to }) => repeats && at <= to && at >= from - STATE_WINDOW_MS);
}

function figures(name: string, latencies: number[]): WindowFigures {
  const sorted = latencies.sort((a, b) => a - b);
  const at = (part: number) => Math.max(0, sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? 0);
  return { name, deliveries: sorted.length, p50: at(0.5), p99: at(0.99), max: at(1) };
}

/** How long people were away who lost their socket in a fault: milliseconds, sorted. */
export function absences(crowd: Crowd, { from, to }: Happened, kind: Person['kind']): number[] {
  const times: number[] = [];
  for (const person of crowd.people) {
    if (person.kind !== kind) continue;
    for (const { at } of person.drops) {
      if (at < from || at > to + AFTER_MS) continue;
      times.push((person.logins.find((login) => login > at) ?? Number.POSITIVE_INFINITY) - from);
    }
  }
  return times.sort((a, b) => a - b);
}

/** The account as a few lines for people. */
export function told(seed: number, happened: readonly Happened[], figure: Account): string {
  const { pushes, expected, delivered, lost, doubled, unordered, excused, drops, windows, calm } = figure;
  const row = ({ name, deliveries, p50, p99, max }: WindowFigures) =>
    `  ${name.padEnd(28)} ${String(deliveries).padStart(6)} deliveries, p50 ${p50} ms, p99 ${p99} ms, slowest ${max} ms`;
  return [
    `campaign (FAULT_SEED=${seed}): ${pushes} pushes accepted, ${expected} deliveries due: ${delivered} delivered, ${lost.length} lost, ` +
      `${doubled.length} doubled, ${unordered.length} out of order, ${excused} excused by a fault whose last second clients of the original may see twice, ${drops.length} sockets lost unasked`,
    row(calm),
    ...windows.map((figures, i) => `${row(figures)} – ${happened[i]?.proof ?? ''}`),
  ].join('\n');
}
