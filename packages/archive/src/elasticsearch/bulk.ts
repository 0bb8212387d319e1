// How documents go to the server and come from it, and what its answer to each of them means.
import { type Client, errors, type estypes } from '@elastic/elasticsearch';
import { documentId, readSource, type Sheet, type Source, type Version, writeSource } from './document.ts';
import type { Indices } from './indices.ts';

/** `conflict`: somebody else wrote it first. `missing`: its index, or a field in it, is not there. `away`: the server cannot do it now. */
export type Outcome = 'stored' | 'conflict' | 'missing' | 'refused' | 'away';

export interface Answer {
  outcome: Outcome;
  reason?: string;
  version?: Version;
}

/** A document and the line that stores it. */
export interface Line {
  sheet: Sheet;
  source: string;
}

/** A field of a document, or one inside. */
export type Field = keyof Source | 'deliveries.erased';

/** Documents and UTF-16 units of one bulk. */
const BULK_MAX = 1000;
const BULK_LENGTH_MAX = 2 * 1024 * 1024;
/** Documents read at once: each may be of some 20 KB. */
const READ_MAX = 500;

const ANSWERED = ['_seq_no', '_primary_term', 'status', 'error.type', 'error.reason'].map((name) => `items.*.${name}`);

/** One bulk after the other, each made when the one before is over. */
export function* bulksOf(sheets: Iterable<Sheet>): Iterable<Line[]> {
  let lines: Line[] = [];
  let length = 0;
  for (const sheet of sheets) {
    const source = writeSource(sheet);
    lines.push({ sheet, source });
    length += source.length;
    if (lines.length < BULK_MAX && length < BULK_LENGTH_MAX) continue;
    yield lines;
    lines = [];
    length = 0;
  }
  if (lines.length > 0) yield lines;
}

/** Stores each document if it is as it was last seen, or is not there if it was not seen; one answer for each. */
export async function sendBulk(client: Client, indices: Indices, lines: Line[]): Promise<Answer[]> {
  const operations: string[] = [];
  for (const { sheet, source } of lines) operations.push(actionOf(sheet, indices), source);
  const { items } = await client.bulk({ operations, require_alias: true, filter_path: ANSWERED });
  return lines.map((_, n) => answerOf(items[n]));
}

/** Fills blank documents with what is stored of them. */
export async function readSheets(client: Client, indices: Indices, sheets: Sheet[]): Promise<void> {
  for (let from = 0; from < sheets.length; from += READ_MAX) {
    const part = sheets.slice(from, from + READ_MAX);
    const ids = part.map(({ messageId, group }) => ({ messageId, group }));
    for (const [n, found] of (await readSources(client, indices, ids)).entries()) {
      const sheet = part[n];
      if (sheet !== undefined && found !== undefined) readSource(sheet, found.source, found.version);
    }
  }
}

/** Documents by their ids, as they are stored now; undefined for those that are not there. */
export async function readSources(
  client: Client,
  indices: Indices,
  ids: { messageId: string; group: number }[],
  fields?: Field[],
): Promise<({ source: Source; version: Version } | undefined)[]> {
  if (ids.length === 0) return [];
  const docs = ids.map(({ messageId, group }) => ({
    _index: indices.aliasOf(messageId),
    _id: documentId(messageId, group),
    ...(fields === undefined ? {} : { _source: fields }),
  }));
  return (await client.mget<Source>({ docs })).docs.map(present);
}

/** The names hold nothing that JSON would have to escape. */
function actionOf({ messageId, group, version }: Sheet, indices: Indices): string {
  const place = `"_index":"${indices.aliasOf(messageId)}","_id":"${documentId(messageId, group)}"`;
  if (version === undefined) return `{"create":{${place}}}`;
  return `{"index":{${place},"if_seq_no":${version.seqNo},"if_primary_term":${version.primaryTerm}}}`;
}

function answerOf(item: Partial<Record<string, estypes.BulkResponseItem>> | undefined): Answer {
  const { status, error, _seq_no: seqNo, _primary_term: primaryTerm } = item?.create ?? item?.index ?? {};
  if (seqNo !== undefined && primaryTerm !== undefined) return { outcome: 'stored', version: { seqNo, primaryTerm } };
  const reason = `Elasticsearch answers ${status} to a document: ${error?.type}: ${error?.reason}`;
  if (status === 409) return { outcome: 'conflict', reason };
  if (status === 404 || error?.type === 'strict_dynamic_mapping_exception') return { outcome: 'missing', reason };
  // Everything else may succeed later: too much to do, a full disk, a shard that is away.
  return { outcome: status === 400 ? 'refused' : 'away', reason };
}

/** Throws when it is not known whether the document is there. */
function present(doc: estypes.MgetResponseItem<Source>): { source: Source; version: Version } | undefined {
  if ('error' in doc) {
    if (doc.error.type === 'index_not_found_exception') return undefined;
    throw new errors.ElasticsearchClientError(
      `Elasticsearch cannot read a document: ${doc.error.type}: ${doc.error.reason}`,
    );
  }
  const { found, _source: source, _seq_no: seqNo, _primary_term: primaryTerm } = doc;
  if (!found || source === undefined || seqNo === undefined || primaryTerm === undefined) return undefined;
  return { source, version: { seqNo, primaryTerm } };
}
