'use client';
// How long each hop took: the middle, the slow and the slowest.
import type { LatencyView } from '@message-push/protocol/admin';
import { useTranslations } from 'next-intl';
import { Card } from '@/components/ui/card.tsx';
import { cx } from '@/components/ui/class-names.ts';
import { Loaded } from '@/components/ui/loaded.tsx';
import { Skeleton } from '@/components/ui/skeleton.tsx';
import { useDuration } from '@/lib/duration.ts';
import type { Filter } from '@/lib/messages.ts';
import { useLatency } from '@/lib/overview.ts';

export function LatencyCard({ filter }: { filter: Filter }) {
  const t = useTranslations('overview.latency');
  const latency = useLatency(filter);
  return (
    <Card
      title={t('title')}
      note={latency.data && latency.data.sample > 0 && t('sample', { count: latency.data.sample })}
      flush
    >
      <Loaded query={latency} title={t('failed')} skeleton={<Skeleton className="m-4 h-36" />}>
        {(view) => <Table view={view} />}
      </Loaded>
    </Card>
  );
}

function Table({ view }: { view: LatencyView }) {
  const t = useTranslations('overview.latency');
  const duration = useDuration();
  if (view.hops.length === 0)
    return <p className="flex min-h-40 items-center justify-center text-muted">{t('none')}</p>;
  return (
    <table className="w-full">
      <caption className="sr-only">{t('title')}</caption>
      <thead>
        <tr className="border-line border-b text-muted text-xs">
          <th scope="col" className="h-8 px-4 text-left font-medium">
            {t('hop')}
          </th>
          {['p50', 'p95', 'p99'].map((name) => (
            <th key={name} scope="col" className="px-4 text-right font-medium">
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {view.hops.map(({ hop, p50, p95, p99 }) => (
          <tr key={hop} className={cx('h-8 border-line border-b last:border-b-0', hop === 'total' && 'font-medium')}>
            <th scope="row" className={cx('px-4 text-left', hop === 'total' ? 'font-medium' : 'font-normal')}>
              {t(`name.${hop}`)}
            </th>
            {[p50, p95, p99].map((value, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: three figures in their places
              <td key={index} className="whitespace-nowrap px-4 text-right">
                {duration(value)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
