// Puts together what is told about deliveries: any order, any repetition, the same result. The earliest time of each hop counts.
import type { DeliveryRow, ReceiptsEvent } from '@message-push/protocol/admin';
import { type DeliveryTimes, statusOf } from '@message-push/protocol/status';

export type Receipt = ReceiptsEvent['items'][number];

const TIMES = [
  'queued_at',
  'offline_at',
  'routed_at',
  'written_at',
  'acked_at',
  'evicted_at',
  'recalled_at',
  'dead_at',
  'expires_at',
] as const satisfies (keyof DeliveryTimes)[];

/** How far a delivery has come; further ones keep their node, gateway and session. */
const RANK: Record<DeliveryRow['status'], number> = {
  accepted: 0,
  queued: 1,
  offline: 2,
  routed: 3,
  expired: 4,
  recalled: 4,
  dead: 4,
  written: 5,
  acked: 6,
};

/** Two views of one delivery as one. Of equal ones the same object comes back. */
export function mergeDelivery(known: DeliveryRow, told: Receipt, now: number): DeliveryRow {
  const further = rankOf(told, now) > rankOf(known, now);
  const defined = Object.fromEntries(Object.entries(told).filter(([, value]) => value !== undefined));
  const merged: DeliveryRow = further ? { ...known, ...defined } : { ...defined, ...known };
  for (const time of TIMES) {
    const earliest = Math.min(known[time] ?? Number.POSITIVE_INFINITY, told[time] ?? Number.POSITIVE_INFINITY);
    if (Number.isFinite(earliest)) merged[time] = earliest;
  }
  merged.status = statusOf(merged, now);
  return same(known, merged) ? known : merged;
}

function rankOf(delivery: Receipt, now: number): number {
  return RANK[statusOf(delivery, now)];
}

function same(one: DeliveryRow, other: DeliveryRow): boolean {
  const keys = Object.keys(other) as (keyof DeliveryRow)[]; // own keys of a plain object
  return keys.length === Object.keys(one).length && keys.every((key) => one[key] === other[key]);
}

/** The rows with what is told of them; rows that nothing new is told about stay the same objects, and so does the list. */
export function mergeRows(rows: DeliveryRow[], told: readonly Receipt[], now: number): DeliveryRow[] {
  const byUid = new Map<string, Receipt[]>();
  for (const receipt of told) byUid.set(receipt.uid, [...(byUid.get(receipt.uid) ?? []), receipt]);
  let changed = false;
  const merged = rows.map((row) => {
    const next = (byUid.get(row.uid) ?? []).reduce<DeliveryRow>(
      (known, receipt) => mergeDelivery(known, receipt, now),
      row,
    );
    changed ||= next !== row;
    return next;
  });
  return changed ? merged : rows;
}

/** What was read with what is known besides: nothing known is taken back, and nobody known is left out. */
export function joinRows(read: DeliveryRow[], known: readonly DeliveryRow[], now: number): DeliveryRow[] {
  const found = new Set(read.map(({ uid }) => uid));
  const missing = known.filter(({ uid }) => !found.has(uid));
  return [...mergeRows(read, known, now), ...missing];
}

/** Nothing is expected to come any more: it arrived or ended. A client that does not acknowledge stays at `written`. */
export function isSettled({ status }: Pick<DeliveryRow, 'status'>): boolean {
  return (
    status === 'acked' || status === 'written' || status === 'expired' || status === 'recalled' || status === 'dead'
  );
}

/** Milliseconds from `since` to where it arrived; undefined while it has not. */
export function totalOf(row: Pick<DeliveryRow, 'acked_at' | 'written_at'>, since: number): number | undefined {
  const at = row.acked_at ?? row.written_at;
  return at === undefined ? undefined : Math.max(0, at - since);
}

/** Deliveries per status; statuses without any are left out. */
export function countsOf(rows: readonly Pick<DeliveryRow, 'status'>[]): Partial<Record<DeliveryRow['status'], number>> {
  const counts: Partial<Record<DeliveryRow['status'], number>> = {};
  for (const { status } of rows) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}
