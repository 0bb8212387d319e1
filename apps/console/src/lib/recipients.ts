// Who a message may be for: the bounds of a uid, and the uids in a table that was saved as CSV.
import { PUSH_LIMITS } from '@message-push/protocol/limits';
import { splitTokens } from '../components/ui/tokens.ts';

export function isUid(text: string): boolean {
  return text !== '' && !text.includes('\0') && text.isWellFormed() && [...text].length <= PUSH_LIMITS.uidCharsMax;
}

/** The column headed `uid`, else the first one; without commas every word. */
export function uidsOfFile(text: string): string[] {
  const lines = text
    .replace(/^\uFEFF/, '')
    .split(/\r\n?|\n/)
    .filter((line) => line.trim() !== '');
  const separator = ['\t', ';', ','].find((one) => lines[0]?.includes(one));
  const heading = cellsOf(lines[0] ?? '', separator).findIndex((cell) => /^(uid|user_?id)$/i.test(cell));
  const rows = heading === -1 ? lines : lines.slice(1);
  if (lines.length < 2 && heading === -1) return splitTokens(text);
  return rows.map((row) => cellsOf(row, separator)[Math.max(0, heading)] ?? '').filter((cell) => cell !== '');
}

function cellsOf(line: string, separator: string | undefined): string[] {
  const cells = separator === undefined ? [line] : line.split(separator);
  return cells.map((cell) => cell.trim().replace(/^"(.*)"$/, '$1'));
}
