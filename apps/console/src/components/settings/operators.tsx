'use client';
// Who may use the console, as what, and for which apps.
import type { OperatorRow, StartPassword } from '@message-push/protocol/admin';
import { Ellipsis, UserPlus } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Badge } from '@/components/ui/badge.tsx';
import { Button, IconButton } from '@/components/ui/button.tsx';
import { Card } from '@/components/ui/card.tsx';
import type { Column } from '@/components/ui/columns.ts';
import { DataTable } from '@/components/ui/data-table.tsx';
import { EmptyState } from '@/components/ui/empty-state.tsx';
import { Loaded } from '@/components/ui/loaded.tsx';
import { Menu, MenuItem, MenuLine } from '@/components/ui/menu.tsx';
import { SkeletonLines } from '@/components/ui/skeleton.tsx';
import { Time } from '@/components/ui/time.tsx';
import { useOperators } from '@/lib/operators.ts';
import { useCan, useSession } from '@/lib/session.ts';
import { OperatorConfirm } from './operator-confirm.tsx';
import { OperatorDialog } from './operator-dialog.tsx';
import { StartPasswordDialog } from './start-password-dialog.tsx';

/** What is being done to whom. */
export type Doing = { what: 'create' } | { what: 'change' | 'disable' | 'enable' | 'reset'; operator: OperatorRow };

export function Operators() {
  const t = useTranslations('settings.operators');
  const can = useCan();
  const known = useSession().data !== undefined;
  if (!known) return null;
  if (!can('operators')) return <EmptyState title={t('notYours')}>{t('notYoursWhy')}</EmptyState>;
  return <List />;
}

function List() {
  const t = useTranslations('settings.operators');
  const operators = useOperators();
  const [doing, setDoing] = useState<Doing | null>(null);
  const [made, setMade] = useState<StartPassword | null>(null);
  const columns = useColumns(setDoing);
  const done = (start: StartPassword | null) => {
    setDoing(null);
    setMade(start);
  };
  return (
    <Card
      title={t('title')}
      note={operators.data && t('count', { count: operators.data.length })}
      flush
      actions={
        <Button
          size="small"
          kind="primary"
          icon={<UserPlus aria-hidden size={14} />}
          onClick={() => setDoing({ what: 'create' })}
        >
          {t('create')}
        </Button>
      }
    >
      <Loaded
        query={operators}
        skeleton={
          <div className="p-4">
            <SkeletonLines lines={5} />
          </div>
        }
      >
        {(rows) => (
          <DataTable
            rows={rows}
            columns={columns}
            rowKey={({ id }) => id}
            label={t('title')}
            isDimmed={({ disabled }) => disabled}
          />
        )}
      </Loaded>
      <OperatorDialog doing={doing} onClose={() => setDoing(null)} onMade={done} />
      <OperatorConfirm doing={doing} onClose={() => setDoing(null)} onReset={done} />
      <StartPasswordDialog start={made} onClose={() => setMade(null)} />
    </Card>
  );
}

function useColumns(onDo: (doing: Doing) => void): Column<OperatorRow>[] {
  const t = useTranslations('settings.operators');
  const roles = useTranslations('shell.role');
  const self = useSession().data?.operator.id;
  return [
    {
      id: 'who',
      header: t('who'),
      cell: ({ id, name, email }) => (
        <div className="min-w-0 py-1">
          <div className="flex items-center gap-2">
            <span className="truncate font-medium">{name}</span>
            {id === self && <Badge>{t('you')}</Badge>}
          </div>
          <div className="truncate text-muted text-xs">{email}</div>
        </div>
      ),
    },
    {
      id: 'role',
      header: t('role'),
      cell: ({ role, apps }) => (
        <div>
          {roles(role)}
          {role === 'owner' && (
            <div title={apps.join(', ')} className="max-w-48 truncate text-muted text-xs">
              {apps.length === 0 ? t('noApps') : apps.join(', ')}
            </div>
          )}
        </div>
      ),
    },
    {
      id: 'state',
      header: t('state'),
      cell: ({ disabled, must_change_password }) =>
        disabled ? (
          <Badge>{t('disabled')}</Badge>
        ) : must_change_password ? (
          <Badge tone="warn">{t('startPassword')}</Badge>
        ) : (
          <Badge tone="ok">{t('active')}</Badge>
        ),
    },
    {
      id: 'seen',
      header: t('lastSeen'),
      wideOnly: true,
      cell: ({ last_seen_at }) =>
        last_seen_at === undefined ? <span className="text-muted">{t('never')}</span> : <Time at={last_seen_at} />,
    },
    {
      id: 'do',
      header: <span className="sr-only">{t('actions')}</span>,
      align: 'end',
      cell: (operator) => <Actions operator={operator} self={operator.id === self} onDo={onDo} />,
    },
  ];
}

function Actions({ operator, self, onDo }: { operator: OperatorRow; self: boolean; onDo: (doing: Doing) => void }) {
  const t = useTranslations('settings.operators');
  return (
    <Menu
      trigger={
        <IconButton size="small" label={t('actionsFor', { name: operator.name })}>
          <Ellipsis aria-hidden size={16} />
        </IconButton>
      }
    >
      <MenuItem onSelect={() => onDo({ what: 'change', operator })}>{t('change')}</MenuItem>
      {!self && (
        <>
          <MenuItem onSelect={() => onDo({ what: 'reset', operator })}>{t('reset')}</MenuItem>
          <MenuLine />
          {operator.disabled ? (
            <MenuItem onSelect={() => onDo({ what: 'enable', operator })}>{t('enable')}</MenuItem>
          ) : (
            <MenuItem danger onSelect={() => onDo({ what: 'disable', operator })}>
              {t('disable')}
            </MenuItem>
          )}
        </>
      )}
    </Menu>
  );
}
