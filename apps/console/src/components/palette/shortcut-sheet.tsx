'use client';
// All keys on one sheet, and where to switch the single ones off.
import Link from 'next/link';
import { useTranslations } from 'next-intl';
import { NAV } from '@/components/shell/nav.ts';
import { Kbd } from '@/components/ui/card.tsx';
import { Dialog } from '@/components/ui/dialog.tsx';
import { useCan } from '@/lib/session.ts';
import { useModKey } from '@/lib/shortcuts.tsx';
import { usePreferences } from '@/lib/use-preferences.tsx';

const ANYWHERE = ['palette', 'search', 'help', 'live', 'close'] as const;
const LISTS = ['next', 'previous', 'open'] as const;

export default function ShortcutSheet({ open, onOpenChange }: { open: boolean; onOpenChange(open: boolean): void }) {
  const t = useTranslations('palette.sheet');
  const names = useTranslations('shell.page');
  const can = useCan();
  const { shortcuts } = usePreferences();
  const mod = useModKey();
  const pages = NAV.flatMap(({ items }) => items).filter(({ needs }) => can(needs));
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title={t('title')} size="medium">
      <div className="grid gap-x-8 gap-y-5 sm:grid-cols-2">
        <div className="space-y-5">
          <Keys
            title={t('anywhere')}
            rows={ANYWHERE.map((name) => ({ name: t(`does.${name}`), keys: t(`keys.${name}`, { mod }) }))}
          />
          <Keys
            title={t('lists')}
            rows={LISTS.map((name) => ({ name: t(`does.${name}`), keys: t(`keys.${name}`, { mod }) }))}
          />
        </div>
        <Keys title={t('goTo')} rows={pages.map(({ page, go }) => ({ name: names(page), keys: `g ${go}` }))} />
      </div>
      <p className="mt-5 border-line border-t pt-3 text-muted">
        {shortcuts ? t('on') : t('off')}{' '}
        <Link href="/settings/profile" onClick={() => onOpenChange(false)} className="text-accent underline">
          {t('change')}
        </Link>
      </p>
    </Dialog>
  );
}

function Keys({ title, rows }: { title: string; rows: { name: string; keys: string }[] }) {
  return (
    <section>
      <h3 className="mb-1 font-medium text-muted text-xs">{title}</h3>
      <dl>
        {rows.map(({ name, keys }) => (
          <div key={name} className="flex min-h-7 items-center justify-between gap-4">
            <dt className="min-w-0">{name}</dt>
            <dd className="flex shrink-0 gap-1">
              {keys.split(' ').map((key, index) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: the same key may come twice
                <Kbd key={index}>{key}</Kbd>
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
