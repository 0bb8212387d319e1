// Whether there is no admin yet, and making the first one.
import { operatorSessionSchema, type Setup, setupStateSchema } from '@message-push/protocol/admin';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { get, post } from './api.ts';
import { SESSION } from './session.ts';

export function useSetupNeeded(): boolean | undefined {
  const state = useQuery({
    queryKey: ['setup'],
    queryFn: ({ signal }) => get('/setup', setupStateSchema, signal),
    retry: false,
    staleTime: Number.POSITIVE_INFINITY,
  });
  return state.data?.needed;
}

/** Makes the first admin and signs them in. */
export function useSetUp() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Setup) => post('/setup', operatorSessionSchema, { body }),
    onSuccess: (session) => {
      client.setQueryData(['setup'], { needed: false });
      client.setQueryData(SESSION, session);
    },
  });
}
