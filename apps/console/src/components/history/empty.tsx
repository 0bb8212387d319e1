'use client';
// A search without a result: nothing was ever sent, nothing in this range, or which of the clauses finds nothing.
import { Inbox, SearchX } from 'lucide-react';
import { useFormatter, useTranslations } from 'next-intl';
import { Button, LinkButton } from '@/components/ui/button.tsx';
import { cx } from '@/components/ui/class-names.ts';
import { EmptyState } from '@/components/ui/empty-state.tsx';
import { SkeletonLines } from '@/components/ui/skeleton.tsx';
import { type Filter, useClauseCounts, useEverSent } from '@/lib/messages.ts';
import { useCan, useSession } from '@/lib/session.ts';
import { useRangeText } from './time-range.tsx';

/** The longest preset. */
const WIDE = { from: 'now-30d', to: 'now' };

export function NothingFound({ filter, onSearch }: { filter: Filter; onSearch(next: Partial<Filter>): void }) {
  return filter.q === '' ? (
    <NoneInRange filter={filter} onSearch={onSearch} />
  ) : (
    <NoneMatch filter={filter} onSearch={onSearch} />
  );
}

function NoneInRange({ filter, onSearch }: { filter: Filter; onSearch(next: Partial<Filter>): void }) {
  const t = useTranslations('messages.empty');
  const can = useCan();
  const apps = useSession().data?.apps;
  const ever = useEverSent().data;
  const range = useRangeText(filter);
  if (ever === undefined) {
    return (
      <div className="p-6">
        <SkeletonLines lines={3} />
      </div>
    );
  }
  if (ever) {
    return (
      <EmptyState
        icon={<SearchX aria-hidden size={28} />}
        title={t('noneInRange')}
        actions={filter.from !== WIDE.from && <Button onClick={() => onSearch(WIDE)}>{t('widen')}</Button>}
      >
        {range}
      </EmptyState>
    );
  }
  return (
    <EmptyState
      icon={<Inbox aria-hidden size={28} />}
      title={t('never')}
      actions={
        can('send', apps?.[0]) && (
          <LinkButton href="/send" kind="primary">
            {t('sendFirst')}
          </LinkButton>
        )
      }
    >
      {t('neverWhy')}
    </EmptyState>
  );
}

function NoneMatch({ filter, onSearch }: { filter: Filter; onSearch(next: Partial<Filter>): void }) {
  const t = useTranslations('messages.empty');
  const format = useFormatter();
  const counts = useClauseCounts(filter);
  const range = useRangeText(filter);
  return (
    <EmptyState
      icon={<SearchX aria-hidden size={28} />}
      title={t('noneMatch')}
      actions={
        <>
          <Button onClick={() => onSearch({ q: '' })}>{t('clear')}</Button>
          {filter.from !== WIDE.from && <Button onClick={() => onSearch(WIDE)}>{t('widen')}</Button>}
        </>
      }
    >
      <p>{t('each', { range })}</p>
      {counts.data && (
        <ul className="mt-3 inline-block divide-y divide-line rounded-md border border-line text-left">
          {counts.data.map(({ clause, total, total_is_lower_bound: atLeast }) => (
            <li key={clause} className="flex items-center justify-between gap-6 px-3 py-1.5">
              <code className="wrap-anywhere min-w-0 font-mono text-xs">{clause}</code>
              <span className={cx('shrink-0', total === 0 ? 'font-medium text-bad' : 'text-text')}>
                {total === 0
                  ? t('nothing')
                  : t('alone', { count: total, text: `${format.number(total)}${atLeast ? '+' : ''}` })}
              </span>
            </li>
          ))}
        </ul>
      )}
    </EmptyState>
  );
}
