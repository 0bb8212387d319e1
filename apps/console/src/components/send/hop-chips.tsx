'use client';
// The hops of one delivery as chips in a line, each with its milliseconds; where it waits or ended is said in words.
import type { DeliveryRow } from '@message-push/protocol/admin';
import { useTranslations } from 'next-intl';
import { StatusBadge } from '@/components/ui/badge.tsx';
import { cx } from '@/components/ui/class-names.ts';
import { useDuration } from '@/lib/duration.ts';

const HOPS = [
  { status: 'queued', time: 'queued_at' },
  { status: 'routed', time: 'routed_at' },
  { status: 'written', time: 'written_at' },
  { status: 'acked', time: 'acked_at' },
] as const;

export function HopChips({ row, since }: { row: DeliveryRow; since: number }) {
  const t = useTranslations('status');
  const s = useTranslations('send.tracker');
  const duration = useDuration();
  const silent = row.status === 'written';
  return (
    <span className="flex min-w-0 items-center gap-1.5">
      <StatusBadge status={row.status} reports={!silent} />
      <span className="flex min-w-0 items-center gap-1 max-md:hidden">
        {HOPS.map(({ status, time }, index) => {
          const at = row[time];
          const waits = at === undefined && silent && status === 'acked';
          return (
            <span key={status} className="flex items-center gap-1">
              {index > 0 && (
                <span aria-hidden className={cx('h-px w-3', at === undefined ? 'bg-line-strong' : 'bg-accent')} />
              )}
              <span
                title={`${t(status)}${at === undefined ? '' : ` +${duration(at - since)}`}`}
                className={cx(
                  'inline-flex h-5 items-center rounded-full border px-1.5 font-mono text-[0.6875rem] transition-colors duration-200',
                  at === undefined
                    ? 'border-line-strong border-dashed text-faint'
                    : status === 'acked'
                      ? 'border-ok bg-ok-tint text-ok'
                      : 'border-accent bg-accent-tint text-accent',
                )}
              >
                {at === undefined ? (waits ? s('noReceipt') : '…') : `+${duration(Math.max(0, at - since))}`}
              </span>
            </span>
          );
        })}
      </span>
      <span className="font-mono text-muted text-xs md:hidden">{furthest(row, since, duration)}</span>
    </span>
  );
}

function furthest(row: DeliveryRow, since: number, duration: (ms: number) => string): string {
  const at = HOPS.map(({ time }) => row[time]).findLast((time) => time !== undefined);
  return at === undefined ? '' : `+${duration(Math.max(0, at - since))}`;
}
