// What may be asked of an archive, the same for every implementation: bounds, cursors, and which intervals a histogram has.
import { DELIVERY_STATUSES, type DeliveryStatus, inputError, parseInput } from '@message-push/protocol';
import { z } from 'zod';
import type { PushQuery } from './index.ts';
import { type SearchPhrase, searchPhrase } from './text.ts';

const PAGE_LIMIT_MAX = 200;
const BUCKETS_MAX = 500;
/** Matches are counted up to here; beyond it the total is a lower bound. */
export const TOTAL_MAX = 10_000;

const TEXT_MAX = 200;
const NAME_MAX = 256;
const CURSOR_MAX = 1024;
const APPS_MAX = 1000;
const SAMPLE_MAX = 1000;

const name = z.string().max(NAME_MAX);
const time = z.int();
const statuses = z.array(z.enum(DELIVERY_STATUSES)).min(1).max(DELIVERY_STATUSES.length);

const querySchema = z.object({
  app: name.optional(),
  apps: z.array(name).min(1).max(APPS_MAX).optional(),
  uid: name.optional(),
  message_id: name.optional(),
  status: statuses.optional(),
  platform: name.optional(),
  content_type: name.optional(),
  node: name.optional(),
  reason: name.optional(),
  text: z.string().max(TEXT_MAX).optional(),
  from: time.optional(),
  to: time.optional(),
});

const limit = z.int().min(1).max(PAGE_LIMIT_MAX);
const cursor = z.string().max(CURSOR_MAX).optional();
const pageSchema = z.object({ limit, cursor });
const deliveriesSchema = z.object({ limit, cursor, status: statuses.optional(), uid: name.optional() });

/** A query whose text is ready to be looked for. */
export interface CheckedQuery extends Omit<PushQuery, 'text'> {
  phrase?: SearchPhrase;
}

/** A place in the order of pushes: what follows is older. */
export interface Position {
  c_time: number;
  message_id: string;
}

/** Throws ApiError INVALID_QUERY that names the field. */
export function checkQuery(query: PushQuery): CheckedQuery {
  const { text, ...rest } = parseInput(querySchema, query, 'INVALID_QUERY');
  const checked = present(rest);
  if (text === undefined) return checked;
  const phrase = searchPhrase(text);
  if (phrase === undefined) throw invalid('text', 'must have a letter or a digit');
  return { ...checked, phrase };
}

export function checkPage(page: unknown): { limit: number; after?: Position } {
  const { limit, cursor } = parseInput(pageSchema, page, 'INVALID_QUERY');
  if (cursor === undefined) return { limit };
  const place = readCursor(cursor);
  if (!Array.isArray(place) || place.length !== 2) throw badCursor();
  const [c_time, message_id]: unknown[] = place;
  if (!Number.isSafeInteger(c_time) || typeof message_id !== 'string') throw badCursor();
  return { limit, after: { c_time: Number(c_time), message_id } };
}

/** How many deliveries a sample may have. */
export function checkSample(limit: unknown): number {
  return parseInput(z.object({ limit: z.int().min(1).max(SAMPLE_MAX) }), { limit }, 'INVALID_QUERY').limit;
}

/** The cursor of deliveries is the uid that the page before ended with. */
export function checkDeliveriesPage(page: unknown): {
  limit: number;
  after?: string;
  status?: DeliveryStatus[];
  uid?: string;
} {
  const { cursor, ...rest } = parseInput(deliveriesSchema, page, 'INVALID_QUERY');
  if (cursor === undefined) return present(rest);
  const after = readCursor(cursor);
  if (typeof after !== 'string') throw badCursor();
  return { ...present(rest), after };
}

export function writeCursor(place: Position | string): string {
  const parts = typeof place === 'string' ? place : [place.c_time, place.message_id];
  return Buffer.from(JSON.stringify(parts)).toString('base64url');
}

/**
 * The times a histogram covers, `from` inclusive, `to` exclusive. Intervals are counted from 1970; without a start the newest
 * 500 are meant. `end` is where the pushes of the archive end.
 */
export function checkIntervals(query: CheckedQuery, intervalMs: number, end: number): { from: number; to: number } {
  const interval = parseInput(z.int().min(1), intervalMs, 'INVALID_QUERY');
  const to = query.to ?? Math.max(end, query.from ?? end);
  const last = Math.floor((to - 1) / interval);
  const from = query.from ?? (last - BUCKETS_MAX + 1) * interval;
  if (last - Math.floor(from / interval) < BUCKETS_MAX) return { from, to };
  throw invalid('interval', `must be longer: the times asked for have more than ${BUCKETS_MAX} intervals`);
}

/** An error that names a field of a query. */
export function invalid(path: string, problem: string): Error {
  return inputError('INVALID_QUERY', [{ path, problem }]);
}

function badCursor(): Error {
  return invalid('cursor', 'is none that this archive gave');
}

function readCursor(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    throw badCursor();
  }
}

/** Without the properties that are undefined: zod's optional fields may be present and undefined. */
function present<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  // Only entries without a value were removed.
  return Object.fromEntries(Object.entries(value).filter(([, part]) => part !== undefined)) as never;
}
