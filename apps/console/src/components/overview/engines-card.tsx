'use client';
// What delivery rests on: the gateways that hold the sockets, and the engines behind the capabilities.
import { CircleCheck, CircleX } from 'lucide-react';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { Badge } from '@/components/ui/badge.tsx';
import { Card } from '@/components/ui/card.tsx';
import { Loaded } from '@/components/ui/loaded.tsx';
import { Skeleton } from '@/components/ui/skeleton.tsx';
import { useHealth } from '@/lib/health.ts';

export function GatewaysCard() {
  const t = useTranslations('overview');
  return (
    <Card title={t('gateways')} flush>
      <Loaded query={useHealth()} title={t('noHealth')} skeleton={<Skeleton className="m-4 h-16" />}>
        {({ gateways }) => (
          <ul className="divide-y divide-line">
            {gateways.length === 0 && <li className="p-4 text-muted">{t('noGateways')}</li>}
            {gateways.map(({ id, sessions, links, problem }) => (
              <Row
                key={id}
                name={id}
                ok={problem === undefined}
                state={problem === undefined ? t('working') : t('unreachable')}
              >
                {t('gatewayFigures', { sessions, links })}
              </Row>
            ))}
          </ul>
        )}
      </Loaded>
    </Card>
  );
}

export function EnginesCard() {
  const t = useTranslations('overview');
  return (
    <Card title={t('engines')} flush>
      <Loaded query={useHealth()} title={t('noHealth')} skeleton={<Skeleton className="m-4 h-32" />}>
        {({ engines }) => (
          <ul className="divide-y divide-line">
            {engines.map(({ name, kind, ok }) => (
              <Row key={name} name={t(`engine.${name}`)} ok={ok} state={ok ? t('working') : t('away')}>
                {kind}
              </Row>
            ))}
          </ul>
        )}
      </Loaded>
    </Card>
  );
}

function Row({ name, ok, state, children }: { name: string; ok: boolean; state: string; children: ReactNode }) {
  return (
    <li className="flex min-h-10 flex-wrap items-center gap-x-3 gap-y-1 px-4 py-1.5">
      <span className="min-w-28 break-all font-medium">{name}</span>
      <Badge tone={ok ? 'ok' : 'bad'} icon={ok ? CircleCheck : CircleX}>
        {state}
      </Badge>
      <span className="text-muted text-xs">{children}</span>
    </li>
  );
}
