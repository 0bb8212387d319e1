'use client';
// The kinds of settings, as links; only those that the operator may open.
import Link from 'next/link';
import { usePathname } from 'next/navigation';
import { useTranslations } from 'next-intl';
import { cx } from '@/components/ui/class-names.ts';
import { useCan } from '@/lib/session.ts';

const PAGES = ['profile', 'security', 'operators'] as const;

export function SettingsNav() {
  const t = useTranslations('shell.page');
  const can = useCan();
  const pathname = usePathname();
  return (
    <nav aria-label={t('settings')} className="flex gap-1 overflow-x-auto border-line border-b">
      {PAGES.filter((page) => page !== 'operators' || can('operators')).map((page) => {
        const current = pathname === `/settings/${page}`;
        return (
          <Link
            key={page}
            href={`/settings/${page}`}
            aria-current={current ? 'page' : undefined}
            className={cx(
              '-mb-px inline-flex h-9 shrink-0 items-center border-b-2 px-2.5 font-medium -outline-offset-2',
              current ? 'border-accent text-text' : 'border-transparent text-muted hover:text-text',
            )}
          >
            {t(page)}
          </Link>
        );
      })}
    </nav>
  );
}
