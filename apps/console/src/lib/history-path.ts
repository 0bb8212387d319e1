// The address of the history for what a card of the overview shows.
import { formatClause } from '@message-push/protocol/admin/query-language';
import { RECORDED_REASONS, type ReasonCode, readReason } from '@message-push/protocol/reasons';
import { withQuery } from './api.ts';
import type { Filter } from './messages.ts';

const RECORDED: readonly ReasonCode[] = RECORDED_REASONS;

/** `reason`: as deliveries have it on record; what follows from the status alone is asked for by that. */
export function historyPath(
  { from, to }: Pick<Filter, 'from' | 'to'>,
  statuses: string | undefined,
  reason?: string,
): string {
  const clauses: string[] = [];
  if (statuses !== undefined) clauses.push(formatClause({ field: 'status', value: statuses }));
  const { code } = readReason(reason ?? '') ?? {};
  if (code !== undefined && RECORDED.includes(code)) clauses.push(formatClause({ field: 'reason', value: code }));
  else if (code === undefined && reason) clauses.push(formatClause({ field: 'reason', value: reason }));
  return withQuery('/messages', { q: clauses.length === 0 ? undefined : clauses.join(' '), from, to });
}
