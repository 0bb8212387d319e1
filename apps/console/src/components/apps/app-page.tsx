'use client';
// One app: who it is and whether it is live, then its credentials, settings, signing keys and token kinds.
import type { AppView } from '@message-push/protocol/admin';
import { AppWindow } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { parseAsStringLiteral, useQueryState } from 'nuqs';
import { ApiFailure } from '@/lib/api.ts';
import { useApp } from '@/lib/apps.ts';
import { useCan } from '@/lib/session.ts';
import { LinkButton } from '../ui/button.tsx';
import { PageHeader } from '../ui/card.tsx';
import { CopyButton } from '../ui/copy-button.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { Loaded } from '../ui/loaded.tsx';
import { Skeleton } from '../ui/skeleton.tsx';
import { Tabs } from '../ui/tabs.tsx';
import { Time } from '../ui/time.tsx';
import { AppMenu, AppStateBadge, DisabledNote } from './app-state.tsx';
import { CredentialsTab } from './credentials-tab.tsx';
import { KeysTab } from './keys-tab.tsx';
import { KindsTab } from './kinds-tab.tsx';
import { SaveBar } from './save-bar.tsx';
import type { FieldName } from './settings-form.ts';
import { SettingsTab } from './settings-tab.tsx';
import { useSettings } from './use-settings.ts';

const TABS = ['credentials', 'settings', 'keys', 'kinds'] as const;
const ON_KINDS: readonly FieldName[] = ['token_kinds', 'passport_url'];

export function AppPage({ id }: { id: string }) {
  const t = useTranslations('apps');
  const app = useApp(id);
  if (app.error instanceof ApiFailure && app.error.code === 'NOT_FOUND') return <Missing id={id} />;
  return (
    <Loaded query={app} skeleton={<Waiting />} title={t('notLoaded')} stillWorks={t('stillWorks')}>
      {(data) => <Whole key={data.id} app={data} />}
    </Loaded>
  );
}

function Whole({ app }: { app: AppView }) {
  const t = useTranslations('apps');
  const can = useCan();
  const form = useSettings(app);
  const [tab, setTab] = useQueryState('tab', parseAsStringLiteral(TABS).withDefault('credentials'));
  const may = can('appSettings', app.id);
  const onKinds = form.changed.filter((field) => ON_KINDS.includes(field)).length;
  const label = (name: (typeof TABS)[number], changes: number) => (
    <TabLabel text={t(`tab.${name}`)} changes={changes} />
  );

  function toField(field: FieldName) {
    void setTab(ON_KINDS.includes(field) ? 'kinds' : 'settings').then(() => focusField(field));
  }

  return (
    <>
      <Header app={app} />
      <DisabledNote app={app} may={can('apps')} />
      <Tabs
        label={t('tabs')}
        value={tab}
        onChange={(next) => void setTab(next)}
        tabs={[
          { value: 'credentials', label: t('tab.credentials'), content: <CredentialsTab app={app} /> },
          {
            value: 'settings',
            label: label('settings', form.changed.length - onKinds),
            content: <SettingsTab form={form} may={may} />,
          },
          { value: 'keys', label: t('tab.keys'), content: <KeysTab app={app} /> },
          {
            value: 'kinds',
            label: label('kinds', onKinds),
            content: <KindsTab app={app} form={form} may={may} toKeys={() => void setTab('keys')} />,
          },
        ]}
      />
      <SaveBar form={form} onProblem={toField} />
    </>
  );
}

function Header({ app }: { app: AppView }) {
  const t = useTranslations('apps');
  const can = useCan();
  return (
    <PageHeader
      title={<bdi>{app.name}</bdi>}
      badges={<AppStateBadge state={app.state} />}
      description={
        <span className="flex flex-wrap items-center gap-x-3 gap-y-0.5">
          <span className="inline-flex min-w-0 items-center gap-1">
            {t('appId')} <code className="min-w-0 break-all font-mono text-text">{app.id}</code>
            <CopyButton text={app.id} what={t('appId')} />
          </span>
          <span className="min-w-0 break-words text-xs">
            {t.rich(app.created_by === undefined ? 'created' : 'createdBy', {
              time: () => <Time at={app.created_at} />,
              name: app.created_by ?? '',
            })}
          </span>
        </span>
      }
      actions={can('apps') && <AppMenu app={app} />}
    />
  );
}

/** A dot at a tab whose fields were changed and not saved. */
function TabLabel({ text, changes }: { text: string; changes: number }) {
  const t = useTranslations('apps.save');
  if (changes === 0) return text;
  return (
    <span className="inline-flex items-center gap-1.5">
      {text}
      <span aria-hidden className="size-1.5 rounded-full bg-accent" />
      <span className="sr-only">{t('count', { count: changes })}</span>
    </span>
  );
}

function Missing({ id }: { id: string }) {
  const t = useTranslations('apps.missing');
  return (
    <EmptyState
      icon={<AppWindow aria-hidden size={28} />}
      title={<h1 className="break-words text-lg">{t('title')}</h1>}
      actions={<LinkButton href="/apps">{t('back')}</LinkButton>}
    >
      {t.rich('about', { id: () => <code className="break-all font-mono">{id}</code> })}
    </EmptyState>
  );
}

function Waiting() {
  return (
    <div className="space-y-4">
      <Skeleton className="h-7 w-56" />
      <Skeleton className="h-4 w-80 max-w-full" />
      <Skeleton className="h-9 w-96 max-w-full" />
      <Skeleton className="h-40" />
    </div>
  );
}

/** After the tab of the field is in the page. */
function focusField(field: FieldName): void {
  requestAnimationFrame(() => {
    const place = document.querySelector(`[data-field="${field}"]`);
    place?.querySelector<HTMLElement>('input, textarea, [role="switch"]')?.focus();
    place?.scrollIntoView({ block: 'center' });
  });
}
