// The one list of delivery statuses, and which of two is further.

/** Statuses of one message to one uid, from the first hop to the final ones. */
export const DELIVERY_STATUSES = [
  'accepted',
  'queued',
  'offline',
  'routed',
  'written',
  'acked',
  'expired',
  'recalled',
  'dead',
] as const;
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

/**
 * Facts known about a delivery, in epoch milliseconds; each hop adds its own and never removes another's.
 * `expires_at` is a fact of the push.
 */
export interface DeliveryTimes {
  queued_at?: number;
  offline_at?: number;
  routed_at?: number;
  written_at?: number;
  acked_at?: number;
  evicted_at?: number;
  recalled_at?: number;
  dead_at?: number;
  expires_at?: number;
}

/**
 * The status these facts amount to at `now`: the furthest hop wins (acked > written > the final ones > routed >
 * offline > queued), and what was not written in time is expired. A socket's write counts for a client that does not acknowledge; of
 * one that does `written_at` comes with `acked_at`, so that what it never confirmed is `expired` once it left the inbox. A person is
 * reached when one of their devices is: `evicted_at` beside `written_at` says that another one still waited.
 */
export function statusOf(times: Partial<Record<keyof DeliveryTimes, number | undefined>>, now: number): DeliveryStatus {
  if (times.acked_at !== undefined) return 'acked';
  if (times.written_at !== undefined) return 'written';
  if (times.recalled_at !== undefined) return 'recalled';
  if (times.dead_at !== undefined) return 'dead';
  if (times.evicted_at !== undefined) return 'expired';
  if (times.expires_at !== undefined && now > times.expires_at) return 'expired';
  if (times.routed_at !== undefined) return 'routed';
  if (times.offline_at !== undefined) return 'offline';
  return times.queued_at !== undefined ? 'queued' : 'accepted';
}
