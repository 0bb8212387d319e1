// Operators and their roles: every call about them.
import type { OperatorRow, RoleName, StartPassword } from '@message-push/protocol/admin';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getPage, patch, post } from './api.ts';

const OPERATORS = ['operators'] as const;

export function useOperators() {
  return useQuery({
    queryKey: OPERATORS,
    queryFn: async ({ signal }) => (await getPage<OperatorRow>('/operators', signal)).rows,
  });
}

/** The answer holds the start password, which is shown once. */
export function useCreateOperator() {
  return useChanging((body: { email: string; name: string; role: RoleName; apps: string[] }) =>
    post<StartPassword>('/operators', { body }),
  );
}

export interface OperatorChange {
  id: string;
  name?: string;
  role?: RoleName;
  disabled?: boolean;
  apps?: string[];
}

export function useChangeOperator() {
  return useChanging(({ id, ...body }: OperatorChange) =>
    patch<OperatorRow>(`/operators/${encodeURIComponent(id)}`, { body }),
  );
}

/** Ends all of the operator's sessions; the answer holds the new start password, which is shown once. */
export function useResetPassword() {
  return useChanging((id: string) => post<StartPassword>(`/operators/${encodeURIComponent(id)}/password`));
}

function useChanging<Input, Answer>(mutationFn: (input: Input) => Promise<Answer>) {
  const client = useQueryClient();
  return useMutation<Answer, Error, Input>({
    mutationFn,
    onSettled: () => client.invalidateQueries({ queryKey: OPERATORS }),
  });
}
