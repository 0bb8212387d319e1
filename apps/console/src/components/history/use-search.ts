'use client';
// What is searched and shown, all of it in the address: query, range, clauses that are off, drawer, columns.
import { parseAsArrayOf, parseAsString, parseAsStringLiteral, useQueryStates } from 'nuqs';
import { useMemo } from 'react';
import type { Filter } from '@/lib/messages.ts';
import { COLUMNS, HIDDEN_AT_FIRST } from './columns.tsx';
import { DRAWER_TABS } from './drawer-tabs.ts';

const state = {
  q: parseAsString.withDefault(''),
  off: parseAsArrayOf(parseAsString, ';').withDefault([]),
  from: parseAsString.withDefault('now-24h'),
  to: parseAsString.withDefault('now'),
  m: parseAsString,
  tab: parseAsStringLiteral(DRAWER_TABS).withDefault('summary'),
  hide: parseAsArrayOf(parseAsStringLiteral(COLUMNS)).withDefault([...HIDDEN_AT_FIRST]),
};

export function useSearch() {
  const [search, set] = useQueryStates(state);
  const { q, from, to } = search;
  const filter = useMemo<Filter>(() => ({ q, from, to }), [q, from, to]);
  /** A new search is a new place to come back to; the drawer is closed. */
  const change = (next: Partial<Pick<typeof search, 'q' | 'off' | 'from' | 'to'>>) =>
    void set({ ...next, m: null }, { history: 'push' });
  return { search, filter, change, set };
}
