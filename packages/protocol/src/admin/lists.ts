// Parts of queries that several resources share: pages and ranges of time.
import { coerce, optional, string } from 'zod';
import { because } from '../problems.ts';
import { line } from '../texts.ts';
import { timeOf } from '../times.ts';

const PAGE_MAX = 200;
const PAGE = 50;
const CURSOR_CHARS_MAX = 512;

export const listFields = {
  cursor: optional(line(CURSOR_CHARS_MAX)).describe('Of the page before; absent for the first.'),
  limit: coerce.number().int().min(1).max(PAGE_MAX).default(PAGE),
};

/** A time in a query, see `timeOf`. */
const time = string().refine((text) => timeOf(text, 0) !== undefined, because('time'));

/** `from` inclusive, `to` exclusive. */
export const range = { from: optional(time), to: optional(time) };
