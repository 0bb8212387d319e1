'use client';
// Time zone, language and theme: each a small menu in the bar; on a phone they are parts of the account's menu.
import { Clock3, Languages, MoonStar, Sun } from 'lucide-react';
import { useLocale, useTranslations } from 'next-intl';
import { IconButton } from '@/components/ui/button.tsx';
import { Menu, MenuChoice } from '@/components/ui/menu.tsx';
import { LOCALES } from '@/i18n/locales.ts';
import { THEMES } from '@/lib/preferences.ts';
import { usePreferences } from '@/lib/use-preferences.tsx';

/** Each language by its own name, so that everybody finds theirs. */
export const LANGUAGE_NAMES = { en: 'English', 'zh-CN': '简体中文' } as const;

export function PreferenceMenus() {
  const t = useTranslations('shell');
  const { zone } = usePreferences();
  return (
    <>
      <Menu
        trigger={
          <IconButton label={t('zoneIs', { zone })}>
            <Clock3 aria-hidden size={16} />
          </IconButton>
        }
      >
        <ZoneChoice />
      </Menu>
      <Menu
        trigger={
          <IconButton label={t('language')}>
            <Languages aria-hidden size={16} />
          </IconButton>
        }
      >
        <LanguageChoice />
      </Menu>
      <Menu
        trigger={
          <IconButton label={t('theme')}>
            <Sun aria-hidden size={16} className="dark:hidden" />
            <MoonStar aria-hidden size={16} className="hidden dark:block" />
          </IconButton>
        }
      >
        <ThemeChoice />
      </Menu>
    </>
  );
}

/** The zones most likely meant: this browser's, UTC and the one chosen in the profile, where all are. */
export function ZoneChoice() {
  const t = useTranslations('shell');
  const { zone, choose } = usePreferences();
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const zones = [...new Set([here, 'UTC', zone])];
  return (
    <MenuChoice
      label={t('zone')}
      value={zone}
      onChange={(next) => choose('zone', next)}
      options={zones.map((name) => ({ value: name, label: name === here ? t('zoneHere', { zone: name }) : name }))}
    />
  );
}

export function LanguageChoice() {
  const t = useTranslations('shell');
  const locale = useLocale();
  const { choose } = usePreferences();
  return (
    <MenuChoice
      label={t('language')}
      value={locale}
      onChange={(next) => choose('locale', next)}
      options={LOCALES.map((value) => ({ value, label: <span lang={value}>{LANGUAGE_NAMES[value]}</span> }))}
    />
  );
}

export function ThemeChoice() {
  const t = useTranslations('shell');
  const { theme, choose } = usePreferences();
  return (
    <MenuChoice
      label={t('theme')}
      value={theme}
      onChange={(next) => choose('theme', next)}
      options={THEMES.map((value) => ({ value, label: t(`themes.${value}`) }))}
    />
  );
}
