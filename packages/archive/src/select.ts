// SQL for a query: where its candidates come from, in which ranges of ids they are looked at, and what they must satisfy.
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { DeliveryStatus } from '@message-push/protocol';
import { HOP_EXPIRED, HOP_STATUSES } from './facts.ts';
import type { CheckedQuery } from './query.ts';
import { firstId, SLOT_BITS, TIME_MAX } from './schema.ts';
import { hasPhrase, searchText } from './text.ts';

/** Ids to look at: `lo` inclusive, `hi` exclusive. */
export interface Range {
  lo: bigint;
  hi: bigint;
}

/** A list of push ids (column `id`) within a range. Ids may repeat, and some may have no push. */
interface Source {
  sql: string;
  /** The same for several sorted lists that must be merged. */
  parts: string[];
  /** Which clause of the query it makes needless. */
  covers: 'message_id' | 'uid' | 'node' | 'reason' | 'phrase' | 'status' | 'app' | 'apps' | 'all';
}

/** So many apps are searched one by one; among more of them every push is looked at. */
const APP_LISTS_MAX = 20;

/** What a delivery is found by, each with an index of its own. */
const MARKED = ['uid', 'node', 'reason'] as const;

/** Sources are compared up to this many candidates. */
const ESTIMATE_MAX = 2000;

/** The status of delivery `d` of push `p` at `$now`, as an index of HOP_STATUSES. */
export const HOP_NOW = `CASE WHEN d.hop >= ${HOP_EXPIRED} OR p.expires_at >= $now THEN d.hop ELSE ${HOP_EXPIRED} END`;

/** One query against one database, good for one call. */
export class Selection {
  readonly #query: CheckedQuery;
  readonly #statements: StatementCache;
  readonly #params: Record<string, SQLInputValue>;
  readonly #source: Source;
  readonly range: Range;

  constructor(statements: StatementCache, query: CheckedQuery, now: number, hi: bigint | undefined) {
    this.#query = query;
    this.#statements = statements;
    this.range = { lo: firstId(query.from ?? 0), hi: least(firstId(query.to ?? TIME_MAX + 1), hi) };
    this.#params = parameters(query, now);
    this.#source = this.#cheapest();
  }

  /** The highest range below `hi` that holds about `size` candidates: whole milliseconds, so that each can be sorted by itself. */
  window(hi: bigint, size: number): Range {
    const { parts } = this.#source;
    const lists = parts.map((part) => `SELECT id FROM (${part} ORDER BY id DESC LIMIT ${size})`);
    const sql = `SELECT id FROM (${lists.join(' UNION ALL ')}) ORDER BY id DESC LIMIT 1 OFFSET ${size - 1}`;
    const id = this.all(sql, { lo: this.range.lo, hi }, {}, true)[0]?.id;
    return { lo: typeof id === 'bigint' ? (id >> SLOT_BITS) << SLOT_BITS : this.range.lo, hi };
  }

  /** Rows of `SELECT columns FROM push p [join] WHERE …` over the pushes that satisfy the query, within the range. */
  rows(range: Range, { columns, join = '', tail = '', where = [], params = {} }: RowsOptions): Row[] {
    const clauses = [`p.id IN (${this.#source.sql})`, ...this.#clauses(join === ''), ...where];
    return this.all(`SELECT ${columns} FROM push p ${join} WHERE ${clauses.join(' AND ')} ${tail}`, range, params);
  }

  all(sql: string, range: Range, params: Record<string, SQLInputValue>, withIds = false): Row[] {
    return this.#statements.get(sql, withIds).all({ ...this.#params, $lo: range.lo, $hi: range.hi, ...params });
  }

  /** What the query demands beyond its source. With `exists` its clauses on deliveries become one that some delivery satisfies them. */
  #clauses(exists: boolean): string[] {
    const { covers } = this.#source;
    const { app, apps, message_id, platform, content_type, phrase, status } = this.#query;
    const clauses: string[] = [];
    if (message_id !== undefined && covers !== 'message_id') clauses.push('p.message_id = $message_id');
    if (app !== undefined && covers !== 'app') clauses.push('p.app = $app');
    if (apps !== undefined && covers !== 'apps') clauses.push('p.app IN (SELECT value FROM json_each($apps))');
    if (content_type !== undefined) clauses.push('p.content_type = $content_type');
    // A JSON text has the quoted name only where it is an item.
    if (platform !== undefined) clauses.push('(p.platforms IS NULL OR instr(p.platforms, $platform) > 0)');
    const ofDelivery: string[] = [];
    for (const name of MARKED) if (this.#query[name] !== undefined) ofDelivery.push(`d.${name} = $${name}`);
    if (status !== undefined) ofDelivery.push(statusClause(status));
    // The source may have found the delivery by all that is asked of it.
    const found = ofDelivery.length === 1 && ofDelivery[0] === `d.${covers} = $${covers}`;
    if (!exists) clauses.push(...ofDelivery);
    else if (ofDelivery.length > 0 && !found)
      clauses.push(
        `EXISTS (SELECT 1 FROM delivery d WHERE d.message_id = p.message_id AND ${ofDelivery.join(' AND ')})`,
      );
    if (phrase !== undefined && covers !== 'phrase') clauses.push('has_phrase(p.title, p.content, $phrase)');
    return clauses;
  }

  #cheapest(): Source {
    const sources = sourcesOf(this.#query);
    let [best] = sources;
    let least = Number.POSITIVE_INFINITY;
    for (const source of sources.length > 1 ? sources : []) {
      const sql = `SELECT count(*) AS n FROM (${source.sql} LIMIT ${ESTIMATE_MAX})`;
      const n = Number(this.all(sql, this.range, {})[0]?.n);
      if (n < least) [best, least] = [source, n];
    }
    return best;
  }
}

interface RowsOptions {
  columns: string;
  join?: string;
  where?: string[];
  tail?: string;
  params?: Record<string, SQLInputValue>;
}

export type Row = Record<string, unknown>;

/** Every way to find the pushes of a query, the better first among equals. */
function sourcesOf(query: CheckedQuery): [Source, ...Source[]] {
  const within = (column: string) => `${column} >= $lo AND ${column} < $hi`;
  const one = (sql: string, covers: Source['covers']): Source => ({ sql, parts: [sql], covers });
  if (query.message_id !== undefined)
    return [one(`SELECT id FROM push WHERE message_id = $message_id AND ${within('id')}`, 'message_id')];
  const sources: Source[] = [];
  if (query.phrase !== undefined)
    sources.push(one(`SELECT rowid AS id FROM words WHERE words MATCH $match AND ${within('rowid')}`, 'phrase'));
  for (const name of MARKED)
    if (query[name] !== undefined)
      sources.push(one(`SELECT push_id AS id FROM delivery WHERE ${name} = $${name} AND ${within('push_id')}`, name));
  if (query.status !== undefined) {
    const hop = (which: string) => `SELECT push_id AS id FROM delivery WHERE hop ${which} AND ${within('push_id')}`;
    const hops = hopsOf(query.status);
    sources.push({ sql: hop(`IN (${hops.join()})`), parts: hops.map((n) => hop(`= ${n}`)), covers: 'status' });
  }
  if (query.app !== undefined) sources.push(one(`SELECT id FROM push WHERE app = $app AND ${within('id')}`, 'app'));
  else if (query.apps !== undefined && query.apps.length <= APP_LISTS_MAX) {
    const parts = query.apps.map((_, n) => `SELECT id FROM push WHERE app = ${nthApp(n)} AND ${within('id')}`);
    sources.push({ sql: parts.join(' UNION ALL '), parts, covers: 'apps' });
  }
  const [first = one(`SELECT id FROM push WHERE ${within('id')}`, 'all'), ...rest] = sources;
  return [first, ...rest];
}

/** The parameter of one of the apps; a repeated one finds its pushes twice, which a source may. */
function nthApp(n: number): string {
  return `json_extract($apps, '$[${n}]')`;
}

/** Hops that a delivery in one of these statuses can have. */
function hopsOf(statuses: DeliveryStatus[]): number[] {
  const hops = new Set(statuses.map((status) => HOP_STATUSES.indexOf(status)));
  if (hops.has(HOP_EXPIRED)) for (let hop = 0; hop < HOP_EXPIRED; hop++) hops.add(hop);
  return [...hops].sort((a, b) => a - b);
}

/** That delivery `d` of push `p` is in one of these statuses at `$now`. */
export function statusClause(statuses: DeliveryStatus[]): string {
  const hops = statuses.map((status) => HOP_STATUSES.indexOf(status));
  const ended = hops.filter((hop) => hop >= HOP_EXPIRED);
  const open = hops.filter((hop) => hop < HOP_EXPIRED);
  const ways: string[] = [];
  if (ended.length > 0) ways.push(`d.hop IN (${ended.join()})`);
  if (open.length > 0) ways.push(`(d.hop IN (${open.join()}) AND p.expires_at >= $now)`);
  if (ended.includes(HOP_EXPIRED)) ways.push(`(d.hop < ${HOP_EXPIRED} AND p.expires_at < $now)`);
  return `(${ways.join(' OR ')})`;
}

function parameters(query: CheckedQuery, now: number): Record<string, SQLInputValue> {
  const params: Record<string, SQLInputValue> = { $now: now };
  for (const name of ['app', 'message_id', 'content_type', ...MARKED] as const) {
    const value = query[name];
    if (value !== undefined) params[`$${name}`] = value;
  }
  if (query.apps !== undefined) params.$apps = JSON.stringify(query.apps);
  if (query.platform !== undefined) params.$platform = JSON.stringify(query.platform);
  if (query.phrase !== undefined) {
    // Words are letters, marks and digits alone: nothing in them can end the quotes.
    params.$match = `"${query.phrase.words.join(' ')}"${query.phrase.prefix ? '*' : ''}`;
    params.$phrase = JSON.stringify(query.phrase);
  }
  return params;
}

function least(a: bigint, b: bigint | undefined): bigint {
  return b === undefined || a < b ? a : b;
}

/** Statements by their text. Queries combine a few clauses, so that there are few of them; at the limit all are made anew. */
export class StatementCache {
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(db: DatabaseSync) {
    this.#db = db;
    db.function('has_phrase', { deterministic: true }, (title, content, phrase) => {
      const text = searchText(title === null ? undefined : String(title), String(content));
      return hasPhrase(text, JSON.parse(String(phrase))) ? 1 : 0; // written by `parameters`
    });
  }

  /** `withIds`: answers integers as bigint. Parameters that a statement does not name are ignored. */
  get(sql: string, withIds = false): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement !== undefined) return statement;
    if (this.#statements.size >= 500) this.#statements.clear();
    statement = this.#db.prepare(sql);
    statement.setReadBigInts(withIds);
    statement.setAllowUnknownNamedParameters(true);
    this.#statements.set(sql, statement);
    return statement;
  }
}
