'use client';
// What operators did last.
import { useTranslations } from 'next-intl';
import { LinkButton } from '@/components/ui/button.tsx';
import { Card } from '@/components/ui/card.tsx';
import { Loaded } from '@/components/ui/loaded.tsx';
import { Skeleton } from '@/components/ui/skeleton.tsx';
import { Time } from '@/components/ui/time.tsx';
import { useActions } from '@/lib/overview.ts';
import { useCan } from '@/lib/session.ts';

export function ActionsCard() {
  const t = useTranslations('overview.actions');
  const allowed = useCan()('audit');
  const actions = useActions(allowed);
  if (!allowed) return null;
  return (
    <Card
      title={t('title')}
      actions={
        <LinkButton size="small" href="/audit">
          {t('all')}
        </LinkButton>
      }
      flush
    >
      <Loaded query={actions} title={t('failed')} skeleton={<Skeleton className="m-4 h-32" />}>
        {(rows) =>
          rows.length === 0 ? (
            <p className="p-4 text-muted">{t('none')}</p>
          ) : (
            <ul className="divide-y divide-line">
              {rows.map(({ id, at, actor, action, target }) => (
                <li key={id} className="flex min-h-10 flex-wrap items-center gap-x-3 px-4 py-1.5">
                  <span className="font-mono text-[0.8125rem]">{action}</span>
                  <span title={target} className="min-w-0 flex-1 truncate text-muted">
                    {target}
                  </span>
                  <span title={actor} className="max-w-48 truncate text-muted text-xs">
                    {actor}
                  </span>
                  <Time at={at} className="text-muted text-xs" plain />
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </Card>
  );
}
