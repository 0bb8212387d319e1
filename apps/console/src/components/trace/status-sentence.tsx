'use client';
// What became of a message, in words.
import type { DeliveryRow } from '@message-push/protocol/admin';
import { useTranslations } from 'next-intl';
import { useDuration } from '@/lib/duration.ts';
import { countsOf, totalOf } from '@/lib/receipts.ts';

export function StatusSentence({ rows, since }: { rows: readonly DeliveryRow[]; since: number }) {
  const t = useTranslations('trace');
  const duration = useDuration();
  const [only] = rows;
  if (only === undefined) return t('sentence.none');
  if (rows.length === 1) {
    const took = totalOf(only, since);
    return t(`sentence.${only.status}`, { took: took === undefined ? '' : duration(took) });
  }
  const counts = countsOf(rows);
  const slowest = Math.max(...rows.map((row) => totalOf(row, since) ?? -1));
  const parts = [
    t('sentence.many', { acked: counts.acked ?? 0, all: rows.length }),
    counts.written && t('sentence.manyWritten', { count: counts.written }),
    counts.offline && t('sentence.manyOffline', { count: counts.offline }),
    failed(counts) > 0 && t('sentence.manyFailed', { count: failed(counts) }),
    slowest >= 0 && t('sentence.slowest', { took: duration(slowest) }),
  ];
  return <>{parts.filter(Boolean).join(' ')}</>;
}

function failed({ expired = 0, recalled = 0, dead = 0 }: ReturnType<typeof countsOf>): number {
  return expired + recalled + dead;
}
