// What operators did: newest first, page by page, and as a file.
import type { AuditRow } from '@message-push/protocol/admin';
import type { EXPORT_FORMATS } from '@message-push/protocol/admin/limits';
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { API, getPage, withQuery } from './api.ts';
import { usePoll } from './live.tsx';

export interface AuditFilter {
  actor: string;
  action: string;
  target: string;
  from: string;
  to: string;
}

export function useAudit(filter: AuditFilter) {
  const poll = usePoll();
  return useInfiniteQuery({
    queryKey: ['audit', filter],
    queryFn: ({ pageParam, signal }) =>
      getPage<AuditRow>(withQuery('/audit', { ...filter, cursor: pageParam }), signal),
    initialPageParam: undefined as string | undefined, // the first page has no cursor
    getNextPageParam: (page) => page.cursor,
    placeholderData: keepPreviousData,
    refetchInterval: poll,
  });
}

/** Address of the file with all rows of the filter. */
export function auditExport(filter: AuditFilter, format: (typeof EXPORT_FORMATS)[number]): string {
  return API + withQuery('/audit/export', { ...filter, format });
}
