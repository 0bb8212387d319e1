'use client';
// The page of one message: what became of it in words, its way hop by hop, everyone it is for, and what to do next. Live until it is over.
import type { DeliveryRow, MessageRow } from '@message-push/protocol/admin';
import { RotateCcw, SearchX } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { parseAsString, parseAsStringLiteral, useQueryStates } from 'nuqs';
import { StatusBadge } from '@/components/ui/badge.tsx';
import { LinkButton } from '@/components/ui/button.tsx';
import { Card, PageHeader } from '@/components/ui/card.tsx';
import { CopyButton } from '@/components/ui/copy-button.tsx';
import { EmptyState } from '@/components/ui/empty-state.tsx';
import { Loading, Skeleton, SkeletonLines, useSteady } from '@/components/ui/skeleton.tsx';
import { ErrorState } from '@/components/ui/states.tsx';
import { useHref } from '@/lib/address.ts';
import type { useDeliveries } from '@/lib/messages.ts';
import { useProgress } from '@/lib/progress.ts';
import { useCan } from '@/lib/session.ts';
import { Recall } from './recall.tsx';
import { Recipients } from './recipients.tsx';
import { StatusSentence } from './status-sentence.tsx';
import { Summary } from './summary.tsx';
import { LanesSkeleton, Way } from './way.tsx';

const MESSAGE_ID = /^[0-9a-f]{32}$/;
const state = {
  uid: parseAsString,
  view: parseAsStringLiteral(['lanes', 'json']).withDefault('lanes'),
  scale: parseAsStringLiteral(['linear', 'log']).withDefault('linear'),
};

export function TracePage({ id }: { id: string }) {
  return MESSAGE_ID.test(id) ? <Known id={id} /> : <Unknown id={id} />;
}

function Known({ id }: { id: string }) {
  const { message, deliveries, everyMs } = useProgress(id);
  const missing = message.data === undefined || (message.data === null && everyMs !== false);
  const show = useSteady(missing && message.error === null);
  const t = useTranslations('trace');
  if (message.data) {
    return <Found message={message.data} deliveries={deliveries} everyMs={everyMs} />;
  }
  if (message.error !== null && message.data === undefined) {
    return (
      <Card>
        <ErrorState
          error={message.error}
          title={t('noMessage')}
          onRetry={() => void message.refetch()}
          retrying={message.isFetching}
        />
      </Card>
    );
  }
  if (!missing) return <Unknown id={id} />;
  return show === 'skeleton' ? <PageSkeleton /> : null;
}

function Found({
  message,
  deliveries,
  everyMs,
}: {
  message: MessageRow;
  deliveries: ReturnType<typeof useDeliveries>;
  everyMs: number | false;
}) {
  const t = useTranslations('trace');
  const [{ uid, view, scale }, setState] = useQueryStates(state);
  const rows = deliveries.data ?? [];
  const chosen = rows.find((row) => row.uid === uid) ?? rows[0];
  const id = message.message_id;
  return (
    <div className="space-y-4">
      <Header message={message} rows={rows} chosen={chosen} />
      <div className="grid items-start gap-4 xl:grid-cols-[minmax(0,1fr)_22rem]">
        <div className="min-w-0 space-y-4">
          <Way
            id={id}
            uid={chosen?.uid ?? uid ?? undefined}
            everyMs={everyMs}
            view={view}
            scale={scale}
            onView={(next) => void setState({ view: next })}
            onScale={(next) => void setState({ scale: next })}
          />
          <Card title={t('recipients')} note={t('people', { count: message.accepted })} flush>
            {deliveries.error !== null && deliveries.data === undefined ? (
              <ErrorState
                error={deliveries.error}
                onRetry={() => void deliveries.refetch()}
                retrying={deliveries.isFetching}
              />
            ) : (
              <Recipients
                rows={rows}
                since={message.c_time}
                chosen={chosen?.uid}
                onChoose={(next) => void setState({ uid: next })}
              />
            )}
          </Card>
        </div>
        <Card title={t('message')}>
          <Summary message={message} />
        </Card>
      </div>
    </div>
  );
}

function Header(props: { message: MessageRow; rows: DeliveryRow[]; chosen: DeliveryRow | undefined }) {
  const { message, rows, chosen } = props;
  const t = useTranslations('trace');
  const can = useCan();
  const id = message.message_id;
  const { title, content } = message.message;
  const name = message.private ? t('privateTitle') : title || content.split('\n')[0] || id;
  return (
    <PageHeader
      title={
        <span dir="auto" className="wrap-anywhere line-clamp-2">
          {name}
        </span>
      }
      badges={
        rows.length === 1 && chosen ? (
          <StatusBadge status={chosen.status} reports={chosen.status !== 'written'} />
        ) : undefined
      }
      description={<StatusSentence rows={rows} since={message.c_time} />}
      actions={
        <>
          <CopyButton text={id} what={t('fact.id')}>
            {t('copyId')}
          </CopyButton>
          <CopyLink />
          <Recall id={id} app={message.app_key} rows={rows} />
          {can('send', message.app_key) && (
            <LinkButton href={`/send?from=${id}`} icon={<RotateCcw aria-hidden size={15} />}>
              {t('sendAgain')}
            </LinkButton>
          )}
        </>
      }
    />
  );
}

function CopyLink() {
  const t = useTranslations('trace');
  const here = useHref();
  return (
    <CopyButton text={here} what={t('link')}>
      {t('copyLink')}
    </CopyButton>
  );
}

function Unknown({ id }: { id: string }) {
  const t = useTranslations('trace');
  return (
    <Card>
      <EmptyState
        icon={<SearchX aria-hidden size={28} />}
        title={<h1>{t('unknown')}</h1>}
        actions={<LinkButton href="/messages">{t('toHistory')}</LinkButton>}
      >
        <code className="wrap-anywhere font-mono text-xs">{id}</code>
        <p className="mt-2">{t('unknownWhy')}</p>
      </EmptyState>
    </Card>
  );
}

function PageSkeleton() {
  return (
    <Loading>
      <div className="space-y-4">
        <Skeleton className="h-7 w-64" />
        <div className="grid gap-4 xl:grid-cols-[minmax(0,1fr)_22rem]">
          <Card flush>
            <LanesSkeleton />
          </Card>
          <Card>
            <SkeletonLines lines={6} />
          </Card>
        </div>
      </div>
    </Loading>
  );
}
