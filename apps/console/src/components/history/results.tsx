'use client';
// What a search found, in each of its states; the row that is looked into stays where it is while new ones are collected.
import type { MessageRow } from '@message-push/protocol/admin';
import { ArrowUp } from 'lucide-react';
import { useFormatter, useTranslations } from 'next-intl';
import { lazy, Suspense, useEffect, useRef, useState } from 'react';
import { announceLive } from '@/components/ui/announcer.tsx';
import { Button } from '@/components/ui/button.tsx';
import { Card } from '@/components/ui/card.tsx';
import { cx } from '@/components/ui/class-names.ts';
import { useOnceOpen } from '@/components/ui/once-open.ts';
import { Loading, Skeleton, useSteady } from '@/components/ui/skeleton.tsx';
import { ErrorState } from '@/components/ui/states.tsx';
import { VirtualTable } from '@/components/ui/virtual-table.tsx';
import type { Filter, useMessages } from '@/lib/messages.ts';
import type { ColumnId } from './columns.tsx';
import { useColumns } from './columns.tsx';
import type { DrawerTab } from './drawer-tabs.ts';
import { NothingFound } from './empty.tsx';
import { useFreshRows } from './use-fresh-rows.ts';

const MessageDrawer = lazy(() => import('./message-drawer.tsx'));

const HEIGHT = 'h-[max(22rem,calc(100dvh-29rem))]';

interface Props {
  filter: Filter;
  messages: ReturnType<typeof useMessages>;
  /** Query and range can be asked for. */
  readable: boolean;
  drawer: string | null;
  tab: DrawerTab;
  hidden: readonly ColumnId[];
  onDrawer(id: string | null): void;
  onTab(tab: DrawerTab): void;
  onSearch(next: Partial<Filter>): void;
}

export function Results(props: Props) {
  const { messages, readable, drawer, tab, onDrawer, onTab } = props;
  const t = useTranslations('messages');
  const [current, setCurrent] = useState<string | null>(drawer);
  const rows = messages.data?.pages.flatMap((page) => page.rows) ?? [];
  const index = rows.findIndex(({ message_id }) => message_id === drawer);
  const drawerWanted = useOnceOpen(drawer !== null);

  function step(by: 1 | -1) {
    const next = rows[index + by]?.message_id;
    if (next === undefined) return;
    setCurrent(next);
    onDrawer(next);
  }

  return (
    <>
      <Card flush>
        <List
          {...props}
          rows={rows}
          current={current}
          onCurrent={(id) => {
            setCurrent(id);
            if (drawer !== null && drawer !== id) onDrawer(id);
          }}
        />
        {!readable && <p className="p-4 text-muted">{t('notReadable')}</p>}
      </Card>
      <Suspense>
        {drawerWanted && (
          <MessageDrawer
            id={drawer}
            known={rows[index]}
            tab={tab}
            onTab={onTab}
            onClose={() => onDrawer(null)}
            onStep={index === -1 ? undefined : step}
          />
        )}
      </Suspense>
      <span role="status" className="sr-only">
        {messages.isPlaceholderData ? t('searching') : ''}
        {!messages.isPlaceholderData && readable && messages.data ? t('read', { count: rows.length }) : ''}
      </span>
    </>
  );
}

interface ListProps extends Props {
  rows: MessageRow[];
  current: string | null;
  onCurrent(id: string): void;
}

function List({ filter, messages, readable, hidden, onDrawer, onSearch, rows, current, onCurrent }: ListProps) {
  const t = useTranslations('messages');
  const columns = useColumns(filter.q, hidden);
  const box = useRef<HTMLDivElement>(null);
  const live = readable && filter.to === 'now' && !messages.isPlaceholderData;
  const { fresh, show } = useFreshRows(filter, messages.data?.pages, live);
  useEffect(() => {
    if (fresh.length > 0) announceLive(t('fresh', { count: fresh.length }), Date.now());
  }, [fresh.length, t]);
  const error = useKeptError(messages, JSON.stringify(filter));
  const state = useSteady(readable && messages.data === undefined && error === null);
  if (!readable) return null;
  if (error !== null && messages.data === undefined) {
    return (
      <ErrorState
        error={error}
        title={t('failed.title')}
        stillWorks={t('failed.stillWorks')}
        onRetry={() => void messages.refetch()}
        retrying={messages.isFetching}
      />
    );
  }
  if (state !== 'content' || messages.data === undefined) {
    return state === 'skeleton' ? <ListSkeleton /> : <div className={HEIGHT} />;
  }
  if (rows.length === 0) return <NothingFound filter={filter} onSearch={onSearch} />;
  const total = messages.data.pages[0]?.total;

  function showFresh() {
    show();
    box.current?.querySelector('[role="table"]')?.parentElement?.scrollTo({ top: 0 });
  }

  return (
    <div
      ref={box}
      aria-busy={messages.isPlaceholderData}
      className={cx('relative', messages.isPlaceholderData && 'opacity-60')}
    >
      <Head rows={rows.length} total={total} />
      {fresh.length > 0 && (
        <div className="pointer-events-none absolute inset-x-0 top-20 z-20 flex justify-center">
          <Button
            kind="primary"
            size="small"
            icon={<ArrowUp aria-hidden size={13} />}
            onClick={showFresh}
            className="pointer-events-auto rounded-full shadow-pop"
          >
            {t('fresh', { count: fresh.length })}
          </Button>
        </div>
      )}
      <VirtualTable
        rows={rows}
        columns={columns}
        rowKey={(row) => row.message_id}
        label={t('title')}
        currentKey={current}
        onCurrentChange={onCurrent}
        onOpen={(row) => onDrawer(row.message_id)}
        onEnd={() => messages.hasNextPage && !messages.isFetching && void messages.fetchNextPage()}
        total={total?.count ?? rows.length}
        footer={<Foot messages={messages} />}
        className={HEIGHT}
      />
    </div>
  );
}

/** The error of this search, also while it is tried again: what is read is not taken away under someone's eyes. */
function useKeptError({ error, data }: Props['messages'], key: string): Error | null {
  const [kept, setKept] = useState<{ key: string; error: Error }>();
  useEffect(() => {
    if (error !== null) setKept({ key, error });
  }, [error, key]);
  if (data !== undefined) return null;
  return error ?? (kept?.key === key ? kept.error : null);
}

function Head({ rows, total }: { rows: number; total: { count: number; isLowerBound: boolean } | undefined }) {
  const t = useTranslations('messages');
  const format = useFormatter();
  const count = total?.count ?? rows;
  return (
    <p className="flex h-10 items-center border-line border-b px-4 text-muted text-xs">
      {t(total?.isLowerBound ? 'totalAtLeast' : 'total', { count, text: format.number(count) })}
    </p>
  );
}

function Foot({ messages }: { messages: Props['messages'] }) {
  const t = useTranslations('messages');
  if (messages.isFetchNextPageError && messages.error) {
    return (
      <ErrorState
        error={messages.error}
        onRetry={() => void messages.fetchNextPage()}
        retrying={messages.isFetchingNextPage}
      />
    );
  }
  if (!messages.hasNextPage) return <p className="p-3 text-center text-faint text-xs">{t('thatIsAll')}</p>;
  return (
    <div className="flex justify-center p-3">
      <Button size="small" busy={messages.isFetchingNextPage} onClick={() => void messages.fetchNextPage()}>
        {t('more')}
      </Button>
    </div>
  );
}

function ListSkeleton() {
  return (
    <Loading>
      <div className={cx('space-y-4 overflow-hidden p-4', HEIGHT)}>
        {Array.from({ length: 10 }, (_, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: lines without content never move
          <div key={index} className="flex gap-4">
            <Skeleton className="h-5 w-32" />
            <Skeleton className="h-5 flex-1" />
            <Skeleton className="h-5 w-20" />
          </div>
        ))}
      </div>
    </Loading>
  );
}
