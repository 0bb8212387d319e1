// The operator's session: sign in, sign out, who is signed in.
import type { OperatorSessionView } from '@message-push/protocol';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type ApiFailure, admin } from './api.ts';

export function useSession() {
  return useQuery<OperatorSessionView, ApiFailure>({
    queryKey: ['session'],
    queryFn: () => admin('GET', '/session'),
    staleTime: 60_000,
  });
}

export function useSignIn() {
  return useMutation<OperatorSessionView, ApiFailure, { email: string; password: string }>({
    mutationFn: (body) => admin('POST', '/session', body),
  });
}

export function useSignOut() {
  const client = useQueryClient();
  return useMutation<unknown, ApiFailure>({
    mutationFn: () => admin('DELETE', '/session'),
    onSuccess: () => client.clear(),
  });
}

/** A path of this site to go on to after signing in; anything else becomes the overview. */
export function safeNext(next: string | null): string {
  return next?.startsWith('/') && !next.startsWith('//') && !next.includes('\\') ? next : '/';
}
