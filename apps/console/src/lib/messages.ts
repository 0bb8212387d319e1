// Messages: sending them, the history of all, and the way of one. Every call about them, and what of the cache each one makes old.

import type { AcceptedView, RecallView } from '@message-push/protocol';
import type { BucketView, ClauseCount, DeliveryRow, MessageRow, PreviewRow, Trace } from '@message-push/protocol/admin';
import type { EXPORT_FORMATS } from '@message-push/protocol/admin/limits';
import {
  type InfiniteData,
  keepPreviousData,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query';
import { get, getPage, type Page, post, postRows, withQuery } from './api.ts';
import { useStreamTopic, useWatchedMessage } from './live.tsx';
import type { PushBody } from './push-draft.ts';
import { joinRows, mergeRows } from './receipts.ts';
import type { TimeRange } from './time-range.ts';
import { withReceipt } from './trace-view.ts';

const MESSAGES = ['messages'] as const;
const PAGE = 100;
const PAGE_MAX = 200;
const SUGGEST_STALE_MS = 60_000;

/** A search of the history, as the address holds it. */
export interface Filter extends TimeRange {
  q: string;
}

export type MessagePages = InfiniteData<Page<MessageRow>, string | undefined>;

const listKey = (filter: Filter) => [...MESSAGES, 'list', filter] as const;

/** Newest first. Pages stay stable while new messages come in. */
export function useMessages(filter: Filter, enabled: boolean) {
  return useInfiniteQuery({
    queryKey: listKey(filter),
    queryFn: ({ pageParam, signal }) =>
      getPage<MessageRow>(withQuery('/messages', { ...filter, cursor: pageParam, limit: PAGE }), signal),
    initialPageParam: undefined as string | undefined, // the type of later ones
    getNextPageParam: (page: Page<MessageRow>) => page.cursor,
    placeholderData: keepPreviousData,
    // Rows move only when asked to: what is new comes through `fetchSince`.
    staleTime: 'static',
    enabled,
  });
}

/** What matches the search from `from` on: the newest two hundred. */
export function fetchSince(filter: Filter, from: number, signal?: AbortSignal): Promise<Page<MessageRow>> {
  const path = withQuery('/messages', { ...filter, from: String(from), limit: PAGE_MAX });
  return getPage<MessageRow>(path, signal);
}

/** Changes the rows of a search in the cache. */
export function useEditMessages(filter: Filter) {
  const client = useQueryClient();
  return (edit: (pages: Page<MessageRow>[]) => Page<MessageRow>[]) =>
    client.setQueryData<MessagePages>(listKey(filter), (data) => data && { ...data, pages: edit(data.pages) });
}

export function useHistogram(filter: Filter, intervalMs: number, enabled: boolean) {
  return useQuery({
    queryKey: [...MESSAGES, 'histogram', filter, intervalMs],
    queryFn: async ({ signal }) =>
      (await getPage<BucketView>(withQuery('/messages/histogram', { ...filter, interval_ms: intervalMs }), signal))
        .rows,
    placeholderData: keepPreviousData,
    enabled,
  });
}

/** Each clause alone: why a search found nothing. */
export function useClauseCounts(filter: Filter) {
  return useQuery({
    queryKey: [...MESSAGES, 'clauses', filter],
    queryFn: async ({ signal }) =>
      (await getPage<ClauseCount>(withQuery('/messages/clauses', { ...filter }), signal)).rows,
  });
}

/** Values seen lately in a field that begin with `prefix`. */
export function useSuggestions(field: string | undefined, prefix: string) {
  return useQuery({
    queryKey: [...MESSAGES, 'suggest', field, prefix],
    queryFn: async ({ signal }) =>
      (await getPage<string>(withQuery('/messages/suggest', { field, prefix }), signal)).rows,
    enabled: field !== undefined,
    staleTime: SUGGEST_STALE_MS,
    placeholderData: keepPreviousData,
  });
}

/** Whether any message is on record at all. */
export function useEverSent() {
  return useQuery({
    queryKey: [...MESSAGES, 'ever'],
    queryFn: async ({ signal }) =>
      (await getPage<MessageRow>(withQuery('/messages', { limit: 1 }), signal)).rows.length > 0,
  });
}

/** The address of a file with everything that the search finds. */
export function exportUrl(filter: Filter, format: (typeof EXPORT_FORMATS)[number]): string {
  return withQuery('/api/admin/v1/messages/export', { ...filter, format });
}

const oneKey = (id: string) => [...MESSAGES, 'one', id] as const;

/** One message; null when there is none of this id, or none yet. */
export function useMessage(id: string | undefined, everyMs: number | false = false) {
  return useQuery({
    queryKey: oneKey(id ?? ''),
    queryFn: async ({ signal }) => {
      const { rows } = await getPage<MessageRow>(withQuery('/messages', { q: `id:${id}`, limit: 1 }), signal);
      return rows.find((row) => row.message_id === id) ?? null;
    },
    // Once there was an answer: each new try would show the error as loading again.
    refetchInterval: ({ state }) => (state.data === undefined ? false : everyMs),
    enabled: id !== undefined,
  });
}

const deliveriesKey = (id: string) => [...oneKey(id), 'deliveries'] as const;
const traceKey = (id: string, uid: string | undefined) => [...oneKey(id), 'trace', uid] as const;

/**
 * All receivers of a message, by uid; at most a thousand. What the stream has told already is not taken back by a history that is behind.
 * A message that is not on record yet has none to ask for: what is known of them is all there is.
 */
export function useDeliveries(id: string | undefined, isRecorded: boolean, everyMs: number | false = false) {
  const client = useQueryClient();
  return useQuery({
    queryKey: deliveriesKey(id ?? ''),
    queryFn: async ({ signal }) => {
      const rows = await allDeliveries(id ?? '', signal);
      const known = client.getQueryData<DeliveryRow[]>(deliveriesKey(id ?? '')) ?? [];
      return joinRows(rows, known, Date.now());
    },
    refetchInterval: everyMs,
    enabled: id !== undefined && isRecorded,
  });
}

async function allDeliveries(id: string, signal: AbortSignal): Promise<DeliveryRow[]> {
  const rows: DeliveryRow[] = [];
  let cursor: string | undefined;
  do {
    const path = withQuery(`/messages/${id}/deliveries`, { limit: PAGE_MAX, cursor });
    const page = await getPage<DeliveryRow>(path, signal);
    rows.push(...page.rows);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return rows;
}

/** The way to one receiver. */
export function useTrace(id: string, uid: string | undefined, everyMs: number | false = false) {
  const client = useQueryClient();
  return useQuery({
    queryKey: traceKey(id, uid),
    queryFn: async ({ signal }) => {
      const trace = await get<Trace>(withQuery(`/messages/${id}/trace`, { uid }), signal);
      const known = client.getQueryData<Trace>(traceKey(id, uid));
      return known === undefined ? trace : withReceipt(trace, known.delivery, Date.now());
    },
    refetchInterval: everyMs,
    enabled: uid !== undefined,
  });
}

/** While the component is there, receipts of this message go into its deliveries and traces as they come. */
export function useReceipts(id: string | undefined): void {
  const client = useQueryClient();
  useWatchedMessage(id);
  useStreamTopic('receipts', (events) => {
    if (id === undefined) return;
    const told = events.filter((event) => event.message_id === id).flatMap(({ items }) => items);
    if (told.length === 0) return;
    const now = Date.now();
    client.setQueryData<DeliveryRow[]>(deliveriesKey(id), (rows) => rows && mergeRows(rows, told, now));
    for (const receipt of told) {
      client.setQueryData<Trace>(traceKey(id, receipt.uid), (trace) => trace && withReceipt(trace, receipt, now));
    }
  });
}

/** Who a message would reach now. */
export function usePreview(app: string, uids: readonly string[]) {
  return useQuery({
    queryKey: ['preview', app, uids],
    queryFn: () => postRows<PreviewRow>('/push/preview', { body: { app, uids } }),
    enabled: app !== '' && uids.length > 0,
    placeholderData: keepPreviousData,
    staleTime: 10_000,
  });
}

/** `key` is the same for every try of the same message: a second try never sends it twice. */
export function useSend() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ app, body, key }: { app: string; body: PushBody; key: string }) =>
      post<AcceptedView>('/push', { body: { ...body, app }, key }),
    onSuccess: ({ message_id }, { body }) => {
      // So that receipts have where to go before the history knows the message; old from the start, so that it is read at once.
      const rows = [...body.audience.uids].sort().map((uid): DeliveryRow => ({ message_id, uid, status: 'accepted' }));
      client.setQueryData(deliveriesKey(message_id), rows, { updatedAt: 1 });
      return client.invalidateQueries({ queryKey: [...MESSAGES, 'list'], refetchType: 'none' });
    },
  });
}

export function useRecall(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => post<RecallView>(`/messages/${id}/recall`),
    // Not waited for: with the new state the button may be gone, and its word of success with it.
    onSettled: () => void client.invalidateQueries({ queryKey: oneKey(id) }),
  });
}
