// The circle of hashes for the eye: who owns a place, the arcs of each node, and what two rings differ in. Exact, like the platform's.

/** Places on the circle are 0..2^32-1. */
export const CIRCLE = 2 ** 32;

/** Points of each node, by node id. */
type Points = Readonly<Record<string, readonly number[]>>;

/** Hashes above `from` up to `to`; both 0..CIRCLE, never around the end. */
export interface Arc {
  from: number;
  to: number;
}

/** All points in order. */
export interface Circle {
  /** In order of text. */
  readonly ids: readonly string[];
  readonly points: Float64Array;
  /** For each point, the index in `ids`. */
  readonly owners: Uint16Array;
}

/** Of two nodes on one point the first id in order of text has it, as on the platform's ring. */
export function circleOf(points: Points): Circle {
  const ids = Object.keys(points).sort();
  const width = Math.max(ids.length, 1);
  // A point and its node in one number below 2^53: typed arrays sort numbers fast.
  const keys = Float64Array.from(ids.flatMap((id, node) => (points[id] ?? []).map((point) => point * width + node)));
  keys.sort();
  return {
    ids,
    points: keys.map((key) => Math.floor(key / width)),
    owners: Uint16Array.from(keys, (key) => key % width),
  };
}

/** The first point that is not below the hash, past the last one the first; undefined on an empty circle. */
export function ownerAt(circle: Circle, hash: number): { id: string; point: number } | undefined {
  const at = indexAt(circle.points, hash);
  const id = circle.ids[circle.owners[at] ?? -1];
  const point = circle.points[at];
  return id === undefined || point === undefined ? undefined : { id, point };
}

/** The arcs that a node owns, in order, neighbours joined. The arc across the end comes as two. */
export function arcsOf(circle: Circle): Map<string, Arc[]> {
  return arcsBy(Array.from(circle.points), (_, at) => circle.ids[circle.owners[at] ?? -1]);
}

/** What gets another owner when `before` becomes `after`: the arcs by their new owner. */
export function movedArcs(before: Circle, after: Circle): Map<string, Arc[]> {
  const cuts = Array.from(new Set([...before.points, ...after.points])).sort((a, b) => a - b);
  return arcsBy(cuts, (cut) => {
    const to = ownerAt(after, cut)?.id;
    return to === ownerAt(before, cut)?.id ? undefined : to;
  });
}

/** Each node's part of the circle, 0..1; they sum to 1. */
export function sharesOf(circle: Circle): Map<string, number> {
  const parts = new Map(circle.ids.map((id) => [id, 0]));
  for (const [id, arcs] of arcsOf(circle)) parts.set(id, lengthOf(arcs) / CIRCLE);
  return parts;
}

export function lengthOf(arcs: readonly Arc[]): number {
  return arcs.reduce((sum, { from, to }) => sum + to - from, 0);
}

/** `0x` and eight digits. */
export function hex(place: number): string {
  return `0x${place.toString(16).padStart(8, '0')}`;
}

/** `cuts` in ascending order; the hashes up to each cut belong to what `nameOf` says, undefined = to nobody. */
function arcsBy(cuts: readonly number[], nameOf: (cut: number, at: number) => string | undefined): Map<string, Arc[]> {
  const arcs = new Map<string, Arc[]>();
  const add = (id: string | undefined, from: number, to: number) => {
    if (id === undefined || to <= from) return;
    const own = arcs.get(id) ?? [];
    const last = own.at(-1);
    if (last?.to === from) last.to = to;
    else own.push({ from, to });
    arcs.set(id, own);
  };
  const last = cuts.at(-1);
  if (last === undefined) return arcs;
  const first = nameOf(cuts[0] ?? 0, 0);
  for (const [at, cut] of cuts.entries()) add(at === 0 ? first : nameOf(cut, at), cuts[at - 1] ?? 0, cut);
  add(first, last, CIRCLE);
  return arcs;
}

function indexAt(points: Float64Array, hash: number): number {
  let low = 0;
  let high = points.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((points[middle] ?? 0) < hash) low = middle + 1;
    else high = middle;
  }
  return low === points.length ? 0 : low;
}
