'use client';
// After sending, the form's place: each recipient on the way, hop by hop with its time, until all have arrived or ended.
import type { DeliveryRow } from '@message-push/protocol/admin';
import { CheckCheck, Plus, Waypoints } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useEffect, useMemo, useState } from 'react';
import { Recall } from '@/components/trace/recall.tsx';
import { StatusSentence } from '@/components/trace/status-sentence.tsx';
import { announceLive } from '@/components/ui/announcer.tsx';
import { Button, LinkButton } from '@/components/ui/button.tsx';
import { Card } from '@/components/ui/card.tsx';
import { cx } from '@/components/ui/class-names.ts';
import type { Column } from '@/components/ui/columns.ts';
import { MessageId } from '@/components/ui/ids.tsx';
import { VirtualTable } from '@/components/ui/virtual-table.tsx';
import { useDuration } from '@/lib/duration.ts';
import { timeOfId, useProgress } from '@/lib/progress.ts';
import { countsOf, isSettled } from '@/lib/receipts.ts';
import { HopChips } from './hop-chips.tsx';

export interface Sent {
  id: string;
  app: string;
  uids: readonly string[];
  /** `performance.now()` at the press. */
  pressedAt: number;
}

export function Tracker({ id, sent, onAnother }: { id: string; sent: Sent | undefined; onAnother(): void }) {
  const t = useTranslations('send.tracker');
  const progress = useProgress(id);
  const told = progress.deliveries.data;
  const message = progress.message.data;
  const rows = useMemo(() => (told?.length ? told : acceptedRows(id, sent?.uids ?? [])), [told, id, sent]);
  const since = message?.c_time ?? timeOfId(id);
  const counts = countsOf(rows);
  const settled = rows.length > 0 && rows.every(isSettled);
  const seenMs = useSeenAfter(sent?.pressedAt, settled);
  useEffect(() => {
    announceLive(
      t('announce', { acked: counts.acked ?? 0, written: counts.written ?? 0, all: rows.length }),
      Date.now(),
    );
  }, [t, counts.acked, counts.written, rows.length]);
  const app = message?.app_key ?? sent?.app;
  return (
    <Card
      title={t('title')}
      note={<MessageId id={id} />}
      flush
      actions={
        <>
          {app !== undefined && <Recall id={id} app={app} rows={rows} />}
          <LinkButton href={`/messages/${id}`} icon={<Waypoints aria-hidden size={15} />}>
            {t('openTrace')}
          </LinkButton>
          <Button kind="primary" icon={<Plus aria-hidden size={15} />} onClick={onAnother}>
            {t('another')}
          </Button>
        </>
      }
    >
      <div className="space-y-3 border-line border-b p-4">
        <p className="flex items-start gap-2 font-medium">
          {settled && (counts.acked ?? 0) === rows.length && (
            <CheckCheck aria-hidden size={18} className="mt-0.5 shrink-0 text-ok" />
          )}
          <span>
            <StatusSentence rows={rows} since={since} />
          </span>
        </p>
        <Progress counts={counts} all={rows.length} />
        {seenMs !== undefined && <SeenAfter ms={seenMs} />}
      </div>
      <Rows rows={rows} since={since} />
    </Card>
  );
}

function SeenAfter({ ms }: { ms: number }) {
  const t = useTranslations('send.tracker');
  const duration = useDuration();
  return <p className="text-muted text-xs">{t('seenAfter', { took: duration(ms) })}</p>;
}

const PARTS = [
  { statuses: ['acked'], colour: 'bg-ok' },
  { statuses: ['written'], colour: 'bg-accent' },
  { statuses: ['accepted', 'queued', 'routed'], colour: 'bg-note opacity-50' },
  { statuses: ['offline'], colour: 'bg-field' },
  { statuses: ['expired', 'recalled', 'dead'], colour: 'bg-bad' },
] as const;

/** The same as the sentence above it, as a bar. */
function Progress({ counts, all }: { counts: ReturnType<typeof countsOf>; all: number }) {
  return (
    <div aria-hidden className="flex h-2 w-full overflow-hidden rounded-full bg-sunken">
      {PARTS.map(({ statuses, colour }) => {
        const count = statuses.reduce((sum, status) => sum + (counts[status] ?? 0), 0);
        return (
          <span
            key={colour}
            style={{ width: `${all === 0 ? 0 : (count / all) * 100}%` }}
            className={cx('h-full transition-[width] duration-300', colour)}
          />
        );
      })}
    </div>
  );
}

function Rows({ rows, since }: { rows: DeliveryRow[]; since: number }) {
  const t = useTranslations('send.tracker');
  const [current, setCurrent] = useState<string | null>(null);
  const columns = useMemo<Column<DeliveryRow>[]>(
    () => [
      {
        id: 'uid',
        header: t('recipient'),
        width: 'minmax(5rem, 9rem)',
        cell: ({ uid }) => (
          <span title={uid} className="font-mono text-[0.8125rem]">
            {uid}
          </span>
        ),
      },
      { id: 'hops', header: t('hops'), cell: (row) => <HopChips row={row} since={since} /> },
    ],
    [t, since],
  );
  return (
    <VirtualTable
      rows={rows}
      columns={columns}
      rowKey={(row) => row.uid}
      label={t('title')}
      currentKey={current}
      onCurrentChange={setCurrent}
      className={rows.length > 10 ? 'h-112' : ''}
    />
  );
}

/** Before the history knows them. */
function acceptedRows(id: string, uids: readonly string[]): DeliveryRow[] {
  return uids.map((uid) => ({ message_id: id, uid, status: 'accepted' }));
}

/** Milliseconds from the press to when all was shown as arrived or ended. */
function useSeenAfter(pressedAt: number | undefined, settled: boolean): number | undefined {
  const [seen, setSeen] = useState<number>();
  useEffect(() => {
    if (pressedAt !== undefined && settled) setSeen((known) => known ?? performance.now() - pressedAt);
  }, [pressedAt, settled]);
  return seen;
}
