// How the ends of a log are judged by what was seen of it.

/** True when a log ends at or below an offset that was seen before its end was read. */
export function isShorter(ends: number[], offsets: Record<number, number>): boolean {
  return Object.entries(offsets).some(([partition, last]) => (ends[Number(partition)] ?? 0) <= last);
}
