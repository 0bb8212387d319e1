// The query language of the history: `uid:57098049 status:expired app:demo title:"维护"`; all clauses hold at once. Same grammar in page and api.
import { DELIVERY_STATUSES, type DeliveryStatus } from '../status.ts';

/**
 * Fields of a clause. `failed` is a status too: expired, recalled or dead. `node` took the delivery furthest; a `reason` is a code of
 * REASONS or the words on record.
 */
export const QUERY_FIELDS = [
  'app',
  'uid',
  'id',
  'status',
  'node',
  'reason',
  'platform',
  'content_type',
  'text',
] as const;
export type QueryField = (typeof QUERY_FIELDS)[number];
export const FAILED: readonly DeliveryStatus[] = ['expired', 'recalled', 'dead'];

/** A clause and where it stands in the text (columns from 0, end exclusive). Words without a field are `text`. */
export interface Clause {
  field: QueryField;
  value: string;
  from: number;
  to: number;
}

export type QueryProblem = 'unknownField' | 'noValue' | 'openQuote' | 'unknownStatus' | 'twice' | 'badId';
export interface QueryError {
  problem: QueryProblem;
  from: number;
  to: number;
}

export type ParsedQuery = { ok: true; clauses: Clause[] } | { ok: false; error: QueryError };

const ALIASES: Record<string, QueryField> = { title: 'text', content: 'text', message_id: 'id' };
const TOKEN = /\s*(?:([A-Za-z_]+):)?(?:"((?:[^"\\]|\\.)*)"|("[^"]*$)|(\S*))/y;
const MESSAGE_ID = /^[0-9a-f]{32}$/;

/** Reads a query; never throws. An empty one has no clauses. */
export function parseQuery(text: string): ParsedQuery {
  const clauses: Clause[] = [];
  for (let at = 0; at < text.trimEnd().length; ) {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    if (match === null) break;
    const [whole, name, quoted, open, bare] = match;
    const from = at + (whole.length - whole.trimStart().length);
    at = TOKEN.lastIndex;
    const place = { from, to: at };
    if (open !== undefined) return refused('openQuote', place);
    const value = quoted === undefined ? (bare ?? '') : quoted.replace(/\\(.)/g, '$1');
    const clause = clauseOf(name, value, place);
    if ('problem' in clause) return { ok: false, error: clause };
    const twin = clauses.find(({ field }) => field === clause.field);
    if (twin === undefined) clauses.push(clause);
    else if (clause.field === 'text') Object.assign(twin, { value: `${twin.value} ${clause.value}`, to: clause.to });
    else return refused('twice', place);
  }
  return { ok: true, clauses };
}

/** A clause as text that `parseQuery` reads back. */
export function formatClause({ field, value }: Pick<Clause, 'field' | 'value'>): string {
  const plain = /^[^\s":\\]+$/.test(value);
  return `${field}:${plain ? value : `"${value.replace(/["\\]/g, '\\$&')}"`}`;
}

/** Statuses of a status clause, e.g. `acked,written` or `failed`; undefined when one is none. */
export function statusesIn(value: string): DeliveryStatus[] | undefined {
  const found = new Set<DeliveryStatus>();
  for (const part of value.toLowerCase().split(',')) {
    const known = part === 'failed' ? FAILED : DELIVERY_STATUSES.filter((status) => status === part);
    if (known.length === 0) return undefined;
    for (const status of known) found.add(status);
  }
  return [...found];
}

function clauseOf(name: string | undefined, value: string, place: { from: number; to: number }): Clause | QueryError {
  const field = fieldOf(name ?? 'text');
  if (field === undefined) return { problem: 'unknownField', ...place };
  if (value.trim() === '') return { problem: 'noValue', ...place };
  if (field === 'status' && statusesIn(value) === undefined) return { problem: 'unknownStatus', ...place };
  if (field === 'id' && !MESSAGE_ID.test(value)) return { problem: 'badId', ...place };
  return { field, value, ...place };
}

function fieldOf(name: string): QueryField | undefined {
  const lower = name.toLowerCase();
  return QUERY_FIELDS.find((field) => field === lower) ?? ALIASES[lower];
}

function refused(problem: QueryProblem, place: { from: number; to: number }): ParsedQuery {
  return { ok: false, error: { problem, ...place } };
}
