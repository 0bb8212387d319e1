'use client';
// A table of any length: only the rows in view exist, each of one height, so that they never jump. Arrows, J/K, Page, Home and End move;
// Enter opens.
import { type KeyboardEvent, type ReactNode, useEffect, useRef } from 'react';
import { usePreferences } from '@/lib/use-preferences.tsx';
import { cx } from './class-names.ts';
import type { Column, Sort } from './columns.ts';
import { pressedRow } from './data-table.tsx';
import { useRowsInView } from './rows-in-view.ts';
import { HeadingText, sortOf } from './table-heading.tsx';

const ROW_PX = { comfortable: 44, compact: 34 };
/** `h-9`. */
const HEADING_PX = 36;
const OVERSCAN = 12;

export interface VirtualTableProps<Row> {
  rows: readonly Row[];
  columns: readonly Column<Row>[];
  rowKey(row: Row): string;
  label: string;
  sort?: Sort;
  onSort?: (sort: Sort) => void;
  /** The row that the keys are at; the table moves it. */
  currentKey: string | null;
  onCurrentChange(key: string): void;
  /** Enter or a press. */
  onOpen?(row: Row): void;
  /** Near the last row: time to fetch more. */
  onEnd?(): void;
  /** Number of all rows when more than `rows` are known to exist. */
  total?: number;
  isDimmed?(row: Row): boolean;
  /** Behind the last row: "Load more", or that this was all. */
  footer?: ReactNode;
  /** Height of the scrolled box. */
  className?: string;
}

export function VirtualTable<Row>(props: VirtualTableProps<Row>) {
  const { rows, columns, rowKey, label, sort, onSort, currentKey, onEnd, total, footer, className } = props;
  const box = useRef<HTMLDivElement>(null);
  const { density, shortcuts } = usePreferences();
  const rowPx = ROW_PX[density];
  const { shown, heightPx, scrollTo } = useRowsInView(box, {
    count: rows.length,
    rowPx,
    overscan: OVERSCAN,
    headingPx: HEADING_PX,
  });
  const lastShown = shown.at(-1) ?? 0;
  useEffect(() => {
    if (rows.length > 0 && lastShown >= rows.length - OVERSCAN) onEnd?.();
  }, [lastShown, rows.length, onEnd]);
  const current = rows.findIndex((row) => rowKey(row) === currentKey);

  function move(index: number) {
    const next = Math.min(rows.length - 1, Math.max(0, index));
    const row = rows[next];
    if (row === undefined) return;
    props.onCurrentChange(rowKey(row));
    scrollTo(next);
    // The row may not exist yet: it is focused once it is drawn.
    requestAnimationFrame(() => box.current?.querySelector<HTMLElement>(`[data-index="${next}"]`)?.focus());
  }

  function keyDown(event: KeyboardEvent<HTMLDivElement>) {
    if (event.nativeEvent.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (!(event.target instanceof HTMLElement) || event.target.role !== 'row') return;
    const page = Math.max(1, Math.floor((box.current?.clientHeight ?? rowPx) / rowPx) - 2);
    const steps: Record<string, number> = {
      ArrowDown: current + 1,
      ArrowUp: current - 1,
      ...(shortcuts ? { j: current + 1, k: current - 1 } : {}),
      PageDown: current + page,
      PageUp: current - page,
      Home: 0,
      End: rows.length - 1,
    };
    const next = steps[event.key];
    const row = rows[current];
    if (next !== undefined) {
      event.preventDefault();
      move(next);
    } else if (event.key === 'Enter' && row !== undefined) {
      event.preventDefault();
      props.onOpen?.(row);
    }
  }

  const tracks = columns.map((column) => column.width ?? 'minmax(0, 1fr)');
  const wide = tracks.join(' ');
  const narrow = tracks.filter((_, index) => !columns[index]?.wideOnly).join(' ');
  return (
    <div ref={box} className={cx('relative overflow-auto', className)}>
      {/* biome-ignore lint/a11y/useSemanticElements: rows that come and go need a grid of boxes; roles make it a table */}
      <div
        role="table"
        aria-label={label}
        aria-rowcount={(total ?? rows.length) + 1}
        onKeyDown={keyDown}
        style={{ '--wide': wide, '--narrow': narrow } as React.CSSProperties} // CSS variables are not in the type
        className="min-w-full"
      >
        {/* biome-ignore lint/a11y/useSemanticElements: see above */}
        <div role="rowgroup" className="sticky top-0 z-10 border-line border-b bg-surface">
          {/* biome-ignore lint/a11y/useSemanticElements lint/a11y/useFocusableInteractive: see above */}
          <div role="row" aria-rowindex={1} className={cx(GRID, 'h-9 text-muted text-xs')}>
            {columns.map((column) => (
              // biome-ignore lint/a11y/useSemanticElements lint/a11y/useFocusableInteractive: see above
              <div
                key={column.id}
                role="columnheader"
                aria-sort={sortOf(column, sort)}
                className={cx(cellClass(column), 'whitespace-nowrap font-medium')}
              >
                <HeadingText column={column} sort={sort} onSort={onSort} />
              </div>
            ))}
          </div>
        </div>
        {/* biome-ignore lint/a11y/useSemanticElements: see above */}
        <div role="rowgroup" className="relative" style={{ height: heightPx }}>
          {shown.map((index) => {
            const row = rows[index];
            if (row === undefined) return null;
            return (
              <Line
                key={rowKey(row)}
                table={props}
                row={row}
                index={index}
                at={index * rowPx}
                height={rowPx}
                tabbable={current === -1 ? index === 0 : index === current}
              />
            );
          })}
        </div>
      </div>
      {footer}
    </div>
  );
}

const GRID = 'grid items-center grid-cols-(--wide) max-sm:grid-cols-(--narrow)';

function Line<Row>(props: {
  table: VirtualTableProps<Row>;
  row: Row;
  index: number;
  at: number;
  height: number;
  tabbable: boolean;
}) {
  const { table, row, index, at, height, tabbable } = props;
  const key = table.rowKey(row);
  return (
    // biome-ignore lint/a11y/useSemanticElements lint/a11y/useKeyWithClickEvents: see above; keys are heard by the table
    <div
      role="row"
      aria-rowindex={index + 2}
      aria-current={key === table.currentKey || undefined}
      data-index={index}
      tabIndex={tabbable ? 0 : -1}
      onFocus={(event) => event.target === event.currentTarget && table.onCurrentChange(key)}
      onClick={(event) => {
        if (!pressedRow(event.target)) return;
        table.onCurrentChange(key);
        table.onOpen?.(row);
      }}
      style={{ transform: `translateY(${at}px)`, height }}
      className={cx(
        GRID,
        'absolute inset-x-0 top-0 cursor-pointer border-line border-b -outline-offset-2 hover:bg-hover aria-current:bg-accent-tint',
        table.isDimmed?.(row) && 'text-faint',
      )}
    >
      {table.columns.map((column) => (
        // biome-ignore lint/a11y/useSemanticElements: see above
        <div key={column.id} role="cell" className={cellClass(column)}>
          {column.cell(row)}
        </div>
      ))}
    </div>
  );
}

function cellClass<Row>(column: Column<Row>): string {
  return cx(
    'min-w-0 truncate px-3 first:pl-4 last:pr-4',
    column.align === 'end' && 'text-right',
    column.wideOnly && 'max-sm:hidden',
  );
}
