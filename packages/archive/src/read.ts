// Reads of the embedded archive, inside the worker. Each call looks at a bounded number of candidates and says where to go on,
// so that a long search and the writes take turns.
import type { DatabaseSync } from 'node:sqlite';
import type { DeliveryStatus } from '@message-push/protocol';
import { describeFacts, HOP_ACKED, HOP_STATUSES, HOP_WRITTEN } from './facts.ts';
import type { DeliveryRecord, PushSummary, SampledDelivery } from './index.ts';
import type { CheckedQuery, Position } from './query.ts';
import { firstId, SLOT_BITS } from './schema.ts';
import { HOP_NOW, type Range, type Row, Selection, StatementCache, statusClause } from './select.ts';
import { FACT_COLUMNS, factsOfRow } from './write.ts';

/** Candidates looked at in one call: some 10 ms. */
const CALL_MAX = 4096;
/** The first window of a page: most pages are full after it. */
const FIRST_WINDOW = 256;
/** Pushes per window of a tally: each may have 1,000 deliveries. */
const TALLY_WINDOW = 512;

/** Columns of a push; ids are too large for numbers and stay inside. */
const PUSH = `p.id >> ${SLOT_BITS} AS c_time, p.message_id, p.app, p.ttl_s, p.accepted, p.platforms, p.title, p.content,
  p.content_type, p.extras, p.traceparent, (SELECT count(*) FROM erased e WHERE e.message_id = p.message_id) AS erased`;
const FACTS = FACT_COLUMNS.map((name) => `d.${name}`).join(', ');

/** Where to go on: ids below. Absent = all was looked at. `looked` counts candidates. */
export interface Progress {
  next?: bigint;
  looked: number;
}

export interface ReadArgs {
  query: CheckedQuery;
  /** For what has expired by now. */
  now: number;
  /** `next` of the call before. */
  hi?: bigint;
}

export interface PageArgs extends ReadArgs {
  limit: number;
  after?: Position;
}

export interface DeliveriesArgs {
  messageId: string;
  now: number;
  limit: number;
  after?: string;
  status?: DeliveryStatus[];
  uid?: string;
}

/** Deliveries per interval and hop. */
export interface HistogramPart {
  from: number;
  hop: number;
  n: number;
}

export interface Funnel {
  accepted: number;
  routed: number;
  written: number;
  acked: number;
}

export class Reader {
  readonly #statements: StatementCache;

  constructor(db: DatabaseSync) {
    this.#statements = new StatementCache(db);
  }

  /** Up to `limit` pushes, newest first, after a position. Fewer with `next` mean: go on there. */
  page({ query, now, limit, after, hi }: PageArgs): { items: PushSummary[] } & Progress {
    const selection = new Selection(this.#statements, query, now, hi ?? (after && firstId(after.c_time + 1)));
    const where =
      after === undefined ? [] : [`(p.id >> ${SLOT_BITS}, p.message_id) < ($after_time, $after_message_id)`];
    const params = after === undefined ? {} : { $after_time: after.c_time, $after_message_id: after.message_id };
    const items: PushSummary[] = [];
    const progress = walk(selection, { window: FIRST_WINDOW, growth: 4 }, (range) => {
      const tail = `ORDER BY p.id >> ${SLOT_BITS} DESC, p.message_id DESC LIMIT ${limit - items.length}`;
      const rows = selection.rows(range, { columns: PUSH, where, params, tail });
      for (const row of rows) items.push(this.#summary(row, now));
      return items.length < limit;
    });
    return { items, ...progress };
  }

  /** How many pushes satisfy the query, counted until there are more than `max`. */
  count({ query, now, hi, max }: ReadArgs & { max: number }): { n: number } & Progress {
    const selection = new Selection(this.#statements, query, now, hi);
    let n = 0;
    const progress = walk(selection, { window: CALL_MAX, growth: 1 }, (range) => {
      n += Number(selection.rows(range, { columns: 'count(*) AS n' })[0]?.n);
      return n <= max;
    });
    return { n, ...progress };
  }

  histogram({ query, now, hi, intervalMs }: ReadArgs & { intervalMs: number }): { parts: HistogramPart[] } & Progress {
    const selection = new Selection(this.#statements, query, now, hi);
    const parts: HistogramPart[] = [];
    const progress = walk(selection, { window: TALLY_WINDOW, growth: 1 }, (range) => {
      const columns = `(p.id >> ${SLOT_BITS}) / $interval AS bucket, ${HOP_NOW} AS status, count(*) AS n`;
      const params = { $interval: BigInt(intervalMs) }; // a number would be bound as a fraction
      for (const { bucket, status, n } of this.#tally(selection, range, columns, 'GROUP BY 1, 2', params))
        parts.push({ from: Number(bucket) * intervalMs, hop: Number(status), n: Number(n) });
      return true;
    });
    return { parts, ...progress };
  }

  funnel({ query, now, hi }: ReadArgs): Funnel & Progress {
    const selection = new Selection(this.#statements, query, now, hi);
    const funnel: Funnel = { accepted: 0, routed: 0, written: 0, acked: 0 };
    const progress = walk(selection, { window: TALLY_WINDOW, growth: 1 }, (range) => {
      const columns = `count(*) AS accepted, count(nullif(d.hop >= ${HOP_WRITTEN} OR d.routed_at IS NOT NULL, 0)) AS routed,
        count(nullif(d.hop >= ${HOP_WRITTEN}, 0)) AS written, count(nullif(d.hop = ${HOP_ACKED}, 0)) AS acked`;
      const [row] = this.#tally(selection, range, columns, '', {});
      for (const hop of ['accepted', 'routed', 'written', 'acked'] as const) funnel[hop] += Number(row?.[hop]);
      return true;
    });
    return { ...funnel, ...progress };
  }

  /** Up to `limit` deliveries, those of the newest pushes first. Fewer with `next` mean: go on there. */
  sample({ query, now, limit, hi }: ReadArgs & { limit: number }): { items: SampledDelivery[] } & Progress {
    const selection = new Selection(this.#statements, query, now, hi);
    const items: SampledDelivery[] = [];
    const columns = `p.id >> ${SLOT_BITS} AS c_time, p.app, p.expires_at, ${HOP_NOW} AS status, d.message_id, d.uid, ${FACTS}`;
    const progress = walk(selection, { window: FIRST_WINDOW, growth: 4 }, (range) => {
      const tail = `ORDER BY p.id >> ${SLOT_BITS} DESC, p.message_id DESC LIMIT ${limit - items.length}`;
      for (const row of this.#tally(selection, range, columns, tail, {}))
        items.push({ ...delivery(row), c_time: Number(row.c_time) });
      return items.length < limit;
    });
    return { items, ...progress };
  }

  push({ messageId, now }: { messageId: string; now: number }): PushSummary | undefined {
    const sql = `SELECT ${PUSH} FROM push p WHERE p.message_id = $message_id`;
    const row = this.#statements.get(sql).get({ $message_id: messageId });
    return row && this.#summary(row, now);
  }

  /** Deliveries of a known push by uid, one more than `limit` when there are more. */
  deliveries({ messageId, now, limit, after, status, uid }: DeliveriesArgs): DeliveryRecord[] {
    const clauses = ['d.message_id = $message_id'];
    if (after !== undefined) clauses.push('d.uid > $after');
    if (uid !== undefined) clauses.push('d.uid = $uid');
    if (status !== undefined) clauses.push(statusClause(status));
    const sql = `SELECT p.app, p.expires_at, ${HOP_NOW} AS status, d.message_id, d.uid, ${FACTS} FROM push p JOIN delivery d ON d.message_id = p.message_id
      WHERE ${clauses.join(' AND ')} ORDER BY d.uid LIMIT ${limit + 1}`;
    const params = { $message_id: messageId, $now: now, $after: after ?? null, $uid: uid ?? null };
    return this.#statements.get(sql).all(params).map(delivery);
  }

  /** The time after the newest push, 0 when there is none. */
  end(): number {
    const sql = `SELECT (max(id) >> ${SLOT_BITS}) + 1 AS time FROM push`;
    return Number(this.#statements.get(sql).get()?.time ?? 0);
  }

  #tally(selection: Selection, range: Range, columns: string, tail: string, params: Record<string, bigint>): Row[] {
    const join = 'CROSS JOIN delivery d ON d.message_id = p.message_id';
    return selection.rows(range, { columns, join, tail, params });
  }

  #summary(row: Row, now: number): PushSummary {
    const counts: PushSummary['counts'] = {};
    const sql = `SELECT ${HOP_NOW} AS status, count(*) AS n, max(coalesce(d.acked_at, d.written_at)) AS last_at FROM push p JOIN delivery d ON d.message_id = p.message_id
      WHERE p.message_id = $message_id GROUP BY 1`;
    const params = { $message_id: String(row.message_id), $now: now };
    let last = 0;
    for (const { status, n, last_at } of this.#statements.get(sql).all(params)) {
      last = Math.max(last, Number(last_at));
      const name = HOP_STATUSES[Number(status)];
      if (name !== undefined) counts[name] = Number(n);
    }
    return { ...pushOfRow(row), counts, ...(last > 0 && { last_at: last }) };
  }
}

/** Visits windows from the newest to the oldest until the visitor has enough or the call has looked at enough. */
function walk(
  selection: Selection,
  { window, growth }: { window: number; growth: number },
  visit: (range: Range) => boolean,
): Progress {
  let { hi } = selection.range;
  let size = window;
  let looked = 0;
  while (hi > selection.range.lo) {
    if (looked >= CALL_MAX) return { next: hi, looked };
    const range = selection.window(hi, size);
    looked += size;
    if (!visit(range)) break;
    hi = range.lo;
    size = Math.min(size * growth, CALL_MAX);
  }
  return { looked };
}

function pushOfRow(row: Row): Omit<PushSummary, 'counts'> {
  const { title, content_type, extras, platforms, traceparent, erased } = row;
  return {
    message_id: String(row.message_id),
    app: String(row.app),
    ...(platforms === null ? {} : { platforms: JSON.parse(String(platforms)) }), // written by Writer
    message: {
      ...(title === null ? {} : { title: String(title) }),
      content: String(row.content),
      ...(content_type === null ? {} : { content_type: String(content_type) }),
      ...(extras === null ? {} : { extras: String(extras) }),
    },
    c_time: Number(row.c_time),
    ttl_s: Number(row.ttl_s),
    accepted: Number(row.accepted),
    ...(traceparent === null ? {} : { traceparent: String(traceparent) }),
    ...(erased === 0 ? {} : { erased: Number(erased) }),
  };
}

function delivery(row: Row): DeliveryRecord {
  return {
    message_id: String(row.message_id),
    app: String(row.app),
    uid: String(row.uid),
    status: HOP_STATUSES[Number(row.status)] ?? 'accepted',
    expires_at: Number(row.expires_at),
    ...describeFacts(factsOfRow(row)),
  };
}
