'use client';
// Language and theme, switched without losing the page.
import { Languages, MoonStar, Sun } from 'lucide-react';
import { useRouter } from 'next/navigation';
import { useLocale, useTranslations } from 'next-intl';
import { useTheme } from 'next-themes';
import { LOCALE_COOKIE } from '@/i18n/locales.ts';
import { IconButton } from './button.tsx';

export function Preferences() {
  const t = useTranslations('shell');
  const router = useRouter();
  const locale = useLocale();
  const { resolvedTheme, setTheme } = useTheme();

  function switchLanguage() {
    const next = locale === 'en' ? 'zh-CN' : 'en';
    // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is not in every browser that is supported
    document.cookie = `${LOCALE_COOKIE}=${next}; path=/; max-age=31536000; samesite=lax`;
    router.refresh();
  }

  return (
    <div className="flex items-center gap-1">
      <IconButton label={t('switchLanguage')} onClick={switchLanguage}>
        <Languages aria-hidden size={18} />
        <span className="text-sm">{t('otherLanguage')}</span>
      </IconButton>
      <IconButton label={t('switchTheme')} onClick={() => setTheme(resolvedTheme === 'dark' ? 'light' : 'dark')}>
        <Sun aria-hidden size={18} className="dark:hidden" />
        <MoonStar aria-hidden size={18} className="hidden dark:block" />
      </IconButton>
    </div>
  );
}
