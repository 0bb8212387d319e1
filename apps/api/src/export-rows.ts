// Rows as a file to download, CSV or NDJSON: made piece by piece, as fast as the reader takes them.
import { Readable } from 'node:stream';

export type ExportFormat = 'csv' | 'ndjson';
/** Objects are JSON in a cell of a CSV; what is undefined or null is an empty one. */
type Row = Record<string, unknown>;

/** Spreadsheets take UTF-8 for what it is only with this mark at the beginning. */
const BOM = '\ufeff';
/** A spreadsheet would run a text that begins like this as a formula. */
const FORMULA = /^(\s*[=+\-@＝＋－＠]|[\t\r\n])/;
const QUOTED = /[",\r\n]/;

export const EXPORT_TYPES: Record<ExportFormat, string> = {
  csv: 'text/csv; charset=utf-8',
  ndjson: 'application/x-ndjson; charset=utf-8',
};

/**
 * At most `max` rows of these pages; the next page is asked for only when the reader has room for it. `columns` are those of the CSV.
 * When a page fails, the file ends without its regular end, so that nobody takes it for whole.
 */
export function exported(
  pages: AsyncIterable<readonly Row[]>,
  { format, columns, max }: { format: ExportFormat; columns: readonly string[]; max: number },
): Readable {
  const line = format === 'csv' ? (row: Row) => csvLine(columns.map((name) => row[name])) : jsonLine;
  async function* texts() {
    if (format === 'csv') yield `${BOM}${csvLine(columns)}`;
    let left = max;
    for await (const page of pages) {
      yield page.slice(0, left).map(line).join('');
      left -= page.length;
      if (left <= 0) return;
    }
  }
  return Readable.from(texts(), { objectMode: false, highWaterMark: 64 * 1024 });
}

function jsonLine(row: Row): string {
  return `${JSON.stringify(row)}\n`;
}

function csvLine(cells: readonly unknown[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`;
}

/** RFC 4180; a text that looks like a formula is led by an apostrophe. */
function csvCell(cell: unknown): string {
  if (cell === undefined || cell === null) return '';
  if (typeof cell === 'number') return String(cell);
  const plain = typeof cell === 'string' ? cell : JSON.stringify(cell);
  const text = FORMULA.test(plain) ? `'${plain}` : plain;
  return QUOTED.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
