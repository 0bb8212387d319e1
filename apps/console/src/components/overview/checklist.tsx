'use client';
// The first three steps on a new platform, ticked as they happen.
import { Circle, CircleCheck } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { LinkButton } from '@/components/ui/button.tsx';
import { Card } from '@/components/ui/card.tsx';
import { cx } from '@/components/ui/class-names.ts';
import { useApps } from '@/lib/apps.ts';
import { useHealth } from '@/lib/health.ts';

export function Checklist() {
  const t = useTranslations('overview.first');
  const apps = useApps().data;
  const issued = apps?.some(({ credentials }) => credentials.some(({ state }) => state === 'live')) ?? false;
  const connected = (useHealth().data?.users_online ?? 0) > 0;
  const steps = [
    { key: 'credential', done: issued, href: '/apps' },
    { key: 'client', done: connected, href: '/playground' },
    { key: 'message', done: false, href: '/send' },
  ] as const;
  return (
    <Card title={t('title')} flush>
      <ol className="divide-y divide-line">
        {steps.map(({ key, done, href }) => (
          <li key={key} className="flex flex-wrap items-center gap-3 px-4 py-3">
            {done ? (
              <CircleCheck aria-hidden size={18} className="shrink-0 text-ok" />
            ) : (
              <Circle aria-hidden size={18} className="shrink-0 text-faint" />
            )}
            <span className="min-w-48 flex-1">
              <span className={cx('block font-medium', done && 'text-muted line-through')}>
                {t(`${key}.what`)}
                {done && <span className="sr-only"> {t('done')}</span>}
              </span>
              <span className="text-muted text-xs">{t(`${key}.why`)}</span>
            </span>
            {!done && <LinkButton href={href}>{t(`${key}.go`)}</LinkButton>}
          </li>
        ))}
      </ol>
    </Card>
  );
}
