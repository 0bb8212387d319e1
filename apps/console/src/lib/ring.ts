// The ring: who is on it, where a uid lives, what a change would move, and what past changes moved.
import type { Location, RingChangeView, RingView, SimulateRequest, SimulationView } from '@message-push/protocol/admin';
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback } from 'react';
import { get, getPage, post, withQuery } from './api.ts';
import { useHealth } from './health.ts';
import { useLive } from './live.tsx';
import { withHealth } from './node-figures.ts';

/** The stream tells each change of the ring by making everything below this key old. */
export const RING = ['ring'] as const;

/** Figures that the stream does not tell (rates, states) are read this often; a large ring is a large answer. */
const POLL_MS = 4_000;
const POLL_LARGE_MS = 15_000;
const LARGE_NODES = 30;
const HISTORY_MAX = 100;

/** How old the ring may get before it counts as stale, milliseconds. */
export const STALE_MS = 2 * POLL_LARGE_MS;

/**
 * The ring with the newest figures of its nodes. Like all that is asked again by itself here: only once there was an answer, because each
 * new try would show the error as loading again.
 */
export function useRing() {
  const paused = useLive().state.kind === 'paused';
  const health = useHealth().data;
  const select = useCallback((ring: RingView) => (health === undefined ? ring : withHealth(ring, health)), [health]);
  return useQuery({
    queryKey: RING,
    queryFn: ({ signal }) => get<RingView>('/ring', signal),
    refetchInterval: ({ state }) => (paused || state.data === undefined ? false : pollOf(state.data)),
    select,
  });
}

/** Newest first. */
export function useRingHistory() {
  return useQuery({
    queryKey: [...RING, 'history'],
    queryFn: async ({ signal }) =>
      (await getPage<RingChangeView>(withQuery('/ring/history', { limit: HISTORY_MAX }), signal)).rows,
  });
}

/** The owner of a uid, and with `app` the nodes that hold its sessions now; asked for again as long as the page shows it. */
export function useLocation(uid: string, app: string) {
  const paused = useLive().state.kind === 'paused';
  return useQuery({
    queryKey: [...RING, 'locate', uid, app],
    queryFn: ({ signal }) => get<Location>(withQuery('/ring/locate', { uid, app }), signal),
    enabled: uid !== '',
    refetchInterval: ({ state }) => (paused || state.data === undefined ? false : POLL_MS),
    placeholderData: (before) => (before?.uid === uid ? before : undefined),
  });
}

export type RingPlan = Pick<SimulateRequest, 'remove' | 'add'>;

/** What the plan would move; nothing is changed by it. `version` makes it anew when the ring has changed. */
export function useSimulation(plan: RingPlan, version: number | undefined) {
  return useQuery({
    queryKey: [...RING, 'simulation', version, plan],
    queryFn: () => post<SimulationView>('/ring/simulate', { body: { ...plan, weights: {} } }),
    enabled: version !== undefined && (plan.remove.length > 0 || plan.add.length > 0),
    placeholderData: keepPreviousData,
  });
}

/** Reads everything about the ring again. */
export function useRefreshRing(): () => Promise<void> {
  const client = useQueryClient();
  return () => client.invalidateQueries({ queryKey: RING });
}

function pollOf({ nodes }: RingView): number {
  return nodes.length > LARGE_NODES ? POLL_LARGE_MS : POLL_MS;
}
