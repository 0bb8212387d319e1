'use client';
// Is the platform well? One sentence first, then what it rests on.
import type { EngineHealth, HealthReport, NodeHealth } from '@message-push/protocol/admin';
import { CircleAlert, CircleCheck } from 'lucide-react';
import { useFormatter, useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { ApiFailure } from '@/lib/api.ts';
import { useHealth } from '@/lib/health.ts';
import { troubles } from '@/lib/troubles.ts';

export function Overview() {
  const t = useTranslations('overview');
  const health = useHealth();

  return (
    <div className="space-y-6">
      <h1 className="font-semibold text-2xl">{t('title')}</h1>
      {health.error && <Failure error={health.error} stale={health.data?.at} retry={() => void health.refetch()} />}
      {health.data ? <Report report={health.data} /> : !health.error && <Skeleton label={t('loading')} />}
    </div>
  );
}

function Report({ report }: { report: HealthReport }) {
  const t = useTranslations('overview');
  const format = useFormatter();
  const { delivery, ring } = report;
  return (
    <>
      <Sentence report={report} />
      <dl className="grid grid-cols-2 gap-3 md:grid-cols-4">
        <Figure label={t('usersOnline')}>{format.number(report.users_online)}</Figure>
        <Figure label={t('pushesPerSecond')}>
          {format.number(delivery.pushes_per_s, { maximumFractionDigits: 1 })}
        </Figure>
        <Figure label={t('deliveriesPerSecond')}>
          {format.number(delivery.deliveries_per_s, { maximumFractionDigits: 1 })}
        </Figure>
        <Figure label={t('oldestWaiting')}>{t('milliseconds', { ms: format.number(delivery.oldest_ms) })}</Figure>
      </dl>
      <Section title={t('nodes')} note={t('ringVersion', { version: ring.version })}>
        {ring.nodes.length === 0 && <p className="p-4 text-muted">{t('noNodes')}</p>}
        <ul className="divide-y divide-line">
          {ring.nodes.map((node) => (
            <NodeRow key={node.id} node={node} />
          ))}
        </ul>
      </Section>
      <div className="grid gap-6 md:grid-cols-2">
        <Section title={t('gateways')}>
          <ul className="divide-y divide-line">
            {report.gateways.map(({ id, sessions, links, problem }) => (
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
        </Section>
        <Section title={t('engines')}>
          <ul className="divide-y divide-line">
            {report.engines.map((engine) => (
              <EngineRow key={engine.name} engine={engine} />
            ))}
          </ul>
        </Section>
      </div>
    </>
  );
}

function Sentence({ report }: { report: HealthReport }) {
  const t = useTranslations('overview');
  const found = troubles(report);
  const well = t('well', { nodes: report.ring.nodes.length, users: report.users_online });
  return (
    <div
      role="status"
      className={`flex gap-3 rounded-lg border bg-surface p-4 ${found.length > 0 ? 'border-bad' : 'border-line'}`}
    >
      {found.length > 0 ? (
        <CircleAlert aria-hidden className="mt-0.5 shrink-0 text-bad" size={20} />
      ) : (
        <CircleCheck aria-hidden className="mt-0.5 shrink-0 text-ok" size={20} />
      )}
      <div className="min-w-0 space-y-1">
        {found.length === 0 && <p className="font-medium">{well}</p>}
        {found.map((trouble) => (
          <p key={JSON.stringify(trouble)} className="break-words font-medium">
            {t(`trouble.${trouble.kind}`, trouble.values)}
          </p>
        ))}
      </div>
    </div>
  );
}

function NodeRow({ node }: { node: NodeHealth }) {
  const t = useTranslations('overview');
  const format = useFormatter();
  const state = node.problem === undefined ? t(node.state) : t('unreachable');
  return (
    <Row name={node.id} ok={node.problem === undefined && node.state === 'up'} state={state}>
      {t('nodeFigures', {
        users: node.uids,
        sessions: node.sessions,
        share: format.number(node.share, { style: 'percent', maximumFractionDigits: 1 }),
        lag: format.number(node.event_loop_p99_ms, { maximumFractionDigits: 1 }),
      })}
    </Row>
  );
}

function EngineRow({ engine }: { engine: EngineHealth }) {
  const t = useTranslations('overview');
  return (
    <Row name={t(`engine.${engine.name}`)} ok={engine.ok} state={engine.ok ? t('working') : t('away')}>
      {engine.kind}
    </Row>
  );
}

/** A thing with its state in words and colour, and its figures. */
function Row({ name, ok, state, children }: { name: string; ok: boolean; state: string; children: ReactNode }) {
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-1 px-4 py-3">
      <span className="min-w-28 break-all font-medium font-mono text-sm">{name}</span>
      <span className={`inline-flex items-center gap-1.5 text-sm ${ok ? 'text-ok' : 'text-bad'}`}>
        <span aria-hidden className={`size-2 rounded-full ${ok ? 'bg-ok' : 'bg-bad'}`} />
        {state}
      </span>
      <span className="text-muted text-sm">{children}</span>
    </li>
  );
}

function Section({ title, note, children }: { title: string; note?: string; children: ReactNode }) {
  return (
    <section className="overflow-hidden rounded-lg border border-line bg-surface">
      <div className="flex items-baseline justify-between gap-4 border-line border-b px-4 py-3">
        <h2 className="font-semibold">{title}</h2>
        {note && <span className="text-muted text-sm">{note}</span>}
      </div>
      {children}
    </section>
  );
}

function Figure({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="rounded-lg border border-line bg-surface p-4">
      <dt className="text-muted text-sm">{label}</dt>
      <dd className="mt-1 font-semibold text-2xl">{children}</dd>
    </div>
  );
}

function Failure({ error, stale, retry }: { error: Error; stale: number | undefined; retry: () => void }) {
  const t = useTranslations('overview');
  const format = useFormatter();
  return (
    <div
      role="alert"
      className="flex flex-wrap items-center justify-between gap-3 rounded-lg border border-warn bg-surface p-4"
    >
      <p>
        {error instanceof ApiFailure && error.status !== 0 ? t('failed', { code: error.code }) : t('noAnswer')}{' '}
        {stale !== undefined &&
          t('stale', {
            time: format.dateTime(stale, {
              timeStyle: 'medium',
              timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
            }),
          })}
      </p>
      <button type="button" onClick={retry} className="min-h-9 rounded-md border border-line px-3 hover:bg-line/50">
        {t('retry')}
      </button>
    </div>
  );
}

function Skeleton({ label }: { label: string }) {
  return (
    <div aria-busy className="space-y-6">
      <p className="sr-only">{label}</p>
      {['h-14', 'h-24', 'h-32', 'h-40'].map((height) => (
        <div key={height} className={`${height} animate-pulse rounded-lg motion-reduce:animate-none bg-line/60`} />
      ))}
    </div>
  );
}
