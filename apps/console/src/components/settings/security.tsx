'use client';
// The password, and where one is signed in.
import type { SessionRow } from '@message-push/protocol/admin';
import { useTranslations } from 'next-intl';
import { PasswordForm } from '@/components/sign-in/password-form.tsx';
import { Badge } from '@/components/ui/badge.tsx';
import { Button } from '@/components/ui/button.tsx';
import { Card } from '@/components/ui/card.tsx';
import type { Column } from '@/components/ui/columns.ts';
import { DataTable } from '@/components/ui/data-table.tsx';
import { Loaded } from '@/components/ui/loaded.tsx';
import { SkeletonLines } from '@/components/ui/skeleton.tsx';
import { Time } from '@/components/ui/time.tsx';
import { toast } from '@/components/ui/toast.tsx';
import { deviceOf } from '@/lib/device.ts';
import { useFailureText } from '@/lib/failure-text.ts';
import { useEndSession, useSessions } from '@/lib/security.ts';

export function Security() {
  const t = useTranslations('settings.security');
  return (
    <div className="space-y-5">
      <Card title={t('password')} note={t('passwordNote')}>
        <PasswordForm onDone={() => toast.ok(t('passwordChanged'), t('othersEnded'))} />
      </Card>
      <Sessions />
    </div>
  );
}

function Sessions() {
  const t = useTranslations('settings.security');
  const sessions = useSessions();
  const columns = useColumns();
  const end = useEnd();
  const others = (sessions.data ?? []).filter(({ current }) => !current);
  return (
    <Card
      title={t('sessions')}
      note={t('sessionsNote')}
      flush
      actions={
        others.length > 1 && (
          <Button size="small" busy={end.busy} onClick={() => end.act(others)}>
            {t('endOthers')}
          </Button>
        )
      }
    >
      <Loaded
        query={sessions}
        skeleton={
          <div className="p-4">
            <SkeletonLines lines={4} />
          </div>
        }
      >
        {(rows) => <DataTable rows={rows} columns={columns} rowKey={({ id }) => id} label={t('sessions')} />}
      </Loaded>
    </Card>
  );
}

function useEnd() {
  const t = useTranslations('settings.security');
  const text = useFailureText();
  const end = useEndSession();
  return {
    busy: end.isPending,
    act(sessions: readonly SessionRow[]) {
      Promise.all(sessions.map(({ id }) => end.mutateAsync(id))).then(
        () => toast.ok(t('ended', { count: sessions.length })),
        (error: Error) => toast.bad(text(error).what, text(error).todo),
      );
    },
  };
}

function useColumns(): Column<SessionRow>[] {
  const t = useTranslations('settings.security');
  const end = useEnd();
  return [
    {
      id: 'device',
      header: t('device'),
      cell: ({ agent, current }) => (
        <span title={agent} className="inline-flex items-center gap-2">
          {deviceOf(agent) ?? t('unknownDevice')}
          {current && <Badge tone="ok">{t('thisOne')}</Badge>}
        </span>
      ),
    },
    {
      id: 'ip',
      header: t('address'),
      cell: ({ ip }) => <span className="font-mono text-xs">{ip}</span>,
      wideOnly: true,
    },
    { id: 'seen', header: t('lastSeen'), cell: ({ last_seen_at }) => <Time at={last_seen_at} /> },
    { id: 'since', header: t('since'), cell: ({ created_at }) => <Time at={created_at} />, wideOnly: true },
    {
      id: 'end',
      header: <span className="sr-only">{t('end')}</span>,
      align: 'end',
      cell: (session) =>
        !session.current && (
          <Button size="small" onClick={() => end.act([session])}>
            {t('end')}
          </Button>
        ),
    },
  ];
}
