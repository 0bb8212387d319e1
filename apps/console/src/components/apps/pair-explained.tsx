'use client';
// What AppID and secret are, in two lines and one header.
import { useTranslations } from 'next-intl';

export function PairExplained({ app }: { app?: string }) {
  const t = useTranslations('apps.pair');
  return (
    <div className="space-y-3">
      <p>{t('about')}</p>
      <pre className="overflow-x-auto whitespace-pre-wrap break-words rounded-md border border-line bg-sunken px-3 py-2 text-left font-mono text-[0.8125rem] text-text">
        {t('header', { app: app ?? 'AppID' })}
      </pre>
    </div>
  );
}
