// Whether there is no admin yet, and making the first one.
import type { OperatorSessionView, Setup, SetupState } from '@message-push/protocol/admin';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { get, post } from './api.ts';
import { SESSION } from './session.ts';

export function useSetupNeeded(): boolean | undefined {
  const state = useQuery({
    queryKey: ['setup'],
    queryFn: ({ signal }) => get<SetupState>('/setup', signal),
    retry: false,
    staleTime: Number.POSITIVE_INFINITY,
  });
  return state.data?.needed;
}

/** Makes the first admin and signs them in. */
export function useSetUp() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Setup) => post<OperatorSessionView>('/setup', { body }),
    onSuccess: (session) => {
      client.setQueryData(['setup'], { needed: false });
      client.setQueryData(SESSION, session);
    },
  });
}
