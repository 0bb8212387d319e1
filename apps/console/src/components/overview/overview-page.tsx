'use client';
// Is the platform well, and what did it do lately? One sentence first; each card stands for itself, so that one that fails leaves the others.
import { useTranslations } from 'next-intl';
import { parseAsString, useQueryStates } from 'nuqs';
import { useMemo } from 'react';
import { TimeRangePicker } from '@/components/history/time-range.tsx';
import { PageHeader } from '@/components/ui/card.tsx';
import { useEverSent } from '@/lib/messages.ts';
import { ActionsCard } from './actions-card.tsx';
import { Checklist } from './checklist.tsx';
import { EnginesCard, GatewaysCard } from './engines-card.tsx';
import { FailuresCard } from './failures-card.tsx';
import { FunnelCard } from './funnel-card.tsx';
import { HealthSentence } from './health-sentence.tsx';
import { LatencyCard } from './latency-card.tsx';
import { NodesCard } from './nodes-card.tsx';
import { RatesCards } from './rates-cards.tsx';
import { StreamLost } from './stream-lost.tsx';

const state = { from: parseAsString.withDefault('now-15m'), to: parseAsString.withDefault('now') };

export function OverviewPage() {
  const t = useTranslations('overview');
  const [{ from, to }, setRange] = useQueryStates(state);
  const filter = useMemo(() => ({ q: '', from, to }), [from, to]);
  const never = useEverSent().data === false;
  return (
    <div className="space-y-4">
      <PageHeader
        title={t('title')}
        actions={<TimeRangePicker range={filter} onChange={(range) => void setRange(range)} />}
      />
      <StreamLost />
      <HealthSentence />
      {never && <Checklist />}
      <div className="grid gap-4 lg:grid-cols-2">
        <FunnelCard filter={filter} />
        <div className="grid min-w-0 gap-4">
          <LatencyCard filter={filter} />
          <RatesCards />
        </div>
      </div>
      <NodesCard />
      <div className="grid items-start gap-4 lg:grid-cols-2">
        <div className="min-w-0 space-y-4">
          <FailuresCard filter={filter} />
          <GatewaysCard />
        </div>
        <div className="min-w-0 space-y-4">
          <ActionsCard />
          <EnginesCard />
        </div>
      </div>
    </div>
  );
}
