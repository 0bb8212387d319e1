// What may stand at the caret of a query: fields that begin with what was typed, and values seen lately.
import type { DeliveryStatus } from '@message-push/protocol';
import { RECORDED_REASONS } from '@message-push/protocol/reasons';
import { useTranslations } from 'next-intl';
import { useMemo } from 'react';
import { useSuggestions } from '@/lib/messages.ts';
import { fieldsFor, LISTED_FIELDS, type Word } from '@/lib/query-edit.ts';

export interface Suggestion {
  value: string;
  label: string;
  note: string;
}

/** In the order of the way; `failed` stands for the three that ended without arriving. */
export const STATUS_WORDS = [
  'acked',
  'written',
  'offline',
  'failed',
  'routed',
  'queued',
  'accepted',
  'expired',
  'recalled',
  'dead',
] as const satisfies (DeliveryStatus | 'failed')[];

export function useQuerySuggestions(word: Word, open: boolean): Suggestion[] {
  const t = useTranslations('messages');
  const s = useTranslations('status');
  const field = word.kind === 'value' ? LISTED_FIELDS.find((known) => known === word.field) : undefined;
  const fetched = useSuggestions(
    open && field !== 'status' && field !== 'reason' ? field : undefined,
    word.prefix,
  ).data;
  return useMemo(() => {
    if (word.kind === 'field') {
      return fieldsFor(word.prefix).map((name) => ({ value: name, label: `${name}:`, note: t(`field.${name}`) }));
    }
    if (field === 'status') {
      const typed = word.prefix.toLowerCase();
      const before = typed.slice(0, typed.lastIndexOf(',') + 1);
      return STATUS_WORDS.filter((status) => status.startsWith(typed.slice(before.length))).map((status) => ({
        value: before + status,
        label: before + status,
        note: status === 'failed' ? t('failedStatus') : s(status),
      }));
    }
    if (field === 'reason') {
      return RECORDED_REASONS.filter((code) => code.startsWith(word.prefix.toLowerCase())).map((code) => ({
        value: code,
        label: code,
        note: s(`reason.${code}`),
      }));
    }
    if (field === undefined) return [];
    return (fetched ?? [])
      .filter((value) => value !== '' && value.startsWith(word.prefix))
      .map((value) => ({ value, label: value, note: t(`field.${field}`) }));
  }, [word.kind, word.prefix, field, fetched, t, s]);
}
