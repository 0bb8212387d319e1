// The newest figures of nodes, and colours of nodes that stay the same while others come and go.
import type { HealthReport, NodeRow, RingView } from '@message-push/protocol/admin';
import { useState } from 'react';

/** The ring with the figures of a health report, which comes each second; a node that the report does not know stays as it is. */
export function withHealth(ring: RingView, health: HealthReport): RingView {
  const told = new Map(health.ring.nodes.map((node) => [`${node.id} ${node.incarnation}`, node]));
  const nodes = ring.nodes.map((row): NodeRow => {
    const now = told.get(`${row.id} ${row.incarnation}`);
    if (now === undefined || now.problem !== undefined) return row;
    const { sessions, uids, links, ring_version, catch_ups_total, rss_bytes, event_loop_p99_ms, uptime_s } = now;
    return { ...row, sessions, uids, links, ring_version, catch_ups_total, rss_bytes, event_loop_p99_ms, uptime_s };
  });
  return { ...ring, nodes };
}

/** The number of each id: known ones keep theirs, new ones get the smallest that is free, those that left give theirs back. */
export function numbered(known: ReadonlyMap<string, number>, ids: readonly string[]): ReadonlyMap<string, number> {
  const sorted = [...ids].sort();
  const next = new Map<string, number>();
  for (const id of sorted) {
    const number = known.get(id);
    if (number !== undefined) next.set(id, number);
  }
  const taken = new Set(next.values());
  let free = 0;
  for (const id of sorted) {
    if (next.has(id)) continue;
    while (taken.has(free)) free++;
    taken.add(free);
    next.set(id, free);
  }
  const same = next.size === known.size && [...next].every(([id, number]) => known.get(id) === number);
  return same ? known : next;
}

/** The number of the colour of each node, for as long as the component lives. */
export function useNodeColours(ids: readonly string[]): ReadonlyMap<string, number> {
  const [known, setKnown] = useState<ReadonlyMap<string, number>>(() => numbered(new Map(), ids));
  const next = numbered(known, ids);
  if (next !== known) setKnown(next);
  return next;
}
