// What the overview shows of a range of time: funnel, latencies, reasons of failures, rates and what operators did.
import type {
  AuditRow,
  FailureReason,
  FunnelView,
  LatencyView,
  NodeSeries,
  RingChangeView,
} from '@message-push/protocol/admin';
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { get, getPage, withQuery } from './api.ts';
import { useLive, useStreamTopic } from './live.tsx';
import { carryOn } from './live-rates.ts';
import type { Filter } from './messages.ts';

const EVERY_MS = 10_000;
const RATES_EVERY_MS = 60_000;
const ACTIONS = 6;
const RING_CHANGES = 50;
const RATES = ['rates'] as const;

export function useFunnel(filter: Filter) {
  return useQuery({
    queryKey: ['overview', 'funnel', filter],
    queryFn: ({ signal }) => get<FunnelView>(withQuery('/messages/funnel', { ...filter }), signal),
    ...useRefresh(EVERY_MS),
  });
}

export function useLatency(filter: Filter) {
  return useQuery({
    queryKey: ['overview', 'latency', filter],
    queryFn: ({ signal }) => get<LatencyView>(withQuery('/messages/latency', { ...filter }), signal),
    ...useRefresh(EVERY_MS),
  });
}

export function useFailures(filter: Filter) {
  return useQuery({
    queryKey: ['overview', 'failures', filter],
    queryFn: async ({ signal }) =>
      (await getPage<FailureReason>(withQuery('/messages/failures', { ...filter }), signal)).rows,
    ...useRefresh(EVERY_MS),
  });
}

/** The last fifteen minutes by the second, summed over all nodes. */
export function useRates() {
  const client = useQueryClient();
  useStreamTopic('rates', (events) =>
    client.setQueryData<NodeSeries>(RATES, (series) => series && carryOn(series, events)),
  );
  return useQuery({
    queryKey: RATES,
    queryFn: ({ signal }) => get<NodeSeries>('/rates', signal),
    ...useRefresh(RATES_EVERY_MS),
  });
}

/** Changes of the ring, newest first. */
export function useRingChanges() {
  return useQuery({
    queryKey: ['ring', 'history'],
    queryFn: async ({ signal }) =>
      (await getPage<RingChangeView>(withQuery('/ring/history', { limit: RING_CHANGES }), signal)).rows,
  });
}

/** The newest deeds of operators; the stream says when there are more. */
export function useActions(enabled: boolean) {
  return useQuery({
    queryKey: ['audit', 'newest'],
    queryFn: async ({ signal }) => (await getPage<AuditRow>(withQuery('/audit', { limit: ACTIONS }), signal)).rows,
    enabled,
  });
}

/** Nothing moves by itself while live updates are paused. */
function useRefresh(everyMs: number) {
  const paused = useLive().state.kind === 'paused';
  return { refetchInterval: paused ? (false as const) : everyMs, placeholderData: keepPreviousData };
}
