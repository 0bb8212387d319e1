'use client';
// The columns of the history, and which of them are shown.
import type { MessageRow } from '@message-push/protocol/admin';
import { parseQuery } from '@message-push/protocol/admin/query-language';
import { Lock } from 'lucide-react';
import { useFormatter, useTranslations } from 'next-intl';
import { useMemo } from 'react';
import { StatusBadge } from '@/components/ui/badge.tsx';
import type { Column } from '@/components/ui/columns.ts';
import { Time } from '@/components/ui/time.tsx';
import { useDuration } from '@/lib/duration.ts';
import { GROUPS, type Group, grouped } from '@/lib/histogram.ts';
import { Marked } from './marked.tsx';

export const COLUMNS = [
  'time',
  'message',
  'app',
  'recipients',
  'status',
  'progress',
  'total',
  'platform',
  'id',
] as const;
export type ColumnId = (typeof COLUMNS)[number];
/** Not shown until asked for. */
export const HIDDEN_AT_FIRST: readonly ColumnId[] = ['platform', 'id'];

const COLOURS: Record<Group, string> = {
  acked: 'bg-ok',
  written: 'bg-accent',
  underWay: 'bg-note opacity-60',
  offline: 'bg-field',
  failed: 'bg-bad',
};

export function useColumns(q: string, hidden: readonly ColumnId[]): Column<MessageRow>[] {
  const t = useTranslations('messages');
  const duration = useDuration();
  return useMemo(() => {
    const parsed = parseQuery(q);
    const words = parsed.ok ? (parsed.clauses.find(({ field }) => field === 'text')?.value.split(/\s+/) ?? []) : [];
    const all: Record<ColumnId, Omit<Column<MessageRow>, 'id' | 'header'>> = {
      time: {
        width: '12rem',
        wideOnly: true,
        cell: ({ c_time }) => <Time at={c_time} show="stamp" plain className="text-muted" />,
      },
      message: { width: 'minmax(9rem, 3fr)', cell: (row) => <Words row={row} words={words} /> },
      app: {
        width: 'minmax(4rem, 8rem)',
        wideOnly: true,
        cell: ({ app_key }) => <span className="font-mono text-muted text-xs">{app_key}</span>,
      },
      recipients: {
        width: '6rem',
        align: 'end',
        wideOnly: true,
        cell: ({ accepted }) => <Count value={accepted} />,
      },
      status: { width: '8.5rem', cell: (row) => <Status row={row} /> },
      progress: { width: '6.5rem', wideOnly: true, cell: (row) => <MiniBar row={row} /> },
      total: {
        width: '5.5rem',
        align: 'end',
        wideOnly: true,
        cell: ({ c_time, last_at }) => (
          <span className="whitespace-nowrap text-muted">
            {last_at === undefined ? '–' : duration(Math.max(0, last_at - c_time))}
          </span>
        ),
      },
      platform: {
        width: '6rem',
        wideOnly: true,
        cell: ({ platform }) => <span className="text-muted">{platform}</span>,
      },
      id: {
        width: '9rem',
        wideOnly: true,
        cell: ({ message_id }) => (
          <span title={message_id} className="font-mono text-muted text-xs">
            {message_id.slice(0, 4)}…{message_id.slice(-8)}
          </span>
        ),
      },
    };
    return COLUMNS.filter((id) => !hidden.includes(id)).map((id) => ({ id, header: t(`column.${id}`), ...all[id] }));
  }, [t, duration, q, hidden]);
}

function Count({ value }: { value: number }) {
  return useFormatter().number(value);
}

function Words({ row, words }: { row: MessageRow; words: readonly string[] }) {
  const t = useTranslations('messages');
  const { title, content } = row.message;
  if (row.private) {
    return (
      <span className="inline-flex items-center gap-1.5 text-muted">
        <Lock aria-hidden size={13} />
        {t('private')}
      </span>
    );
  }
  return (
    <>
      <bdi className="block truncate">
        {title && (
          <span className="me-2 font-medium">
            <Marked text={title} words={words} />
          </span>
        )}
        <span className="text-muted">
          <Marked text={content.slice(0, 300)} words={words} />
        </span>
      </bdi>
      <Time at={row.c_time} show="stamp" plain className="block text-muted text-xs compact:hidden sm:hidden" />
    </>
  );
}

/** One status when all share it, else how many have confirmed. */
function Status({ row }: { row: MessageRow }) {
  const t = useTranslations('messages');
  const known = Object.entries(row.counts).filter(([, count]) => (count ?? 0) > 0);
  const [only] = known;
  if (only === undefined) return <StatusBadge status="accepted" />;
  const status = only[0] as keyof MessageRow['counts']; // a key of counts
  if (known.length === 1) return <StatusBadge status={status} reports={status !== 'written'} />;
  const counts = grouped(row.counts);
  return (
    <span className="text-muted text-xs">
      {t('arrived', { arrived: counts.acked + counts.written, all: row.accepted })}
    </span>
  );
}

function MiniBar({ row }: { row: MessageRow }) {
  const t = useTranslations('messages.histogram');
  const counts = grouped(row.counts);
  const known = Math.max(1, row.accepted);
  const words = GROUPS.filter((group) => counts[group] > 0)
    .map((group) => t('part', { group: t(`group.${group}`), count: counts[group] }))
    .join(' · ');
  return (
    <span
      role="img"
      aria-label={words}
      title={words}
      className="flex h-1.5 w-full overflow-hidden rounded-full bg-line"
    >
      {GROUPS.map((group) => (
        <span key={group} style={{ width: `${(counts[group] / known) * 100}%` }} className={COLOURS[group]} />
      ))}
    </span>
  );
}
