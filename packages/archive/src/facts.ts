// What is known about one delivery, merged so that neither order nor repetition of what is told matters.
import { type DeliveryStatus, type DeliveryTimes, isSeq, parseSeq, type Receipt } from '@message-push/protocol';
import type { DeliveryRecord, PushRecord, QueuedPush } from './index.ts';

/** The times of a delivery from the nearest hop to the furthest; the place in this list plus one is the hop's number. */
export const HOP_TIMES = [
  'queued_at',
  'offline_at',
  'routed_at',
  'evicted_at',
  'dead_at',
  'recalled_at',
  'written_at',
  'acked_at',
] as const satisfies (keyof DeliveryTimes)[];

/** The status of each hop's number. A hop below `expired` is over when its time-to-live is (see `statusOf` of protocol). */
export const HOP_STATUSES = [
  'accepted',
  'queued',
  'offline',
  'routed',
  'expired',
  'dead',
  'recalled',
  'written',
  'acked',
] as const satisfies DeliveryStatus[];
export const HOP_EXPIRED = HOP_STATUSES.indexOf('expired');
export const HOP_WRITTEN = HOP_STATUSES.indexOf('written');
export const HOP_ACKED = HOP_STATUSES.indexOf('acked');

/** How long a message for whoever is online now may be under way, milliseconds (architecture: dropped when older). */
const ONLINE_ONLY_MS = 10_000;

/** When the deliveries of a push that are not written by then are over. */
export function expiryOf({ c_time, ttl_s }: PushRecord): number {
  return c_time + (ttl_s === 0 ? ONLINE_ONLY_MS : ttl_s * 1000);
}

/** What receipts tell besides times. Of several receipts the one of the furthest hop counts, of these the earliest. */
const MARKS = ['node', 'gateway', 'session_id', 'platform', 'ring_version', 'reason'] as const;
const NODE = MARKS.indexOf('node');
const REASON = MARKS.indexOf('reason');

/** How much a value counts (larger wins, then the larger value), and the value. */
type Mark = [weight: number, value: string | number];

/** Facts of one delivery: the smallest sequence, the earliest time per hop, the weightiest marks. */
export interface Facts {
  seq: string | null;
  partition: number | null;
  /** As in HOP_TIMES. */
  times: (number | null)[];
  /** As in MARKS. */
  marks: (Mark | null)[];
}

/** Weights of one hop lie above those of the hop before; within it the earlier time weighs more. */
const WEIGHTS_PER_HOP = 2 ** 45;

export function factsOfPush({ seq, partition, queued_at }: QueuedPush): Facts {
  return { seq, partition, times: HOP_TIMES.map((name) => (name === 'queued_at' ? queued_at : null)), marks: [] };
}

export function factsOfReceipt(receipt: Receipt): Facts {
  const times = HOP_TIMES.map((name) => (name === 'queued_at' ? null : (receipt[name] ?? null)));
  const hop = hopOf(times);
  const weight = hop === 0 ? 0 : hop * WEIGHTS_PER_HOP + (WEIGHTS_PER_HOP - 1 - (times[hop - 1] ?? 0));
  const marks = MARKS.map((name): Mark | null => {
    const value = receipt[name];
    return value === undefined ? null : [weight, value];
  });
  return { seq: receipt.seq ?? null, partition: null, times, marks };
}

/** Adds `more` to `facts`; answers whether that changed anything. */
export function mergeFacts(facts: Facts, more: Facts): boolean {
  let changed = false;
  if (more.seq !== null && (facts.seq === null || more.seq < facts.seq)) {
    facts.seq = more.seq;
    changed = true;
  }
  if (more.partition !== null && (facts.partition === null || more.partition < facts.partition)) {
    facts.partition = more.partition;
    changed = true;
  }
  for (let i = 0; i < HOP_TIMES.length; i++) {
    const time = more.times[i] ?? null;
    const known = facts.times[i] ?? null;
    if (time === null || (known !== null && known <= time)) continue;
    facts.times[i] = time;
    changed = true;
  }
  for (let i = 0; i < MARKS.length; i++) {
    const mark = more.marks[i] ?? null;
    if (mark === null || !weighsMore(mark, facts.marks[i] ?? null)) continue;
    facts.marks[i] = mark;
    changed = true;
  }
  return changed;
}

function weighsMore([weight, value]: Mark, known: Mark | null): boolean {
  if (known === null) return true;
  return weight === known[0] ? value > known[1] : weight > known[0];
}

/** Whether a reason of this weight is about the furthest hop. */
function explains(weight: number, times: Facts['times']): boolean {
  return Math.floor(weight / WEIGHTS_PER_HOP) >= hopOf(times);
}

/** The same, not to change when the other does. */
export function copyOfFacts({ seq, partition, times, marks }: Facts): Facts {
  return { seq, partition, times: [...times], marks: [...marks] };
}

/** The number of the furthest hop, 0 when no time is known. */
export function hopOf(times: Facts['times']): number {
  for (let i = HOP_TIMES.length - 1; i >= 0; i--) if ((times[i] ?? null) !== null) return i + 1;
  return 0;
}

/** The marks as they are stored: null when there are none. */
export function packMarks(marks: Facts['marks']): string | null {
  return marks.some((mark) => mark !== null) ? JSON.stringify(marks) : null;
}

export function unpackMarks(packed: string | null): Facts['marks'] {
  return packed === null ? [] : JSON.parse(packed); // written by packMarks
}

/** What a delivery can be found by besides its receiver and its status, as `describeFacts` tells it. */
export interface FoundBy {
  node?: string | undefined;
  reason?: string | undefined;
}

export function foundBy({ times, marks }: Facts): FoundBy {
  const [, node] = marks[NODE] ?? [];
  const [weight = 0, reason] = marks[REASON] ?? [];
  return {
    ...(node !== undefined && { node: String(node) }),
    ...(reason !== undefined && explains(weight, times) && { reason: String(reason) }),
  };
}

/** When the receiver got it: acknowledged, else written; null = not on record. */
export function arrivedAt({ times }: Facts): number | null {
  return times[HOP_ACKED - 1] ?? times[HOP_WRITTEN - 1] ?? null;
}

/** The facts by their public names; a reason is told only as long as nothing went further than what it explains. */
export function describeFacts({ seq, partition, times, marks }: Facts): Partial<DeliveryRecord> {
  const told: Record<string, string | number> = {};
  for (const [i, name] of HOP_TIMES.entries()) {
    const time = times[i] ?? null;
    if (time !== null) told[name] = time;
  }
  for (const [i, name] of MARKS.entries()) {
    const mark = marks[i] ?? null;
    if (mark === null || (i === REASON && !explains(mark[0], times))) continue;
    told[name] = mark[1];
  }
  if (seq !== null) {
    told.seq = seq;
    if (isSeq(seq)) told.offset = parseSeq(seq).offset;
  }
  if (partition !== null) told.partition = partition;
  return told; // each name was set from the value of that name
}
