// The history of the ring as lanes: for each node, when it was up, draining or away.
import type { RingChangeView } from '@message-push/protocol/admin';

interface Stretch {
  state: 'up' | 'draining';
  /** 0..1 of the time shown. */
  from: number;
  to: number;
  /** Epoch milliseconds. */
  since: number;
  until: number;
}

export interface Lane {
  id: string;
  stretches: Stretch[];
  /** On the ring now. */
  present: boolean;
  /** How often it joined, left or drained within the history. */
  changes: number;
}

/** `history` newest first, as the api tells it. The lanes of nodes that changed most come first. */
export function lanesOf(history: readonly RingChangeView[], now: number): Lane[] {
  const versions = history.toReversed();
  const start = versions[0]?.at;
  if (start === undefined) return [];
  const span = Math.max(now - start, 1);
  const lanes = new Map<string, Lane>();
  for (const [i, { at, nodes, joined, left, draining }] of versions.entries()) {
    const until = versions[i + 1]?.at ?? now;
    for (const { id, state } of nodes) {
      const lane = lanes.get(id) ?? { id, stretches: [], present: false, changes: 0 };
      lanes.set(id, lane);
      extend(lane, { state, since: at, until, from: (at - start) / span, to: (until - start) / span });
      lane.present = i === versions.length - 1;
    }
    // What the oldest version changed lies before the time shown.
    if (i > 0) for (const id of [...joined, ...left, ...draining]) countChange(lanes, id);
  }
  return [...lanes.values()].sort((a, b) => b.changes - a.changes || (a.id < b.id ? -1 : 1));
}

/** Nodes that drained before this change and take users again after it. `before` is the version before, where it is known. */
export function returned(change: RingChangeView, before: RingChangeView | undefined): string[] {
  const drained = new Set(before?.nodes.filter(({ state }) => state === 'draining').map(({ id }) => id));
  return change.nodes.filter(({ id, state }) => state === 'up' && drained.has(id)).map(({ id }) => id);
}

function extend(lane: Lane, stretch: Stretch): void {
  const last = lane.stretches.at(-1);
  if (last === undefined || last.state !== stretch.state || last.until !== stretch.since) lane.stretches.push(stretch);
  else Object.assign(last, { until: stretch.until, to: stretch.to });
}

function countChange(lanes: Map<string, Lane>, id: string): void {
  const lane = lanes.get(id);
  if (lane !== undefined) lane.changes++;
}
