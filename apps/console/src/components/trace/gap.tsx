'use client';
// Where a message waits or ended short: what was expected, for how long it has been missing, the likely cause, and what to do.
import type { Trace } from '@message-push/protocol/admin';
import { CircleHelp, Hourglass, OctagonX } from 'lucide-react';
import Link from 'next/link';
import { useTranslations } from 'next-intl';
import { cx } from '@/components/ui/class-names.ts';
import { Reason } from '@/components/ui/reason.tsx';
import { useDuration } from '@/lib/duration.ts';
import { useNow } from '@/lib/now.ts';
import { acknowledges } from '@/lib/trace-view.ts';

type Cause = NonNullable<Trace['gap']>['cause'];
/** It is over: nothing more is expected, however long one waits. */
const OVER: readonly Cause[] = ['expired', 'recalled', 'dead'];
/** Nothing is late: it waits for something. */
const WAITS: readonly Cause[] = ['offline', 'no_node'];

export function Gap({ trace }: { trace: Trace }) {
  const t = useTranslations('trace');
  if (trace.gap === undefined) {
    return acknowledges(trace) === false ? (
      <Line icon={<CircleHelp aria-hidden size={16} />} tone="quiet" title={t('noReceipt')} text={t('noReceiptWhy')} />
    ) : null;
  }
  return <Missing trace={trace} gap={trace.gap} />;
}

function Missing({ trace, gap }: { trace: Trace; gap: NonNullable<Trace['gap']> }) {
  const t = useTranslations('trace');
  const duration = useDuration();
  const over = OVER.includes(gap.cause);
  const { cause } = gap;
  const quiet = cause === 'not_acknowledging';
  const waits = WAITS.includes(cause);
  const now = useNow(!over && !quiet && !waits);
  const { uid, reason } = trace.delivery;
  const waited = Math.max(0, now - gap.since);
  const title =
    cause === 'not_acknowledging'
      ? t('noReceipt')
      : over || waits || now === 0
        ? t(`ended.${cause}`)
        : t('expected', { hop: t(`hop.${gap.hop}`), within: duration(gap.expected_ms), waited: duration(waited) });
  const href = `/users/${encodeURIComponent(uid)}?app=${encodeURIComponent(trace.message.app_key)}`;
  return (
    <Line
      icon={over ? <OctagonX aria-hidden size={16} /> : <Hourglass aria-hidden size={16} />}
      tone={quiet ? 'quiet' : over ? 'bad' : 'warn'}
      title={title}
      text={
        <>
          {t.rich(`cause.${gap.cause}`, {
            user: (chunks) => <A href={href}>{chunks}</A>,
            ring: (chunks) => <A href={`/ring?uid=${encodeURIComponent(uid)}`}>{chunks}</A>,
            dead: (chunks) => <A href="/dead-letters">{chunks}</A>,
            overview: (chunks) => <A href="/">{chunks}</A>,
          })}
          {reason && (
            <span className="block text-muted">{t.rich('reason', { reason: () => <Reason text={reason} /> })}</span>
          )}
        </>
      }
    />
  );
}

function A({ href, children }: { href: string; children: React.ReactNode }) {
  return (
    <Link href={href} className="text-accent underline underline-offset-2">
      {children}
    </Link>
  );
}

const TONES = { quiet: 'bg-sunken text-muted', warn: 'bg-warn-tint text-warn', bad: 'bg-bad-tint text-bad' };

function Line(props: { icon: React.ReactNode; tone: keyof typeof TONES; title: string; text: React.ReactNode }) {
  return (
    <div className={cx('flex items-start gap-2.5 border-line border-t px-4 py-3', TONES[props.tone])}>
      <span className="mt-0.5 shrink-0">{props.icon}</span>
      <div className="min-w-0 space-y-0.5">
        <p className="font-medium">{props.title}</p>
        <p className="break-words text-text">{props.text}</p>
      </div>
    </div>
  );
}
