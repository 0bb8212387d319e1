'use client';
// The figures of a node over the last fifteen minutes or hour, read at one moment in all charts.
import type { NodeSeries } from '@message-push/protocol/admin';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { useFigures } from '@/components/ring/figures.ts';
import { Card } from '@/components/ui/card.tsx';
import { Segmented } from '@/components/ui/segmented.tsx';
import type { SeriesRange } from '@/lib/nodes.ts';
import { SeriesChart } from './series-chart.tsx';

export function NodeFigures(props: {
  series: NodeSeries | undefined;
  range: SeriesRange;
  onRange(range: SeriesRange): void;
}) {
  const { series, range, onRange } = props;
  const t = useTranslations('ring.node');
  const figures = useFigures();
  const [cursor, setCursor] = useState<number>();
  const charts = [
    { key: 'uids', colour: 'var(--c1)', show: figures.count },
    { key: 'sessions', colour: 'var(--c2)', show: figures.count },
    { key: 'deliveries_per_s', colour: 'var(--c4)', show: figures.rate },
    { key: 'event_loop_p99_ms', colour: 'var(--c3)', show: figures.ms },
    { key: 'rss_bytes', colour: 'var(--c5)', show: figures.bytes },
  ] as const;
  const ranges = (['15m', '1h'] as const).map((value) => ({ value, label: t(`ranges.${value}`) }));
  return (
    <Card
      title={t('figures')}
      actions={<Segmented label={t('range')} value={range} onChange={onRange} options={ranges} />}
    >
      {series === undefined || series.at.length < 2 ? (
        <p className="text-muted">{t('noSeries')}</p>
      ) : (
        <div className="grid gap-x-6 gap-y-5 sm:grid-cols-2 xl:grid-cols-3">
          {charts.map(({ key, colour, show }) => (
            <SeriesChart
              key={key}
              name={t(`series.${key}`)}
              at={series.at}
              values={series[key]}
              show={show}
              colour={colour}
              cursor={cursor}
              onCursor={setCursor}
            />
          ))}
        </div>
      )}
    </Card>
  );
}
