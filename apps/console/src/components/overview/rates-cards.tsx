'use client';
// The last fifteen minutes by the second: deliveries and connections.
import type { NodeSeries } from '@message-push/protocol/admin';
import { useFormatter, useTranslations } from 'next-intl';
import { Card } from '@/components/ui/card.tsx';
import { Sparkline } from '@/components/ui/charts.tsx';
import { Loaded } from '@/components/ui/loaded.tsx';
import { Skeleton } from '@/components/ui/skeleton.tsx';
import { useRates } from '@/lib/overview.ts';

export function RatesCards() {
  const t = useTranslations('overview.rates');
  return (
    <Card title={t('title')} note={t('note')}>
      <Loaded query={useRates()} title={t('failed')} skeleton={<Skeleton className="h-20" />}>
        {(series) => <Lines series={series} />}
      </Loaded>
    </Card>
  );
}

function Lines({ series }: { series: NodeSeries }) {
  const t = useTranslations('overview.rates');
  if (series.at.length === 0)
    return <p className="flex min-h-20 items-center justify-center text-muted">{t('none')}</p>;
  return (
    <div className="grid grid-cols-2 gap-6">
      <Line name="deliveries" values={series.deliveries_per_s} colour="var(--accent)" />
      <Line name="connections" values={series.sessions} colour="var(--c2)" />
    </div>
  );
}

function Line({ name, values, colour }: { name: 'deliveries' | 'connections'; values: number[]; colour: string }) {
  const t = useTranslations('overview.rates');
  const format = useFormatter();
  const number = (value: number) => format.number(value, { maximumFractionDigits: value < 10 ? 1 : 0 });
  const now = number(values.at(-1) ?? 0);
  const most = number(Math.max(0, ...values));
  return (
    <div className="min-w-0">
      <p className="truncate text-muted text-xs">{t(name)}</p>
      <p className="font-semibold text-xl tracking-tight">{now}</p>
      <Sparkline values={values} colour={colour} label={t('label', { name: t(name), now, most })} className="h-10!" />
      <p className="text-faint text-xs">{t('most', { most })}</p>
    </div>
  );
}
