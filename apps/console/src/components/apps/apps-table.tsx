'use client';
// Apps as rows: name and AppID, the secrets that work, when one was last used, what was sent in a day.
import type { AppView } from '@message-push/protocol/admin';
import Link from 'next/link';
import { useRouter } from 'next/navigation';
import { useFormatter, useTranslations } from 'next-intl';
import { useNow } from '@/lib/now.ts';
import { Bars } from '../ui/charts.tsx';
import type { Column } from '../ui/columns.ts';
import { CopyButton } from '../ui/copy-button.tsx';
import { DataTable } from '../ui/data-table.tsx';
import { Time } from '../ui/time.tsx';
import { AppStateBadge } from './app-state.tsx';
import { Hint } from './credential-item.tsx';
import { isUsable, usageOf } from './usage.ts';

/** Secrets named in a row; the others are counted. */
const HINTS_MAX = 2;

export function AppsTable({ apps }: { apps: readonly AppView[] }) {
  const t = useTranslations('apps.list');
  const router = useRouter();
  const columns: Column<AppView>[] = [
    { id: 'app', header: t('app'), cell: (app) => <Name app={app} /> },
    { id: 'state', header: t('state'), cell: ({ state }) => <AppStateBadge state={state} /> },
    { id: 'secrets', header: t('secrets'), cell: (app) => <Secrets app={app} />, wideOnly: true },
    { id: 'used', header: t('lastUsed'), cell: (app) => <LastUsed app={app} /> },
    { id: 'day', header: t('day'), cell: (app) => <Day app={app} />, wideOnly: true, width: '11rem' },
    { id: 'created', header: t('created'), cell: (app) => <Created app={app} />, wideOnly: true },
  ];
  return (
    <DataTable
      rows={apps}
      columns={columns}
      rowKey={({ id }) => id}
      label={t('title')}
      onRowPress={({ id }) => router.push(`/apps/${encodeURIComponent(id)}`)}
      isDimmed={({ state }) => state === 'disabled'}
    />
  );
}

function Name({ app }: { app: AppView }) {
  const t = useTranslations('apps');
  return (
    <div className="min-w-28 max-w-38 py-1 sm:max-w-64 xl:max-w-80">
      <Link
        href={`/apps/${encodeURIComponent(app.id)}`}
        title={app.name}
        className="line-clamp-2 py-0.5 font-medium text-accent underline-offset-2 [overflow-wrap:anywhere] hover:underline"
      >
        <bdi>{app.name}</bdi>
      </Link>
      <span className="flex min-w-0 items-center gap-0.5 text-muted">
        <code title={app.id} className="truncate font-mono text-xs">
          {app.id}
        </code>
        <CopyButton text={app.id} what={t('appId')} />
      </span>
    </div>
  );
}

function Secrets({ app }: { app: AppView }) {
  const t = useTranslations('apps.list');
  const now = useNow();
  const usable = app.credentials.filter((one) => isUsable(one, now));
  if (usable.length === 0) return <span className="text-muted">{t('noSecret')}</span>;
  const more = usable.length - HINTS_MAX;
  return (
    <span className="flex flex-col items-start gap-0.5 text-xs">
      {usable.slice(0, HINTS_MAX).map(({ id, hint, state }) => (
        <span key={id} className="inline-flex items-center gap-1.5 whitespace-nowrap">
          <Hint hint={hint} />
          {state === 'grace' && <span className="text-warn">{t('inGrace')}</span>}
        </span>
      ))}
      {more > 0 && <span className="text-muted">{t('moreSecrets', { count: more })}</span>}
    </span>
  );
}

function LastUsed({ app }: { app: AppView }) {
  const t = useTranslations('apps.list');
  const now = useNow();
  const uses = app.credentials.map((one) => usageOf(one, now).lastAt ?? 0);
  const last = Math.max(0, ...uses);
  return last === 0 ? <span className="text-muted">{t('never')}</span> : <Time at={last} plain />;
}

function Day({ app }: { app: AppView }) {
  const t = useTranslations('apps.list');
  const format = useFormatter();
  const counts = app.pushes_24h;
  if (counts === undefined) return <span className="text-muted">{t('historyAway')}</span>;
  const sum = counts.reduce((total, count) => total + count, 0);
  return (
    <span className="flex items-center gap-3">
      <span className="w-24 shrink-0">
        <Bars values={counts} max={4} label={t('dayChart', { sum, peak: Math.max(0, ...counts) })} className="h-5!" />
      </span>
      <span className="text-xs">{format.number(sum, { notation: 'compact', maximumFractionDigits: 1 })}</span>
    </span>
  );
}

function Created({ app }: { app: AppView }) {
  return (
    <span className="block max-w-36 text-xs">
      <Time at={app.created_at} plain />
      {app.created_by && (
        <span title={app.created_by} className="block truncate text-muted">
          {app.created_by}
        </span>
      )}
    </span>
  );
}
