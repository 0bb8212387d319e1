'use client';
// How far deliveries got: a bar for each hop, what fell off on the way to it, and a way into the history for both.
import type { FunnelView } from '@message-push/protocol/admin';
import Link from 'next/link';
import { useFormatter, useTranslations } from 'next-intl';
import { Card } from '@/components/ui/card.tsx';
import { Loaded } from '@/components/ui/loaded.tsx';
import { Skeleton } from '@/components/ui/skeleton.tsx';
import { type FunnelStep, funnelSteps, STATUSES_FROM, STATUSES_LOST } from '@/lib/funnel.ts';
import { historyPath } from '@/lib/history-path.ts';
import type { Filter } from '@/lib/messages.ts';
import { useFunnel } from '@/lib/overview.ts';

const COLOURS = { accepted: 'bg-c9', routed: 'bg-note', written: 'bg-accent', acked: 'bg-ok' } as const;

export function FunnelCard({ filter }: { filter: Filter }) {
  const t = useTranslations('overview.funnel');
  return (
    <Card title={t('title')} note={t('note')}>
      <Loaded query={useFunnel(filter)} title={t('failed')} skeleton={<Skeleton className="h-64" />}>
        {(funnel) => <Steps funnel={funnel} filter={filter} />}
      </Loaded>
    </Card>
  );
}

function Steps({ funnel, filter }: { funnel: FunnelView; filter: Filter }) {
  const t = useTranslations('overview.funnel');
  if (funnel.accepted === 0) return <p className="flex min-h-64 items-center justify-center text-muted">{t('none')}</p>;
  return (
    <ol className="min-h-64 space-y-3">
      {funnelSteps(funnel).map((step) => (
        <li key={step.step}>
          <Step step={step} filter={filter} />
        </li>
      ))}
    </ol>
  );
}

function Step({ step, filter }: { step: FunnelStep; filter: Filter }) {
  const t = useTranslations('overview.funnel');
  const s = useTranslations('status');
  const format = useFormatter();
  const lost = STATUSES_LOST[step.step];
  return (
    <div>
      <Link
        href={historyPath(filter, STATUSES_FROM[step.step])}
        className="group block rounded px-1 py-1 hover:bg-hover"
      >
        <span className="flex items-baseline justify-between gap-3">
          <span className="font-medium group-hover:underline">{s(step.step)}</span>
          <span>
            {format.number(step.count)}{' '}
            <span className="text-muted text-xs">
              {format.number(step.share, { style: 'percent', maximumFractionDigits: 1 })}
            </span>
          </span>
        </span>
        <span aria-hidden className="mt-1 block h-3 overflow-hidden rounded-sm bg-sunken">
          <span
            style={{ width: `${step.share * 100}%` }}
            className={`block h-full rounded-sm transition-[width] duration-300 ${COLOURS[step.step]}`}
          />
        </span>
      </Link>
      {step.lost > 0 && lost !== undefined && (
        <Link
          href={historyPath(filter, lost)}
          className="mt-0.5 inline-flex min-h-6 items-center rounded px-1 text-muted text-xs underline decoration-line-strong underline-offset-2 hover:text-text"
        >
          {t(step.step === 'acked' ? 'noReceipt' : step.step === 'routed' ? 'notRouted' : 'notWritten', {
            count: step.lost,
          })}
        </Link>
      )}
    </div>
  );
}
