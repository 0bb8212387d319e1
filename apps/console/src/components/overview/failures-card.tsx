'use client';
// Why deliveries ended without arriving, the most frequent reasons first; each leads to its messages.
import Link from 'next/link';
import { useFormatter, useTranslations } from 'next-intl';
import { StatusBadge } from '@/components/ui/badge.tsx';
import { Card } from '@/components/ui/card.tsx';
import { Loaded } from '@/components/ui/loaded.tsx';
import { Reason } from '@/components/ui/reason.tsx';
import { Skeleton } from '@/components/ui/skeleton.tsx';
import { historyPath } from '@/lib/history-path.ts';
import type { Filter } from '@/lib/messages.ts';
import { useFailures } from '@/lib/overview.ts';

export function FailuresCard({ filter }: { filter: Filter }) {
  const t = useTranslations('overview.failures');
  const format = useFormatter();
  return (
    <Card title={t('title')} flush>
      <Loaded query={useFailures(filter)} title={t('failed')} skeleton={<Skeleton className="m-4 h-32" />}>
        {(reasons) =>
          reasons.length === 0 ? (
            <p className="p-4 text-muted">{t('none')}</p>
          ) : (
            <ul className="divide-y divide-line">
              {reasons.map(({ status, reason, count }) => (
                <li key={`${status} ${reason}`}>
                  <Link
                    href={historyPath(filter, status, reason)}
                    className="flex min-h-10 items-center gap-3 px-4 py-1.5 -outline-offset-2 hover:bg-hover"
                  >
                    <StatusBadge status={status} />
                    <span className="wrap-anywhere min-w-0 flex-1">
                      <Reason text={reason} />
                    </span>
                    <span className="font-medium">{format.number(count)}</span>
                  </Link>
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </Card>
  );
}
