'use client';
// Secrets that no longer work, folded away: what an audit asks for.
import type { CredentialView } from '@message-push/protocol/admin';
import { useTranslations } from 'next-intl';
import type { Column } from '../ui/columns.ts';
import { DataTable } from '../ui/data-table.tsx';
import { Time } from '../ui/time.tsx';
import { CredentialBadge, Hint } from './credential-item.tsx';
import { Fold } from './fold.tsx';

export function EndedCredentials({ credentials }: { credentials: readonly CredentialView[] }) {
  const t = useTranslations('apps.ended');
  if (credentials.length === 0) return null;
  const columns: Column<CredentialView>[] = [
    { id: 'hint', header: t('secret'), cell: ({ hint }) => <Hint hint={hint} /> },
    {
      id: 'state',
      header: t('state'),
      // Past its end, whatever the api said when it was asked.
      cell: ({ state }) => <CredentialBadge state={state === 'revoked' ? 'revoked' : 'expired'} />,
    },
    { id: 'issued', header: t('issued'), cell: ({ created_at }) => <Time at={created_at} plain />, wideOnly: true },
    {
      id: 'ended',
      header: t('ended'),
      cell: ({ revoked_at, expires_at }) => <MaybeTime at={revoked_at ?? expires_at} />,
    },
    {
      id: 'used',
      header: t('lastUsed'),
      cell: ({ last_used_at }) => (last_used_at === null ? t('never') : <MaybeTime at={last_used_at} />),
      wideOnly: true,
    },
  ];
  return (
    <Fold card title={t('title', { count: credentials.length })}>
      <DataTable
        rows={credentials}
        columns={columns}
        rowKey={({ id }) => id}
        label={t('title', { count: credentials.length })}
      />
    </Fold>
  );
}

function MaybeTime({ at }: { at: number | null }) {
  return at === null ? '–' : <Time at={at} plain />;
}
