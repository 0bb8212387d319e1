'use client';
// The heading of a column; a button when rows can be sorted by it.
import { ArrowDown, ArrowUp, ChevronsUpDown } from 'lucide-react';
import { type Column, nextSort, type Sort } from './columns.ts';

export function HeadingText<Row>({
  column,
  sort,
  onSort,
}: {
  column: Column<Row>;
  sort: Sort | undefined;
  onSort: ((sort: Sort) => void) | undefined;
}) {
  if (!column.sortable || onSort === undefined) return column.header;
  const direction = sort?.column === column.id ? sort.direction : undefined;
  const Icon = direction === undefined ? ChevronsUpDown : direction === 'ascending' ? ArrowUp : ArrowDown;
  return (
    <button
      type="button"
      onClick={() => onSort(nextSort(sort, column.id))}
      className="-mx-1 inline-flex min-h-6 items-center gap-1 rounded px-1 hover:text-text"
    >
      {column.header}
      <Icon aria-hidden size={12} className={direction === undefined ? 'text-faint' : 'text-text'} />
    </button>
  );
}

export function sortOf<Row>(
  column: Column<Row>,
  sort: Sort | undefined,
): 'ascending' | 'descending' | 'none' | undefined {
  if (!column.sortable) return undefined;
  return sort?.column === column.id ? sort.direction : 'none';
}
