'use client';
// A table of up to a few hundred rows: a real <table>, so that it reads and copies as one.
import type { ReactNode } from 'react';
import { cx } from './class-names.ts';
import type { Column, Sort } from './columns.ts';
import { ScrollBox } from './scroll-box.tsx';
import { HeadingText, sortOf } from './table-heading.tsx';

export interface DataTableProps<Row> {
  rows: readonly Row[];
  columns: readonly Column<Row>[];
  rowKey(row: Row): string;
  /** What the table lists; read out, not shown. */
  label: string;
  sort?: Sort;
  onSort?: (sort: Sort) => void;
  /** A press anywhere on a row; the row also needs a link or button for the keyboard. */
  onRowPress?: (row: Row) => void;
  isCurrent?(row: Row): boolean;
  isDimmed?(row: Row): boolean;
  /** Shown when there are no rows. */
  empty?: ReactNode;
}

export function DataTable<Row>(props: DataTableProps<Row>) {
  const { rows, columns, rowKey, label, sort, onSort, empty } = props;
  if (rows.length === 0 && empty !== undefined) return empty;
  return (
    <ScrollBox label={label} className="relative overflow-x-auto -outline-offset-2">
      <table className="w-full border-collapse text-left">
        <caption className="sr-only">{label}</caption>
        <thead>
          <tr className="border-line border-b text-muted text-xs">
            {columns.map((column) => (
              <th
                key={column.id}
                scope="col"
                aria-sort={sortOf(column, sort)}
                style={{ width: column.width }}
                className={cx(cell(column), 'h-8 whitespace-nowrap font-medium')}
              >
                <HeadingText column={column} sort={sort} onSort={onSort} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <Line key={rowKey(row)} row={row} table={props} />
          ))}
        </tbody>
      </table>
    </ScrollBox>
  );
}

function Line<Row>({ row, table }: { row: Row; table: DataTableProps<Row> }) {
  const { columns, onRowPress, isCurrent, isDimmed } = table;
  return (
    <tr
      onClick={onRowPress && ((event) => pressedRow(event.target) && onRowPress(row))}
      aria-current={isCurrent?.(row) || undefined}
      className={cx(
        'h-(--row) border-line border-b last:border-b-0 aria-current:bg-accent-tint',
        onRowPress ? 'cursor-pointer hover:bg-hover' : '',
        isDimmed?.(row) && 'text-faint',
      )}
    >
      {columns.map((column) => (
        <td key={column.id} className={cell(column)}>
          {column.cell(row)}
        </td>
      ))}
    </tr>
  );
}

/** A press on a control within a row is that control's. */
export function pressedRow(target: EventTarget): boolean {
  return target instanceof Element && target.closest('a,button,input,label,[role="checkbox"]') === null;
}

function cell<Row>(column: Column<Row>): string {
  return cx(
    'px-3 py-1 first:pl-4 last:pr-4',
    column.align === 'end' && 'text-right',
    column.wideOnly && 'max-sm:hidden',
  );
}
