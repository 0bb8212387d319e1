'use client';
// The sessions of a person: with what, since when, where; each can be closed.
import type { UserView } from '@message-push/protocol/admin';
import { MoonStar, Unplug } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { NodeName } from '@/components/ring/node-name.tsx';
import { Button } from '@/components/ui/button.tsx';
import { Card } from '@/components/ui/card.tsx';
import type { Column } from '@/components/ui/columns.ts';
import { ConfirmDialog } from '@/components/ui/confirm-dialog.tsx';
import { DataTable } from '@/components/ui/data-table.tsx';
import { EmptyState } from '@/components/ui/empty-state.tsx';
import { Time } from '@/components/ui/time.tsx';
import { toast } from '@/components/ui/toast.tsx';
import { useFailureText } from '@/lib/failure-text.ts';
import { useNodeColours } from '@/lib/node-figures.ts';
import { useRing } from '@/lib/ring.ts';
import { useCan } from '@/lib/session.ts';
import { useDisconnect } from '@/lib/users.ts';

type Session = UserView['sessions'][number];

export function Sessions({ user }: { user: UserView }) {
  const t = useTranslations('users.sessions');
  const can = useCan();
  const colours = useNodeColours(useRing().data?.nodes.map(({ id }) => id) ?? []);
  const [closing, setClosing] = useState<Session>();
  const columns: Column<Session>[] = [
    { id: 'platform', header: t('platform'), cell: ({ platform }) => <Text text={platform} /> },
    { id: 'device', header: t('device'), cell: ({ device_id }) => <Text text={device_id} mono /> },
    {
      id: 'node',
      header: t('node'),
      cell: ({ node }) => <NodeName id={node} colour={colours.get(node)} className="max-w-56" />,
    },
    { id: 'gateway', header: t('gateway'), cell: ({ gateway }) => <Text text={gateway} mono /> },
    { id: 'since', header: t('since'), cell: ({ since }) => <Time at={since} /> },
    { id: 'session', header: t('session'), cell: ({ session_id }) => <Text text={session_id} mono />, wideOnly: true },
  ];
  if (can('disconnect', user.app)) {
    columns.push({
      id: 'actions',
      header: <span className="sr-only">{t('actions')}</span>,
      align: 'end',
      cell: (session) => (
        <Button size="small" icon={<Unplug aria-hidden size={13} />} onClick={() => setClosing(session)}>
          {t('disconnect')}
        </Button>
      ),
    });
  }
  return (
    <Card flush title={t('title')} note={t('count', { count: user.sessions.length })}>
      <DataTable
        label={t('label')}
        rows={user.sessions}
        columns={columns}
        rowKey={({ session_id }) => session_id}
        empty={
          <EmptyState icon={<MoonStar aria-hidden size={32} strokeWidth={1.25} />} title={t('none')}>
            {t('noneText')}
          </EmptyState>
        }
      />
      {closing && <CloseSession user={user} session={closing} onClose={() => setClosing(undefined)} />}
    </Card>
  );
}

function CloseSession({ user, session, onClose }: { user: UserView; session: Session; onClose(): void }) {
  const t = useTranslations('users.sessions');
  const text = useFailureText();
  const disconnect = useDisconnect(user.app, user.uid);
  return (
    <ConfirmDialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t('closeTitle')}
      description={t('closeText', { platform: session.platform, device: session.device_id ?? '–' })}
      action={t('disconnect')}
      danger
      busy={disconnect.isPending}
      error={disconnect.error && `${text(disconnect.error).what} ${text(disconnect.error).todo ?? ''}`}
      onConfirm={() =>
        disconnect.mutate(session.session_id, {
          onSuccess: ({ sessions }) => {
            toast.ok(t('closed', { count: sessions }));
            onClose();
          },
        })
      }
    />
  );
}

function Text({ text, mono = false }: { text: string | undefined; mono?: boolean }) {
  return (
    <span
      title={text}
      className={`inline-block max-w-44 truncate align-bottom ${mono ? 'font-mono text-[0.8125rem]' : ''}`}
    >
      {text ?? '–'}
    </span>
  );
}
