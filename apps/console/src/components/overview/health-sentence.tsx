'use client';
// The health in words, what is wrong first, with the age of what it rests on.
import type { HealthReport } from '@message-push/protocol/admin';
import { CircleAlert, CircleCheck } from 'lucide-react';
import { useFormatter, useTranslations } from 'next-intl';
import { Card } from '@/components/ui/card.tsx';
import { cx } from '@/components/ui/class-names.ts';
import { Loaded } from '@/components/ui/loaded.tsx';
import { Skeleton } from '@/components/ui/skeleton.tsx';
import { Time } from '@/components/ui/time.tsx';
import { useHealth } from '@/lib/health.ts';
import { useFunnel } from '@/lib/overview.ts';
import { troubles } from '@/lib/troubles.ts';

const LATELY = { q: '', from: 'now-15m', to: 'now' };

export function HealthSentence() {
  const t = useTranslations('overview');
  const health = useHealth();
  return (
    <Card flush>
      <Loaded query={health} title={t('noHealth')} skeleton={<Skeleton className="m-4 h-12" />}>
        {(report) => <Sentence report={report} />}
      </Loaded>
    </Card>
  );
}

function Sentence({ report }: { report: HealthReport }) {
  const t = useTranslations('overview');
  const found = troubles(report);
  const well = found.length === 0;
  const Icon = well ? CircleCheck : CircleAlert;
  const working = report.ring.nodes.filter(({ problem }) => problem === undefined).length;
  return (
    <div className={cx('flex items-start gap-3 border-l-4 p-4', well ? 'border-ok' : 'border-bad')}>
      <Icon aria-hidden size={22} className={cx('mt-0.5 shrink-0', well ? 'text-ok' : 'text-bad')} />
      <div className="min-w-0 flex-1">
        <p className="wrap-anywhere font-medium text-base">
          {found.map((trouble) => (
            <span key={JSON.stringify(trouble)} className="text-bad">
              {t(`trouble.${trouble.kind}`, trouble.values)}{' '}
            </span>
          ))}
          {t('nodesHealthy', { working, all: report.ring.nodes.length })}{' '}
          {t('usersConnected', { users: report.users_online })} <Arrived />
        </p>
        <p className="mt-1 flex flex-wrap gap-x-3 text-muted text-xs">
          <span>{t('ringVersion', { version: report.ring.version })}</span>
          <span>{t('lag', { lag: report.delivery.lag })}</span>
          {report.sessions_off_owner > 0 && <span>{t('offOwner', { count: report.sessions_off_owner })}</span>}
          <span>{t.rich('asOf', { time: () => <Time at={report.at} plain /> })}</span>
        </p>
      </div>
    </div>
  );
}

/** Of the last quarter of an hour, whatever range the page shows. */
function Arrived() {
  const t = useTranslations('overview');
  const format = useFormatter();
  const funnel = useFunnel(LATELY).data;
  if (funnel === undefined) return null;
  if (funnel.accepted === 0) return t('arrivedNone');
  const share = format.number(funnel.written / funnel.accepted, { style: 'percent', maximumFractionDigits: 1 });
  return t('arrived', { share });
}
