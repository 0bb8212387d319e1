'use client';
// The nodes as small cards: state, connections, share, lag, and when each was up within the last hour.
import type { HealthReport, NodeHealth } from '@message-push/protocol/admin';
import Link from 'next/link';
import { useFormatter, useTranslations } from 'next-intl';
import { type Lane, lanesOf } from '@/components/ring/timeline.ts';
import { NodeStateBadge } from '@/components/ui/badge.tsx';
import { LinkButton } from '@/components/ui/button.tsx';
import { Card } from '@/components/ui/card.tsx';
import { EmptyState } from '@/components/ui/empty-state.tsx';
import { Loaded } from '@/components/ui/loaded.tsx';
import { Skeleton } from '@/components/ui/skeleton.tsx';
import { useDuration } from '@/lib/duration.ts';
import { useHealth } from '@/lib/health.ts';
import { useNow } from '@/lib/now.ts';
import { useRingChanges } from '@/lib/overview.ts';

/** More of them are told as a number. */
const SHOWN_MAX = 20;
const HOUR_MS = 3_600_000;

export function NodesCard() {
  const t = useTranslations('overview');
  return (
    <Card
      title={t('nodes')}
      actions={
        <LinkButton size="small" href="/ring">
          {t('toRing')}
        </LinkButton>
      }
      flush
    >
      <Loaded query={useHealth()} title={t('noHealth')} skeleton={<Skeleton className="m-4 h-36" />}>
        {(report) => <Nodes report={report} />}
      </Loaded>
    </Card>
  );
}

function Nodes({ report }: { report: HealthReport }) {
  const t = useTranslations('overview');
  const changes = useRingChanges().data;
  const now = useNow();
  const { nodes } = report.ring;
  if (nodes.length === 0) return <EmptyState title={t('noNodes')}>{t('noNodesWhy')}</EmptyState>;
  const lanes = new Map(changes && now > 0 ? lanesOf(changes, now).map((lane) => [lane.id, lane]) : []);
  return (
    <>
      <ul className="-mr-px -mb-px grid grid-cols-[repeat(auto-fill,minmax(12rem,1fr))]">
        {nodes.slice(0, SHOWN_MAX).map((node) => (
          <li key={node.id} className="min-w-0 border-line border-r border-b">
            <NodeCard node={node} lane={lanes.get(node.id)} now={now} />
          </li>
        ))}
      </ul>
      {nodes.length > SHOWN_MAX && (
        <p className="border-line border-t px-4 py-2 text-muted text-xs">
          {t('moreNodes', { count: nodes.length - SHOWN_MAX })}
        </p>
      )}
    </>
  );
}

function NodeCard({ node, lane, now }: { node: NodeHealth; lane: Lane | undefined; now: number }) {
  const t = useTranslations('overview');
  const format = useFormatter();
  const duration = useDuration();
  const state = node.problem === undefined ? node.state : 'down';
  const figures = [
    [t('users'), format.number(node.uids)],
    [t('connections'), format.number(node.sessions)],
    [t('share'), format.number(node.share, { style: 'percent', maximumFractionDigits: 1 })],
    [t('loopLag'), duration(node.event_loop_p99_ms)],
  ];
  return (
    <Link
      href={`/ring/${encodeURIComponent(node.id)}`}
      className="block h-full space-y-2 p-3 -outline-offset-2 hover:bg-hover"
    >
      <span title={node.id} className="block truncate font-medium font-mono text-xs">
        {node.id}
      </span>
      <NodeStateBadge state={state} />
      <span className="grid gap-y-0.5 text-xs">
        {figures.map(([name, value]) => (
          <span key={name} className="flex min-w-0 justify-between gap-2">
            <span className="truncate text-muted">{name}</span>
            <span className="whitespace-nowrap">{value}</span>
          </span>
        ))}
      </span>
      <Hour lane={lane} now={now} />
    </Link>
  );
}

/** When it was up, draining or away within the last hour. */
function Hour({ lane, now }: { lane: Lane | undefined; now: number }) {
  const t = useTranslations('overview');
  if (lane === undefined || now === 0) return <span aria-hidden className="block h-1.5 rounded-full bg-line" />;
  const start = now - HOUR_MS;
  const inside = lane.stretches.filter(({ until }) => until > start);
  const up = inside.reduce(
    (sum, { state, since, until }) => sum + (state === 'up' ? until - Math.max(start, since) : 0),
    0,
  );
  const label = t('hour', { minutes: Math.min(60, Math.round(up / 60_000)) });
  return (
    <span
      role="img"
      aria-label={label}
      title={label}
      className="relative block h-1.5 overflow-hidden rounded-full bg-line"
    >
      {inside.map(({ state, since, until }) => (
        <span
          key={since}
          style={{
            left: `${(Math.max(0, since - start) / HOUR_MS) * 100}%`,
            width: `${((until - Math.max(start, since)) / HOUR_MS) * 100}%`,
          }}
          className={`absolute inset-y-0 ${state === 'up' ? 'bg-ok' : 'bg-note'}`}
        />
      ))}
    </span>
  );
}
