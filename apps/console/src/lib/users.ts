// One person of an app: where they live, their sessions, what they are sent; closing sessions and erasing.
import type { DisconnectedView } from '@message-push/protocol';
import type { DeliveryRow, MessageRow, UserView } from '@message-push/protocol/admin';
import { formatClause } from '@message-push/protocol/admin/query-language';
import { useMutation, useQueries, useQuery, useQueryClient } from '@tanstack/react-query';
import { del, get, getPage, post, withQuery } from './api.ts';
import { useLive } from './live.tsx';

const USERS = ['users'] as const;
const POLL_MS = 3_000;
const INBOX_POLL_MS = 10_000;
/** Messages that the page of a person shows; the history has the rest. */
const INBOX_MAX = 10;

const pathOf = (app: string, uid: string) => `/users/${encodeURIComponent(app)}/${encodeURIComponent(uid)}`;

export function useUser(app: string, uid: string) {
  const paused = useLive().state.kind === 'paused';
  return useQuery({
    queryKey: [...USERS, app, uid],
    queryFn: ({ signal }) => get<UserView>(pathOf(app, uid), signal),
    enabled: app !== '',
    refetchInterval: ({ state }) => (paused || state.data === undefined ? false : POLL_MS),
  });
}

/** The search of the history that finds what this person was sent. */
export function inboxSearch(app: string, uid: string): string {
  return [formatClause({ field: 'app', value: app }), formatClause({ field: 'uid', value: uid })].join(' ');
}

/** The newest messages to this person. */
export function useInbox(app: string, uid: string) {
  const paused = useLive().state.kind === 'paused';
  return useQuery({
    queryKey: [...USERS, app, uid, 'inbox'],
    queryFn: async ({ signal }) => {
      const path = withQuery('/messages', { q: inboxSearch(app, uid), limit: INBOX_MAX });
      return (await getPage<MessageRow>(path, signal)).rows;
    },
    enabled: app !== '',
    refetchInterval: ({ state }) => (paused || state.data === undefined ? false : INBOX_POLL_MS),
  });
}

/** What became of each of these messages for this person; undefined while it is not known. */
export function useOwnDeliveries(messages: readonly MessageRow[], uid: string) {
  return useQueries({
    queries: messages.map(({ message_id, counts }) => ({
      // What changed for anybody may have changed for this one.
      queryKey: [...USERS, 'delivery', message_id, uid, counts],
      queryFn: async ({ signal }: { signal: AbortSignal }) => {
        const path = withQuery(`/messages/${message_id}/deliveries`, { uid, limit: 1 });
        return (await getPage<DeliveryRow>(path, signal)).rows[0] ?? null;
      },
    })),
    combine: (results) => results.map(({ data }) => data ?? undefined),
  });
}

/** Closes one session, or all. */
export function useDisconnect(app: string, uid: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (session_id: string | null) =>
      post<DisconnectedView>(`${pathOf(app, uid)}/disconnect`, { body: { session_id } }),
    // Not waited for: with the new state the button may be gone, and its word of success with it.
    onSettled: () => void client.invalidateQueries({ queryKey: [...USERS, app, uid] }),
  });
}

/** Erases sessions, inbox, devices and history of this person. */
export function useErase(app: string, uid: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => del(pathOf(app, uid), { body: { confirm: uid } }),
    // Not waited for: with the new state the button may be gone, and its word of success with it.
    onSettled: () => void client.invalidateQueries({ queryKey: [...USERS, app, uid] }),
  });
}
