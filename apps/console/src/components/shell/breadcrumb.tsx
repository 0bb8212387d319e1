'use client';
// Where one is: the page, and the thing on it.
import { ChevronRight } from 'lucide-react';
import Link from 'next/link';
import { usePathname } from 'next/navigation';
import { useTranslations } from 'next-intl';
import { navItemOf } from './nav.ts';

const SETTINGS = ['profile', 'security', 'operators'] as const;

export function Breadcrumb() {
  const t = useTranslations('shell');
  const pathname = usePathname();
  const [first, second] = pathname.split('/').slice(1);
  const item = navItemOf(pathname);
  const name = item ? t(`page.${item.page}`) : first === 'users' ? t('page.users') : undefined;
  if (name === undefined) return null;
  const section = SETTINGS.find((known) => first === 'settings' && known === second);
  const thing = section ? t(`page.${section}`) : second && decodeURIComponent(second);
  return (
    <nav aria-label={t('breadcrumb')} className="min-w-0">
      <ol className="flex min-w-0 items-center gap-1">
        <li className={thing ? 'shrink-0 max-sm:hidden' : 'min-w-0 truncate font-medium'}>
          {thing && item ? (
            <Link href={item.href} className="inline-flex min-h-6 items-center rounded text-muted hover:text-text">
              {name}
            </Link>
          ) : (
            <span aria-current={thing ? undefined : 'page'}>{name}</span>
          )}
        </li>
        {thing && (
          <li className="flex min-w-0 items-center gap-1">
            <ChevronRight aria-hidden size={14} className="shrink-0 text-faint max-sm:hidden" />
            <span
              aria-current="page"
              title={thing}
              className={section ? 'truncate font-medium' : 'truncate font-mono text-[0.8125rem]'}
            >
              {thing}
            </span>
          </li>
        )}
      </ol>
    </nav>
  );
}
