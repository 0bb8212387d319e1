// Editing the text of a query: which word the caret is in, what may stand there, and clauses put in, taken out and replaced.
import {
  type Clause,
  formatClause,
  parseQuery,
  QUERY_FIELDS,
  type QueryField,
} from '@message-push/protocol/admin/query-language';

/** The word at the caret; `from` and `to` are what a suggestion replaces. */
export interface Word {
  kind: 'field' | 'value';
  /** Of a value. */
  field?: QueryField;
  prefix: string;
  from: number;
  to: number;
}

/** Fields whose values can be listed. */
export const LISTED_FIELDS = [
  'status',
  'app',
  'node',
  'reason',
  'platform',
  'content_type',
] as const satisfies QueryField[];
const NAMED_FIELDS: readonly QueryField[] = QUERY_FIELDS;

/** The word that the caret is in or behind. Inside an open quote it is the quoted value. */
export function wordAt(text: string, caret: number): Word {
  const from = wordStart(text, caret);
  const to = wordEnd(text, caret);
  const word = text.slice(from, caret);
  const colon = word.indexOf(':');
  const field = colon === -1 ? undefined : fieldNamed(word.slice(0, colon));
  if (field === undefined) return { kind: 'field', prefix: word, from, to };
  return { kind: 'value', field, prefix: word.slice(colon + 1).replace(/^"/, ''), from: from + colon + 1, to };
}

/** The text with the suggestion in the word's place, and where the caret goes. */
export function complete(text: string, word: Word, value: string): { text: string; caret: number } {
  const put = word.kind === 'field' ? `${value}:` : `${quoted(word.field ?? 'text', value)} `;
  const rest = text.slice(word.to);
  const joined = put.endsWith(' ') ? rest.trimStart() : rest;
  return { text: text.slice(0, word.from) + put + joined, caret: word.from + put.length };
}

/** Fields that begin with what was typed; nothing when it is a plain word that none begins with. */
export function fieldsFor(prefix: string): QueryField[] {
  return NAMED_FIELDS.filter((field) => field !== 'text' && field.startsWith(prefix.toLowerCase()));
}

/** The query with this field's clause replaced; without a value it is taken out. A query with an error is left as it is. */
export function withClause(text: string, field: QueryField, value: string | undefined): string {
  const parsed = parseQuery(text);
  if (!parsed.ok) return text;
  const others = parsed.clauses.filter((clause) => clause.field !== field);
  const clauses: Pick<Clause, 'field' | 'value'>[] = value === undefined ? others : [...others, { field, value }];
  return clauses.map(formatClause).join(' ');
}

/** The value of a field's clause. */
export function clauseValue(text: string, field: QueryField): string | undefined {
  const parsed = parseQuery(text);
  return parsed.ok ? parsed.clauses.find((clause) => clause.field === field)?.value : undefined;
}

function quoted(field: QueryField, value: string): string {
  return formatClause({ field, value }).slice(field.length + 1);
}

function fieldNamed(name: string): QueryField | undefined {
  const lower = name.toLowerCase();
  if (lower === 'title' || lower === 'content') return 'text';
  if (lower === 'message_id') return 'id';
  return NAMED_FIELDS.find((field) => field === lower);
}

/** Blanks inside quotes do not end a word. */
function wordStart(text: string, caret: number): number {
  let start = 0;
  let open = false;
  for (let at = 0; at < caret; at++) {
    if (text[at] === '\\' && open) at++;
    else if (text[at] === '"') open = !open;
    else if (!open && /\s/.test(text[at] ?? '')) start = at + 1;
  }
  return Math.min(start, caret);
}

function wordEnd(text: string, caret: number): number {
  const open = isOpen(text.slice(0, caret));
  const rest = text.slice(caret);
  const end = open ? rest.indexOf('"') + 1 : rest.search(/\s/);
  return end === -1 || (open && end === 0) ? text.length : caret + end;
}

function isOpen(text: string): boolean {
  return (text.replace(/\\./g, '').match(/"/g) ?? []).length % 2 === 1;
}
