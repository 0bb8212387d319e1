// What an operator asks the history for: their words as a query of the archive that finds nothing they may not see.
import type { PushQuery } from '@message-push/archive';
import {
  ApiError,
  DELIVERY_STATUSES,
  inputError,
  type Language,
  problemText,
  REASONS,
  RECORDED_REASONS,
  timeOf,
} from '@message-push/protocol';
import {
  type Clause,
  parseQuery,
  QUERY_FIELDS,
  type QueryError,
  type QueryField,
  statusesIn,
} from '@message-push/protocol/admin';

export interface MessagesFilter {
  q?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
}

/** Whose messages may be found. */
export interface Visible {
  /** Of these apps alone; undefined = of all. */
  apps: ReadonlySet<string> | undefined;
  /** Apps whose words may be searched, where those are not all that may be found; asked for only when words are searched. */
  readable?: () => Promise<readonly string[] | undefined>;
}

/** A query ready to be asked, and the clauses it was made of. */
export interface AskedQuery {
  query: PushQuery;
  clauses: Clause[];
}

/** No app has this name: a query with it finds nothing. */
const NO_APP = '';

/** Throws INVALID_QUERY with `q:<column>` for words that are none of the language. */
export async function askedQuery(
  filter: MessagesFilter,
  visible: Visible,
  { now, language }: { now: number; language: Language },
): Promise<AskedQuery> {
  const parsed = parseQuery(filter.q ?? '');
  if (!parsed.ok) throw wrongQuery(parsed.error, language);
  const query: PushQuery = {};
  for (const clause of parsed.clauses) Object.assign(query, fieldsOf(clause));
  const [from, to] = [filter.from, filter.to].map((time) => (time === undefined ? undefined : timeOf(time, now)));
  if (from !== undefined) query.from = from;
  if (to !== undefined) query.to = to;
  return { query: await seenBy(query, visible), clauses: parsed.clauses };
}

/** One clause of a query alone, in the same range of time. */
export async function clauseAlone({ query }: AskedQuery, clause: Clause, visible: Visible): Promise<PushQuery> {
  const { from, to } = query;
  const alone = { ...fieldsOf(clause), ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
  return seenBy(alone, visible);
}

/** An error of the archive about a clause, as one about its place in the words of the operator. */
export function placedError(error: unknown, clauses: readonly Clause[]): unknown {
  if (!(error instanceof ApiError) || error.code !== 'INVALID_QUERY') return error;
  const [detail] = error.details;
  const clause = clauses.find(({ field }) => ARCHIVE_FIELDS[field] === detail?.path);
  if (detail === undefined || clause === undefined) return error;
  return inputError('INVALID_QUERY', [{ path: `q:${clause.from}`, problem: detail.problem }]);
}

const ARCHIVE_FIELDS = {
  app: 'app',
  uid: 'uid',
  id: 'message_id',
  status: 'status',
  node: 'node',
  reason: 'reason',
  platform: 'platform',
  content_type: 'content_type',
  text: 'text',
} as const satisfies Record<QueryField, keyof PushQuery>;

function fieldsOf({ field, value }: Clause): PushQuery {
  if (field === 'status') return { status: statusesIn(value) ?? [...DELIVERY_STATUSES] };
  if (field === 'reason') return { reason: reasonOf(value) };
  return { [ARCHIVE_FIELDS[field]]: field === 'platform' ? value.toLowerCase() : value };
}

/** The words on record of a reason that is named by its code. */
function reasonOf(value: string): string {
  const code = RECORDED_REASONS.find((known) => known === value.toLowerCase());
  return code === undefined ? value : REASONS[code];
}

/** Narrowed to what may be seen: words are searched only where they may be read, or a search would tell what they are. */
async function seenBy(query: PushQuery, { apps, readable }: Visible): Promise<PushQuery> {
  const seen = apps === undefined ? query : narrowed(query, apps);
  const read = query.text === undefined ? undefined : await readable?.();
  return read === undefined ? seen : narrowed(seen, new Set(read));
}

function narrowed({ app, apps, ...rest }: PushQuery, allowed: ReadonlySet<string>): PushQuery {
  if (app !== undefined) return { ...rest, app: allowed.has(app) ? app : NO_APP };
  const list = apps === undefined ? [...allowed] : apps.filter((one) => allowed.has(one));
  const [only = NO_APP] = list;
  return list.length > 1 ? { ...rest, apps: list } : { ...rest, app: only };
}

function wrongQuery({ problem, from }: QueryError, language: Language): ApiError {
  const values = (list: readonly string[]) => ({ values: list.join(', ') });
  const texts = {
    unknownField: () => problemText('unknownField', language, values(QUERY_FIELDS)),
    noValue: () => problemText('noValue', language),
    openQuote: () => problemText('openQuote', language),
    unknownStatus: () => problemText('oneOf', language, values([...DELIVERY_STATUSES, 'failed'])),
    twice: () => problemText('twice', language),
    badId: () => problemText('messageId', language),
  } satisfies Record<QueryError['problem'], () => string>;
  return inputError('INVALID_QUERY', [{ path: `q:${from}`, problem: texts[problem]() }]);
}
