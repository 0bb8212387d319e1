'use client';
// Everyone a message is for, with how far it came; can be narrowed by status and uid, and picks whose way is shown.
import type { DeliveryRow } from '@message-push/protocol/admin';
import { useTranslations } from 'next-intl';
import { useMemo, useState } from 'react';
import { StatusBadge } from '@/components/ui/badge.tsx';
import { cx } from '@/components/ui/class-names.ts';
import type { Column } from '@/components/ui/columns.ts';
import { Input } from '@/components/ui/input.tsx';
import { Select } from '@/components/ui/select.tsx';
import { VirtualTable } from '@/components/ui/virtual-table.tsx';
import { useDuration } from '@/lib/duration.ts';
import { totalOf } from '@/lib/receipts.ts';

/** From this many on there is something to narrow. */
const FILTER_FROM = 8;

export function Recipients({
  rows,
  since,
  chosen,
  onChoose,
}: {
  rows: readonly DeliveryRow[];
  /** When the message was accepted. */
  since: number;
  chosen: string | undefined;
  onChoose(uid: string): void;
}) {
  const t = useTranslations('trace');
  const [status, setStatus] = useState<DeliveryRow['status'] | 'all'>('all');
  const [text, setText] = useState('');
  const columns = useColumns(since);
  const shown = rows.filter((row) => (status === 'all' || row.status === status) && row.uid.includes(text.trim()));
  return (
    <div>
      {rows.length >= FILTER_FROM && (
        <div className="flex flex-wrap items-center gap-2 border-line border-b p-3">
          <Input
            value={text}
            onChange={(event) => setText(event.target.value)}
            aria-label={t('filterUid')}
            placeholder={t('filterUid')}
            className="max-w-56"
          />
          <StatusFilter rows={rows} value={status} onChange={setStatus} />
          <span role="status" className="text-muted text-xs">
            {t('shown', { shown: shown.length, all: rows.length })}
          </span>
        </div>
      )}
      {shown.length === 0 ? (
        <p className="p-4 text-muted">{rows.length === 0 ? t('noRecipients') : t('noneShown')}</p>
      ) : (
        <VirtualTable
          rows={shown}
          columns={columns}
          rowKey={(row) => row.uid}
          label={t('recipients')}
          currentKey={chosen ?? null}
          onCurrentChange={onChoose}
          className={cx(shown.length > 8 ? 'h-96' : 'max-h-96')}
        />
      )}
    </div>
  );
}

function StatusFilter(props: {
  rows: readonly DeliveryRow[];
  value: DeliveryRow['status'] | 'all';
  onChange(value: DeliveryRow['status'] | 'all'): void;
}) {
  const t = useTranslations('trace');
  const s = useTranslations('status');
  const counts = new Map<DeliveryRow['status'], number>();
  for (const { status } of props.rows) counts.set(status, (counts.get(status) ?? 0) + 1);
  const options = [
    { value: 'all' as const, label: t('allStatuses') },
    ...[...counts].map(([value, count]) => ({ value, label: t('statusCount', { status: s(value), count }) })),
  ];
  return (
    <Select
      label={t('filterStatus')}
      value={props.value}
      onChange={props.onChange}
      options={options}
      className="w-44!"
    />
  );
}

function useColumns(since: number): Column<DeliveryRow>[] {
  const t = useTranslations('trace');
  const duration = useDuration();
  return useMemo(
    () => [
      {
        id: 'uid',
        header: t('column.uid'),
        width: 'minmax(6rem, 1.4fr)',
        cell: ({ uid }) => (
          <span title={uid} className="font-mono text-[0.8125rem]">
            {uid}
          </span>
        ),
      },
      {
        id: 'status',
        header: t('column.status'),
        width: '7rem',
        cell: ({ status }) => <StatusBadge status={status} reports={status !== 'written'} />,
      },
      {
        id: 'took',
        header: t('column.took'),
        align: 'end',
        width: '5.5rem',
        cell: (row) => {
          const took = totalOf(row, since);
          return took === undefined ? <span className="text-faint">–</span> : duration(took);
        },
      },
      {
        id: 'node',
        header: t('column.node'),
        wideOnly: true,
        cell: ({ node }) => <span className="font-mono text-muted text-xs">{node ?? '–'}</span>,
      },
      {
        id: 'platform',
        header: t('column.platform'),
        width: '6rem',
        wideOnly: true,
        cell: ({ platform }) => <span className="text-muted">{platform ?? '–'}</span>,
      },
    ],
    [t, duration, since],
  );
}
