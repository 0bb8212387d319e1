// Which rows of a long list are in view of its scrolled box: all rows have one height, so that nothing has to be measured.
import { type RefObject, useEffect, useState } from 'react';

interface RowsInView {
  /** Indices of the rows to draw. */
  shown: number[];
  /** Height of all rows, pixels. */
  heightPx: number;
  /** Scrolls as little as it takes for the row to be in view. */
  scrollTo(index: number): void;
}

export function useRowsInView(
  box: RefObject<HTMLElement | null>,
  {
    count,
    rowPx,
    overscan,
    headingPx = 0,
  }: {
    count: number;
    rowPx: number;
    /** Rows drawn beyond each edge. */
    overscan: number;
    /** Height of what stays above the rows while they are scrolled. */
    headingPx?: number;
  },
): RowsInView {
  // In rows: a scroll within a row draws nothing anew.
  const filled = count > 0;
  const [view, setView] = useState({ first: 0, rows: 0 });

  useEffect(() => {
    const scrolled = box.current;
    if (scrolled === null || !filled) return;
    const look = () => {
      const first = Math.floor(scrolled.scrollTop / rowPx);
      const rows = Math.ceil(scrolled.clientHeight / rowPx) + 1;
      setView((known) => (known.first === first && known.rows === rows ? known : { first, rows }));
    };
    look();
    const sizes = new ResizeObserver(look);
    sizes.observe(scrolled);
    scrolled.addEventListener('scroll', look, { passive: true });
    return () => {
      sizes.disconnect();
      scrolled.removeEventListener('scroll', look);
    };
    // A list without rows may have no box yet.
  }, [box, rowPx, filled]);

  const from = Math.max(0, Math.min(view.first, count - view.rows) - overscan);
  const to = Math.min(count, view.first + view.rows + overscan);
  return {
    shown: Array.from({ length: Math.max(0, to - from) }, (_, row) => from + row),
    heightPx: count * rowPx,
    scrollTo(index) {
      const scrolled = box.current;
      if (scrolled === null) return;
      const top = index * rowPx;
      const bottom = top + rowPx + headingPx - scrolled.clientHeight;
      if (top < scrolled.scrollTop) scrolled.scrollTop = top;
      else if (bottom > scrolled.scrollTop) scrolled.scrollTop = bottom;
    },
  };
}
