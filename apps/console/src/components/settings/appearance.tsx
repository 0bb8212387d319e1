'use client';
// How this browser shows things: kept in its cookies, in effect at once.
import { useLocale, useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { LANGUAGE_NAMES } from '@/components/shell/preference-menus.tsx';
import { Card } from '@/components/ui/card.tsx';
import { Switch } from '@/components/ui/checkbox.tsx';
import { Combobox } from '@/components/ui/combobox.tsx';
import { Segmented } from '@/components/ui/segmented.tsx';
import { Time } from '@/components/ui/time.tsx';
import { LOCALES } from '@/i18n/locales.ts';
import { useNow } from '@/lib/now.ts';
import { DENSITIES, THEMES } from '@/lib/preferences.ts';
import { zoneName } from '@/lib/stamp.ts';
import { usePreferences } from '@/lib/use-preferences.tsx';

export function Appearance() {
  const t = useTranslations('settings.appearance');
  const themes = useTranslations('shell.themes');
  const locale = useLocale();
  const { theme, density, shortcuts, choose } = usePreferences();
  return (
    <Card title={t('title')} note={t('note')}>
      <div className="divide-y divide-line">
        <Line label={t('language')}>
          <Segmented
            label={t('language')}
            value={locale}
            onChange={(next) => choose('locale', next)}
            options={LOCALES.map((value) => ({ value, label: <span lang={value}>{LANGUAGE_NAMES[value]}</span> }))}
          />
        </Line>
        <Line label={t('zone')} hint={<ZoneNow />}>
          <ZoneField label={t('zone')} />
        </Line>
        <Line label={t('theme')}>
          <Segmented
            label={t('theme')}
            value={theme}
            onChange={(next) => choose('theme', next)}
            options={THEMES.map((value) => ({ value, label: themes(value) }))}
          />
        </Line>
        <Line label={t('density')} hint={t('densityHint')}>
          <Segmented
            label={t('density')}
            value={density}
            onChange={(next) => choose('density', next)}
            options={DENSITIES.map((value) => ({ value, label: t(`densities.${value}`) }))}
          />
        </Line>
        <Line label={t('keys')} hint={t('keysHint')}>
          <Switch
            checked={shortcuts}
            onChange={(on) => choose('shortcuts', on ? 'on' : 'off')}
            label={shortcuts ? t('keysOn') : t('keysOff')}
          />
        </Line>
      </div>
    </Card>
  );
}

function Line({ label, hint, children }: { label: ReactNode; hint?: ReactNode; children: ReactNode }) {
  return (
    <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-2 py-3 first:pt-0 last:pb-0">
      <div className="min-w-0">
        <div className="font-medium">{label}</div>
        {hint && <div className="text-muted text-xs">{hint}</div>}
      </div>
      {children}
    </div>
  );
}

function ZoneField({ label }: { label: string }) {
  const { zone, choose } = usePreferences();
  const known = [...new Set(['UTC', zone, ...Intl.supportedValuesOf('timeZone')])];
  return (
    <Combobox
      label={label}
      value={zone}
      onChange={(next) => next !== null && choose('zone', next)}
      choices={known.map((value) => ({ value, label: value }))}
      className="w-64 max-w-full"
    />
  );
}

function ZoneNow() {
  const { zone } = usePreferences();
  const now = useNow();
  if (now === 0) return null;
  return (
    <>
      <Time at={now} show="stamp" plain /> {zoneName(now, zone)}
    </>
  );
}
