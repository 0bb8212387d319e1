// The address of the history for what a card of the overview shows.
import { formatClause } from '@message-push/protocol/admin/query-language';
import { withQuery } from '@/lib/api.ts';
import type { Filter } from '@/lib/messages.ts';

export function historyPath({ from, to }: Pick<Filter, 'from' | 'to'>, statuses: string | undefined): string {
  const q = statuses === undefined ? undefined : formatClause({ field: 'status', value: statuses });
  return withQuery('/messages', { q, from, to });
}
