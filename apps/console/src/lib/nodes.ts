// One node: its figures over time, what it told the registry, and taking it off the ring and back.
import type { NodeDetail, NodeRow } from '@message-push/protocol/admin';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { ApiFailure, get, post, withQuery } from './api.ts';
import { useLive } from './live.tsx';
import { RING } from './ring.ts';

const NODES = ['nodes'] as const;
const POLL_MS = 4_000;
/** While it drains its users are counted down. */
const DRAIN_POLL_MS = 1_000;

export type SeriesRange = '15m' | '1h';

/** `watched` reads it each second, also before the drain that somebody waits for has begun. */
export function useNode(id: string, range: SeriesRange, watched = false) {
  const paused = useLive().state.kind === 'paused';
  return useQuery({
    queryKey: [...NODES, id, range],
    queryFn: ({ signal }) => get<NodeDetail>(withQuery(`/nodes/${encodeURIComponent(id)}`, { range }), signal),
    refetchInterval: ({ state }) =>
      (paused && !watched) || state.data === undefined ? false : pollOf(state.data, watched),
    placeholderData: (before) => (before?.node.id === id ? before : undefined),
  });
}

export function useDrain(id: string) {
  return useRingOrder(() => post<NodeRow>(`/nodes/${encodeURIComponent(id)}/drain`, { body: { confirm: id } }));
}

export function useUndrain(id: string) {
  return useRingOrder(() => post<NodeRow>(`/nodes/${encodeURIComponent(id)}/undrain`, { body: {} }));
}

/** Whether the api says that there is no such node. */
export function isUnknown(error: Error | null): boolean {
  return error instanceof ApiFailure && error.status === 404;
}

function useRingOrder(order: () => Promise<unknown>) {
  const client = useQueryClient();
  return useMutation<unknown, Error>({
    mutationFn: order,
    // Not waited for: with the new state the button may be gone, and its word of success with it.
    onSettled: () => {
      void client.invalidateQueries({ queryKey: NODES });
      void client.invalidateQueries({ queryKey: RING });
    },
  });
}

function pollOf(detail: NodeDetail, watched: boolean): number {
  return watched || detail.drain !== undefined ? DRAIN_POLL_MS : POLL_MS;
}
