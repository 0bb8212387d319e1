// Parts of queries that several resources share: pages and ranges of time.
import { coerce, optional, string } from 'zod';
import { because } from '../problems.ts';
import { line } from '../texts.ts';

const PAGE_MAX = 200;
const PAGE = 50;
const CURSOR_CHARS_MAX = 512;
const RELATIVE = /^now(-(\d{1,5})([smhd]))?$/;
const UNIT_MS: Record<string, number> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const EPOCH_MS = /^\d{1,15}$/;
const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/i;

export const listFields = {
  cursor: optional(line(CURSOR_CHARS_MAX)).describe('Of the page before; absent for the first.'),
  limit: coerce.number().int().min(1).max(PAGE_MAX).default(PAGE),
};

/** A time in a query: `now`, `now-15m` (s, m, h, d), epoch milliseconds or RFC 3339; see `timeOf`. */
const time = string().refine((text) => timeOf(text, 0) !== undefined, because('time'));

/** `from` inclusive, `to` exclusive. */
export const range = { from: optional(time), to: optional(time) };

/** Epoch milliseconds of a time in a query; undefined when it is none. */
export function timeOf(text: string, now: number): number | undefined {
  const relative = RELATIVE.exec(text);
  if (relative !== null) return now - Number(relative[2] ?? 0) * (UNIT_MS[relative[3] ?? 's'] ?? 0);
  if (EPOCH_MS.test(text)) return Number(text);
  const at = RFC3339.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? undefined : at;
}
