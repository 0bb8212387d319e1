// Dead letters: the list, page by page, and the decision about each.
import type { DeadLetterView } from '@message-push/protocol/admin';
import { type InfiniteData, useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { getPage, type Page, post, withQuery } from './api.ts';
import { usePoll } from './live.tsx';

const DEAD_LETTERS = ['dead-letters'] as const;
export type Decided = 'no' | 'all';
export type Decision = 'replay' | 'dismiss';

export function useDeadLetters(decided: Decided) {
  return useInfiniteQuery({
    queryKey: [...DEAD_LETTERS, decided],
    queryFn: ({ pageParam, signal }) =>
      getPage<DeadLetterView>(withQuery('/dead-letters', { decided, cursor: pageParam }), signal),
    initialPageParam: undefined as string | undefined, // the type of every further page's cursor
    getNextPageParam: ({ cursor }: Page<DeadLetterView>) => cursor,
    refetchInterval: usePoll(),
  });
}

/** The decided letter is put in its place in every list; it leaves the list of undecided ones at the next reading. */
export function useDecide() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, decision }: { id: string; decision: Decision }) =>
      post<DeadLetterView>(`/dead-letters/${encodeURIComponent(id)}/${decision}`),
    onSuccess: (letter) =>
      client.setQueriesData<InfiniteData<Page<DeadLetterView>>>({ queryKey: DEAD_LETTERS }, (data) =>
        data === undefined ? data : { ...data, pages: data.pages.map((page) => replaced(page, letter)) },
      ),
    onSettled: () => client.invalidateQueries({ queryKey: ['health'] }),
  });
}

function replaced(page: Page<DeadLetterView>, letter: DeadLetterView): Page<DeadLetterView> {
  return { ...page, rows: page.rows.map((row) => (row.id === letter.id ? letter : row)) };
}
