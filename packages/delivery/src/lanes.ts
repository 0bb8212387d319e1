// Posts to one incarnation of a node: in order, one batch under way, none given up before the ring says the node is out.
import type { RingDocument } from '@message-push/protocol';
import type { Bind } from './types.ts';

export interface LaneLimits {
  /** Posts in a batch. */
  batchMax: number;
  /** Bytes in a batch; one post is always taken. */
  batchBytesMax: number;
}

export const LANE_LIMITS: LaneLimits = { batchMax: 500, batchBytesMax: 1024 * 1024 };

/** `T` is one delivery with what its sender needs to settle it. */
export interface Lane<T extends { bytes: number }> {
  readonly node: string;
  readonly incarnation: string;
  waiting: T[];
  /** The batch under way, undefined when the lane is free. */
  inFlight: T[] | undefined;
}

export function openLane<T extends { bytes: number }>(node: string, incarnation: string): Lane<T> {
  return { node, incarnation, waiting: [], inFlight: undefined };
}

/** Takes the next batch to post; undefined while one is under way or nothing waits. */
export function takeBatch<T extends { bytes: number }>(lane: Lane<T>, limits: LaneLimits): T[] | undefined {
  if (lane.inFlight !== undefined || lane.waiting.length === 0) return undefined;
  let bytes = 0;
  let count = 0;
  for (const post of lane.waiting) {
    bytes += post.bytes;
    if (count > 0 && (count >= limits.batchMax || bytes > limits.batchBytesMax)) break;
    count++;
  }
  lane.inFlight = lane.waiting.splice(0, count);
  return lane.inFlight;
}

/** The node answered: these posts are settled. */
export function onAnswered<T extends { bytes: number }>(lane: Lane<T>): T[] {
  const settled = lane.inFlight ?? [];
  lane.inFlight = undefined;
  return settled;
}

/** No answer, or a refusal: the same posts come first again. */
export function onFailed<T extends { bytes: number }>(lane: Lane<T>): void {
  lane.waiting = [...(lane.inFlight ?? []), ...lane.waiting];
  lane.inFlight = undefined;
}

/** The incarnation is out of the ring: all posts are settled, the next bind of their receivers reads the inbox. */
export function giveUp<T extends { bytes: number }>(lane: Lane<T>): T[] {
  const settled = [...(lane.inFlight ?? []), ...lane.waiting];
  lane.inFlight = undefined;
  lane.waiting = [];
  return settled;
}

/**
 * Whether the incarnation of a bind still counts. `out` needs a ring at least as new as the one the bind was made by; with an
 * older one the caller reads the ring again first.
 */
export function judge(bind: Bind, ring: Pick<RingDocument, 'version' | 'nodes'>): 'in' | 'out' | 'refresh' {
  const listed = ring.nodes.some((node) => node.id === bind.node && node.incarnation === bind.incarnation);
  if (listed) return 'in';
  return ring.version >= bind.ring_version ? 'out' : 'refresh';
}
