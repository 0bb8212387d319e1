// What came since a list was read: known rows take what is new about them in their place, new ones are set apart.
import type { MessageRow } from '@message-push/protocol/admin';
import type { Page } from './api.ts';

const UNDER_WAY = ['accepted', 'queued', 'routed'] as const;
/** Rows older than this are not asked about again by themselves, milliseconds. */
const WATCHED_MS = 300_000;
/** Messages that were accepted in the same moment may become known in another order, milliseconds. */
const OVERLAP_MS = 5_000;

/** From when on to ask: a little before the newest row, or the oldest of the last minutes that is still under way. */
export function askFrom(rows: readonly MessageRow[], now: number): number {
  const newest = rows[0]?.c_time ?? now - WATCHED_MS;
  const moving = rows.filter((row) => row.c_time > now - WATCHED_MS && isUnderWay(row)).map(({ c_time }) => c_time);
  return Math.min(newest, ...moving) - OVERLAP_MS;
}

export function isUnderWay({ counts, accepted }: Pick<MessageRow, 'counts' | 'accepted'>): boolean {
  const known = Object.values(counts).reduce((sum, count) => sum + (count ?? 0), 0);
  return known < accepted || UNDER_WAY.some((status) => (counts[status] ?? 0) > 0);
}

/** The pages with the counts of `read`, and the rows of `read` that are in no page, newest first. */
export function takeIn(
  pages: readonly Page<MessageRow>[],
  read: readonly MessageRow[],
): { pages: Page<MessageRow>[]; fresh: MessageRow[] } {
  const byId = new Map(read.map((row) => [row.message_id, row]));
  const updated = pages.map((page) => {
    let changed = false;
    const rows = page.rows.map((row) => {
      const told = byId.get(row.message_id);
      byId.delete(row.message_id);
      if (told === undefined || JSON.stringify(told.counts) === JSON.stringify(row.counts)) return row;
      changed = true;
      return told;
    });
    return changed ? { ...page, rows } : page;
  });
  return { pages: updated, fresh: newestFirst([...byId.values()]) };
}

/** The pages with these rows at their head. */
export function putInFront(pages: readonly Page<MessageRow>[], fresh: readonly MessageRow[]): Page<MessageRow>[] {
  const [first, ...others] = pages;
  if (first === undefined) return [{ rows: newestFirst(fresh), cursor: undefined, total: undefined }];
  const known = new Set(pages.flatMap(({ rows }) => rows.map(({ message_id }) => message_id)));
  const rows = [...newestFirst(fresh.filter(({ message_id }) => !known.has(message_id))), ...first.rows];
  const added = rows.length - first.rows.length;
  const total = first.total && { ...first.total, count: first.total.count + added };
  return [{ ...first, rows, total }, ...others];
}

function newestFirst(rows: readonly MessageRow[]): MessageRow[] {
  return [...rows].sort((a, b) => b.c_time - a.c_time || (a.message_id < b.message_id ? 1 : -1));
}
