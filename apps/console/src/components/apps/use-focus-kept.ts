'use client';
// Focus that is lost because its row went away goes to the list, not to the top of the page.
import { type RefObject, useEffect, useRef } from 'react';

/** `rows`: those that are there. `list` must take focus (`tabIndex={-1}`). */
export function useFocusKept(rows: readonly unknown[], list: RefObject<HTMLElement | null>): void {
  const before = useRef(rows.length);
  useEffect(() => {
    const fewer = rows.length < before.current;
    before.current = rows.length;
    if (fewer && document.activeElement === document.body) list.current?.focus();
  }, [rows, list]);
}
