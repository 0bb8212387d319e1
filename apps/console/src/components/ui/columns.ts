// What a table shows: its columns as data, the same for the plain and the virtual table.
import type { ReactNode } from 'react';

export interface Column<Row> {
  id: string;
  header: ReactNode;
  cell(row: Row): ReactNode;
  align?: 'start' | 'end';
  /** A CSS grid track: `8rem`, `minmax(10rem, 1fr)`. */
  width?: string;
  sortable?: boolean;
  /** Left out where there is no room for it (below 640 px). */
  wideOnly?: boolean;
}

export interface Sort {
  column: string;
  direction: 'ascending' | 'descending';
}

/** The sort after a press on a heading. */
export function nextSort(sort: Sort | undefined, column: string): Sort {
  const direction = sort?.column === column && sort.direction === 'descending' ? 'ascending' : 'descending';
  return { column, direction };
}
