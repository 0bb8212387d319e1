'use client';
// All apps that the operator may see, with their secrets at a glance, and the way to a new one.
import type { AppView } from '@message-push/protocol/admin';
import { AppWindow, Plus, SearchX } from 'lucide-react';
import { useRouter } from 'next/navigation';
import { useTranslations } from 'next-intl';
import { parseAsString, parseAsStringLiteral, useQueryStates } from 'nuqs';
import { useState } from 'react';
import { useApps } from '@/lib/apps.ts';
import { useCan, useSession } from '@/lib/session.ts';
import { Button } from '../ui/button.tsx';
import { Card, PageHeader } from '../ui/card.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { Input } from '../ui/input.tsx';
import { Loaded } from '../ui/loaded.tsx';
import { Segmented } from '../ui/segmented.tsx';
import { Skeleton } from '../ui/skeleton.tsx';
import { AppsTable } from './apps-table.tsx';
import { CreateDialog } from './create-dialog.tsx';
import { matches, STATES } from './filter.ts';
import { PairExplained } from './pair-explained.tsx';
import { type Made, SecretDialog } from './secret-dialog.tsx';

/** So few are seen at one glance: no search. */
const SEARCH_FROM = 6;

export function AppsPage() {
  const t = useTranslations('apps');
  const apps = useApps();
  const can = useCan();
  const [creating, setCreating] = useState(false);
  const create = can('apps') ? () => setCreating(true) : undefined;
  return (
    <>
      <PageHeader
        title={t('list.title')}
        description={t('list.about')}
        actions={
          create &&
          apps.data?.length !== 0 && (
            <Button kind="primary" icon={<Plus aria-hidden size={15} />} onClick={create}>
              {t('list.create')}
            </Button>
          )
        }
      />
      <Card flush>
        <Loaded query={apps} skeleton={<Waiting />} title={t('list.notLoaded')} stillWorks={t('stillWorks')}>
          {(rows) => (rows.length === 0 ? <Nothing onCreate={create} /> : <Filtered apps={rows} />)}
        </Loaded>
      </Card>
      <Creation open={creating} onOpenChange={setCreating} />
    </>
  );
}

/** Makes an app, shows its secret once, then goes to its page. */
function Creation({ open, onOpenChange }: { open: boolean; onOpenChange(open: boolean): void }) {
  const router = useRouter();
  const [made, setMade] = useState<Made | null>(null);
  const pathOf = (app: string) => `/apps/${encodeURIComponent(app)}`;
  return (
    <>
      <CreateDialog
        open={open}
        onOpenChange={onOpenChange}
        onCreated={(app, secret) => {
          onOpenChange(false);
          if (secret) setMade(secret);
          else router.push(pathOf(app));
        }}
      />
      <SecretDialog
        made={made}
        onDone={() => {
          setMade(null);
          if (made) router.push(pathOf(made.app));
        }}
        finalFocus={() => document.getElementById('main')}
      />
    </>
  );
}

function Filtered({ apps }: { apps: readonly AppView[] }) {
  const t = useTranslations('apps.list');
  const [filter, setFilter] = useQueryStates({
    q: parseAsString.withDefault(''),
    state: parseAsStringLiteral(STATES).withDefault('all'),
  });
  const rows = apps.filter((app) => matches(app, filter));
  const filtered = filter.q !== '' || filter.state !== 'all';
  return (
    <>
      {(apps.length >= SEARCH_FROM || filtered) && (
        <search className="flex flex-wrap items-center gap-2 border-line border-b px-4 py-2">
          <Input
            type="search"
            aria-label={t('search')}
            placeholder={t('search')}
            value={filter.q}
            onChange={(event) => void setFilter({ q: event.target.value || null })}
            className="max-w-72"
          />
          <Segmented
            label={t('state')}
            value={filter.state}
            onChange={(state) => void setFilter({ state })}
            options={STATES.map((value) => ({ value, label: t(`states.${value}`) }))}
          />
          <span role="status" className="ml-auto text-muted text-xs">
            {t('count', { shown: rows.length, all: apps.length })}
          </span>
        </search>
      )}
      {rows.length === 0 ? (
        <EmptyState
          icon={<SearchX aria-hidden size={28} />}
          title={t('nothingFound')}
          actions={<Button onClick={() => void setFilter(null)}>{t('clear')}</Button>}
        />
      ) : (
        <AppsTable apps={rows} />
      )}
    </>
  );
}

function Nothing({ onCreate }: { onCreate: (() => void) | undefined }) {
  const t = useTranslations('apps.empty');
  const role = useSession().data?.operator.role;
  return (
    <EmptyState
      icon={<AppWindow aria-hidden size={28} />}
      title={t('title')}
      actions={
        onCreate && (
          <Button kind="primary" icon={<Plus aria-hidden size={15} />} onClick={onCreate}>
            {t('create')}
          </Button>
        )
      }
    >
      <PairExplained />
      {role !== undefined && !onCreate && <p className="mt-3">{t(role === 'owner' ? 'noneGranted' : 'askAdmin')}</p>}
    </EmptyState>
  );
}

function Waiting() {
  return (
    <div className="space-y-4 p-4">
      {[0, 1, 2].map((row) => (
        <div key={row} className="flex items-center gap-6">
          <Skeleton className="h-9 w-56 max-w-1/2" />
          <Skeleton className="h-4 w-24" />
          <Skeleton className="h-4 w-24 max-sm:hidden" />
          <Skeleton className="ml-auto h-6 w-32 max-sm:hidden" />
        </div>
      ))}
    </div>
  );
}
