'use client';
// The same uid is another person in another app: which app it is about.
import { useTranslations } from 'next-intl';
import { useEffect } from 'react';
import { Combobox } from '@/components/ui/combobox.tsx';
import { Field } from '@/components/ui/field.tsx';
import { useApps } from '@/lib/apps.ts';

export function AppChoice({ app, onChange }: { app: string; onChange(app: string): void }) {
  const t = useTranslations('users');
  const apps = useApps().data;
  const only = apps?.length === 1 ? apps[0]?.id : undefined;
  useEffect(() => {
    if (app === '' && only !== undefined) onChange(only);
  }, [app, only, onChange]);
  if (app !== '' && (apps?.length ?? 0) < 2) return null;
  return (
    <Field label={t('app')} hint={app === '' ? t('appHint') : undefined} className="mb-4 max-w-72">
      <Combobox
        value={app || null}
        onChange={(next) => onChange(next ?? '')}
        choices={(apps ?? []).map(({ id, name }) => ({ value: id, label: id, note: name }))}
        placeholder={t('chooseApp')}
      />
    </Field>
  );
}
