// How much of the ring each node has, and what a change of nodes moves; exact, by the lengths of arcs.
import { buildRing, firstAtOrAfter, type Md5, type Ring, type RingMember } from './ring.ts';

const CIRCLE = 2 ** 32;

export interface NodeShare {
  id: string;
  /** Of all hashes, 0..1. */
  share: number;
}

/** Hashes that change hands; `from` or `to` is absent when that ring is empty. */
export interface RingMove {
  from?: string;
  to?: string;
  /** Of all hashes, 0..1. */
  share: number;
}

export interface RingDiff {
  /** Share of all hashes that have another owner. */
  moved: number;
  /** Largest first. */
  moves: RingMove[];
}

/** What to try: nodes to take out, nodes to put in, new weights by id. Unknown ids are ignored. */
export interface RingChange {
  remove?: readonly string[];
  add?: readonly RingMember[];
  weights?: Readonly<Record<string, number>>;
}

export interface Simulation extends RingDiff {
  before: NodeShare[];
  after: NodeShare[];
}

/** Each node's share, in the order of `ring.nodes`; they sum to 1. */
export function shares({ nodes, points, pointNodes }: Ring): NodeShare[] {
  const lengths = new Float64Array(nodes.length);
  for (let i = 0; i < points.length; i++) {
    const node = pointNodes[i] ?? 0;
    lengths[node] = (lengths[node] ?? 0) + arcTo(points, i);
  }
  return nodes.map((id, node) => ({ id, share: (lengths[node] ?? 0) / CIRCLE }));
}

/** What moves when ring `a` is replaced by ring `b`. */
export function diff(a: Ring, b: Ring): RingDiff {
  const cuts = Uint32Array.from(new Set([...a.points, ...b.points])).sort();
  const lengths = new Map<string, RingMove>();
  let moved = 0;
  for (let i = 0; i < cuts.length; i++) {
    const from = ownerAt(a, cuts[i] ?? 0);
    const to = ownerAt(b, cuts[i] ?? 0);
    if (from === to) continue;
    const length = arcTo(cuts, i);
    moved += length;
    const key = JSON.stringify([from, to]);
    const move = lengths.get(key) ?? { ...(from !== undefined && { from }), ...(to !== undefined && { to }), share: 0 };
    move.share += length / CIRCLE;
    lengths.set(key, move);
  }
  return { moved: moved / CIRCLE, moves: [...lengths.values()].sort((x, y) => y.share - x.share) };
}

/** The nodes after a change. */
export function changed(nodes: readonly RingMember[], change: RingChange): RingMember[] {
  const removed = new Set(change.remove);
  const kept = nodes.filter(({ id }) => !removed.has(id)).concat(change.add ?? []);
  const weights = change.weights ?? {};
  return kept.map((node) => (Object.hasOwn(weights, node.id) ? { ...node, weight: weights[node.id] ?? 1 } : node));
}

/** Shares before and after a change of these nodes, and what it would move. */
export function simulate(nodes: readonly RingMember[], change: RingChange, md5: Md5): Simulation {
  const before = buildRing(nodes, md5);
  const after = buildRing(changed(nodes, change), md5);
  return { before: shares(before), after: shares(after), ...diff(before, after) };
}

/** Hashes that end at point `i`: those above the point before it; a single point has them all. */
function arcTo(points: Uint32Array, i: number): number {
  const end = points[i] ?? 0;
  if (i > 0) return end - (points[i - 1] ?? 0);
  return end - (points[points.length - 1] ?? 0) + CIRCLE;
}

function ownerAt({ nodes, points, pointNodes }: Ring, place: number): string | undefined {
  return points.length === 0 ? undefined : nodes[pointNodes[firstAtOrAfter(points, place)] ?? 0];
}
