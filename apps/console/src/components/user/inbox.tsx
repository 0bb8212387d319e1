'use client';
// What a person was sent lately, and what became of each for this person.
import type { DeliveryRow, MessageRow } from '@message-push/protocol/admin';
import { ArrowRight, Inbox as InboxIcon } from 'lucide-react';
import Link from 'next/link';
import { useTranslations } from 'next-intl';
import { StatusBadge } from '@/components/ui/badge.tsx';
import { LinkButton } from '@/components/ui/button.tsx';
import { Card } from '@/components/ui/card.tsx';
import type { Column } from '@/components/ui/columns.ts';
import { DataTable } from '@/components/ui/data-table.tsx';
import { EmptyState } from '@/components/ui/empty-state.tsx';
import { MessageId } from '@/components/ui/ids.tsx';
import { Loaded } from '@/components/ui/loaded.tsx';
import { Skeleton } from '@/components/ui/skeleton.tsx';
import { Time } from '@/components/ui/time.tsx';
import { useCan } from '@/lib/session.ts';
import { inboxSearch, useInbox, useOwnDeliveries } from '@/lib/users.ts';

export function Inbox({ app, uid }: { app: string; uid: string }) {
  const t = useTranslations('users.inbox');
  const query = useInbox(app, uid);
  return (
    <Card
      flush
      title={t('title')}
      actions={
        <Link
          href={`/messages?q=${encodeURIComponent(inboxSearch(app, uid))}`}
          className="inline-flex items-center gap-1 text-accent underline-offset-2 hover:underline"
        >
          {t('all')}
          <ArrowRight aria-hidden size={14} />
        </Link>
      }
    >
      <Loaded query={query} skeleton={<Skeleton className="m-4 h-40" />} title={t('failed')}>
        {(messages) => (messages.length === 0 ? <None app={app} uid={uid} /> : <Rows messages={messages} uid={uid} />)}
      </Loaded>
    </Card>
  );
}

function None({ app, uid }: { app: string; uid: string }) {
  const t = useTranslations('users.inbox');
  const can = useCan();
  return (
    <EmptyState
      icon={<InboxIcon aria-hidden size={32} strokeWidth={1.25} />}
      title={t('none')}
      actions={
        can('send', app) && (
          <LinkButton href={`/send?app=${encodeURIComponent(app)}&uid=${encodeURIComponent(uid)}`}>
            {t('send')}
          </LinkButton>
        )
      }
    >
      {t('noneText')}
    </EmptyState>
  );
}

interface Row {
  message: MessageRow;
  delivery: DeliveryRow | undefined;
}

function Rows({ messages, uid }: { messages: readonly MessageRow[]; uid: string }) {
  const t = useTranslations('users.inbox');
  const deliveries = useOwnDeliveries(messages, uid);
  const columns: Column<Row>[] = [
    { id: 'at', header: t('at'), cell: ({ message }) => <Time at={message.c_time} plain />, width: '7rem' },
    {
      id: 'status',
      header: t('status'),
      cell: ({ delivery }) => (delivery === undefined ? '–' : <StatusBadge status={delivery.status} />),
    },
    { id: 'message', header: t('message'), cell: ({ message }) => <Words message={message} /> },
    { id: 'node', header: t('node'), cell: ({ delivery }) => <Mono text={delivery?.node} />, wideOnly: true },
    {
      id: 'trace',
      header: t('trace'),
      cell: ({ message }) => <MessageId id={message.message_id} />,
    },
  ];
  return (
    <DataTable
      label={t('label')}
      rows={messages.map((message, i) => ({ message, delivery: deliveries[i] }))}
      columns={columns}
      rowKey={({ message }) => message.message_id}
    />
  );
}

function Words({ message }: { message: MessageRow }) {
  const t = useTranslations('users.inbox');
  const { title, content } = message.message;
  if (message.private) return <span className="text-faint italic">{t('private')}</span>;
  return (
    <span className="block max-w-[min(28rem,50vw)] truncate">
      {title && <bdi className="mr-2 font-medium">{title}</bdi>}
      <bdi className="text-muted">{content}</bdi>
    </span>
  );
}

function Mono({ text }: { text: string | undefined }) {
  return (
    <span title={text} className="inline-block max-w-44 truncate align-bottom font-mono text-[0.8125rem]">
      {text ?? '–'}
    </span>
  );
}
