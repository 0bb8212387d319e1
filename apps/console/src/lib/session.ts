// The operator's session: sign in, sign out, who is signed in, and what they may do.
import type { Action, OperatorSessionView } from '@message-push/protocol/admin';
import { may } from '@message-push/protocol/admin/rights';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { del, get, post } from './api.ts';

export const SESSION = ['session'] as const;

export function useSession() {
  return useQuery({
    queryKey: SESSION,
    queryFn: ({ signal }) => get<OperatorSessionView>('/session', signal),
    staleTime: 60_000,
  });
}

/**
 * Whether the operator may do it, for `app` when it is about one app. False until it is known who is signed in. The api decides; this only says what to offer.
 */
export function useCan(): (action: Action, app?: string) => boolean {
  const session = useSession().data;
  return (action, app) => session !== undefined && allowed(session, action, app);
}

function allowed({ operator, apps }: OperatorSessionView, action: Action, app: string | undefined): boolean {
  return may(operator.role, action) && (app === undefined || apps === undefined || apps.includes(app));
}

export function useSignIn() {
  const client = useQueryClient();
  return useMutation<OperatorSessionView, Error, { email: string; password: string }>({
    mutationFn: (body) => post<OperatorSessionView>('/session', { body }),
    onSuccess: (session) => client.setQueryData(SESSION, session),
  });
}

export function useSignOut() {
  const client = useQueryClient();
  return useMutation<void, Error>({ mutationFn: () => del('/session'), onSuccess: () => client.clear() });
}

/** A path of this site to go on to after signing in; anything else becomes the overview. */
export function safeNext(next: string | null | undefined): string {
  return next?.startsWith('/') && !next.startsWith('//') && !next.includes('\\') ? next : '/';
}

/** The page that asks for a new password before anything else, and goes on to `next`. */
export function passwordPath(next: string): string {
  return `/login/password?next=${encodeURIComponent(next)}`;
}
