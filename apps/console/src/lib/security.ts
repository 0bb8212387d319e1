// One's own account: name, password, open sessions.
import type { OperatorSessionView, PasswordChange, ProfileChange, SessionRow } from '@message-push/protocol/admin';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { act, del, getPage, patch } from './api.ts';
import { SESSION } from './session.ts';

const SESSIONS = ['sessions'] as const;

export function useSessions() {
  return useQuery({
    queryKey: SESSIONS,
    queryFn: async ({ signal }) => (await getPage<SessionRow>('/sessions', signal)).rows,
  });
}

export function useEndSession() {
  const client = useQueryClient();
  return useMutation<void, Error, string>({
    mutationFn: (id) => del(`/sessions/${encodeURIComponent(id)}`),
    onSuccess: () => client.invalidateQueries({ queryKey: SESSIONS }),
  });
}

/** Ends the operator's other sessions. */
export function useChangePassword() {
  const client = useQueryClient();
  return useMutation<void, Error, PasswordChange>({
    mutationFn: (body) => act('/session/password', { body }),
    onSuccess: () =>
      Promise.all([client.invalidateQueries({ queryKey: SESSION }), client.invalidateQueries({ queryKey: SESSIONS })]),
  });
}

export function useChangeProfile() {
  const client = useQueryClient();
  return useMutation<unknown, Error, ProfileChange>({
    mutationFn: (body) => patch<OperatorSessionView>('/session', { body }),
    onSuccess: () => client.invalidateQueries({ queryKey: SESSION }),
  });
}
