// The frame of the settings: one heading, one place for each kind.
import { getTranslations } from 'next-intl/server';
import type { ReactNode } from 'react';
import { SettingsNav } from '@/components/settings/settings-nav.tsx';
import { PageHeader } from '@/components/ui/card.tsx';

export default async function Layout({ children }: { children: ReactNode }) {
  const t = await getTranslations('shell.page');
  return (
    <div className="mx-auto max-w-5xl">
      <PageHeader title={t('settings')} />
      <SettingsNav />
      <div className="mt-5">{children}</div>
    </div>
  );
}
