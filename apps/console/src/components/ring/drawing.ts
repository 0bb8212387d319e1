// The ring as strokes: one dash pattern per node for the band, one wedge per node for the donut, the needle, and the strip around it.
import { type Arc, CIRCLE, type Circle, ownerAt } from './circle.ts';

/** Length that every drawn circle is said to have: a step is 0.015 px at the size the ring is drawn in. */
export const TURN = 100_000;

/**
 * The stroke-dasharray that draws these arcs on a circle of pathLength TURN. Positions are rounded, not lengths, so that errors do not
 * add up; what is too short for the eye is left out.
 */
export function dashes(arcs: readonly Arc[]): string {
  const lengths: number[] = [0];
  let at = 0;
  for (const { from, to } of arcs) {
    const start = Math.max(at, Math.round((from / CIRCLE) * TURN));
    const end = Math.round((to / CIRCLE) * TURN);
    if (end <= start) continue;
    if (start === at && lengths.length > 1) lengths.push((lengths.pop() ?? 0) + end - start);
    else lengths.push(start - at, end - start);
    at = end;
  }
  // 0-long dash, gap, dash, gap, …; the last gap goes to the end of the turn.
  lengths.push(TURN - at);
  return lengths.join(' ');
}

export interface Wedge {
  id: string;
  /** 0..1 of the turn. */
  from: number;
  to: number;
}

/** The shares one after the other, in the order given. They sum to one turn; all zero = no wedge. */
export function wedges(nodes: readonly { id: string; share: number }[]): Wedge[] {
  const total = nodes.reduce((sum, { share }) => sum + share, 0);
  if (total <= 0) return [];
  let at = 0;
  return nodes
    .filter(({ share }) => share > 0)
    .map(({ id, share }) => {
      const from = at;
      at += share / total;
      return { id, from, to: at };
    });
}

/** The stroke-dasharray of one wedge, shortened by `gap` (of TURN) for a line between neighbours; a lone wedge is whole. */
export function wedgeDashes({ from, to }: Wedge, gap: number): string {
  if (to - from >= 1) return `${TURN}`;
  const start = Math.round(from * TURN);
  const length = Math.max(Math.round(to * TURN) - start, 1);
  const cut = Math.min(gap, length / 2);
  return `0 ${start + cut / 2} ${length - cut} ${TURN - start - length + cut / 2}`;
}

/** Degrees from the top, clockwise. */
export function degreesOf(place: number): number {
  return (place / CIRCLE) * 360;
}

/** The place on the circle that a point of the drawing shows; `x` and `y` from the middle, y downwards. */
export function placeAt(x: number, y: number): number {
  const turn = Math.atan2(x, -y) / (2 * Math.PI);
  return Math.min(Math.floor((turn < 0 ? turn + 1 : turn) * CIRCLE), CIRCLE - 1);
}

/** The wedge under a place. */
export function wedgeAt(all: readonly Wedge[], place: number): Wedge | undefined {
  const turn = place / CIRCLE;
  return all.find(({ from, to }) => turn >= from && turn < to);
}

/** A point in the middle of a wedge at a radius, from the middle of the drawing. */
export function middleOf({ from, to }: Wedge, radius: number): { x: number; y: number } {
  const angle = (from + to) * Math.PI;
  return { x: Math.sin(angle) * radius, y: -Math.cos(angle) * radius };
}

/** Either side of the needle, of the whole circle. */
export const STRIP_REACH = 0.01;

interface Segment {
  id: string;
  /** 0..1 of the strip. */
  from: number;
  to: number;
  /** The point that ends it; absent when that lies beyond the strip. */
  point?: number;
}

/** The stretch of the circle within STRIP_REACH of a place, one segment per point. A segment across the end of the circle stays one. */
export function stripOf(circle: Circle, place: number): Segment[] {
  const reach = STRIP_REACH * CIRCLE;
  const start = place - reach;
  const segments: Segment[] = [];
  let at = start;
  while (at < place + reach) {
    // The owner of what lies just above `at`.
    const owner = ownerAt(circle, wrapped(Math.floor(at) + 1));
    if (owner === undefined) return [];
    const distance = wrapped(owner.point - Math.floor(at));
    const end = Math.floor(at) + (distance === 0 ? CIRCLE : distance);
    const seen = Math.min(end, place + reach);
    segments.push({
      id: owner.id,
      from: (at - start) / (2 * reach),
      to: (seen - start) / (2 * reach),
      ...(end <= place + reach && { point: owner.point }),
    });
    at = seen;
  }
  return segments;
}

/** Where a place lies on the strip around another one, 0..1; undefined beyond it. */
export function onStrip(middle: number, place: number): number | undefined {
  const reach = STRIP_REACH * CIRCLE;
  const distance = ((((place - middle) % CIRCLE) + CIRCLE * 1.5) % CIRCLE) - CIRCLE / 2;
  return Math.abs(distance) > reach ? undefined : (distance + reach) / (2 * reach);
}

function wrapped(place: number): number {
  return ((place % CIRCLE) + CIRCLE) % CIRCLE;
}
