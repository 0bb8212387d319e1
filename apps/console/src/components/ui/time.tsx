'use client';
// A moment: how long ago, and exactly when in the chosen zone, in UTC and as a number to copy.
import { useFormatter } from 'next-intl';
import { lazy, type ReactNode, Suspense, useEffect, useRef, useState } from 'react';
import { useNow } from '@/lib/now.ts';
import { stamp, zoneName } from '@/lib/stamp.ts';
import { usePreferences } from '@/lib/use-preferences.tsx';
import { cx } from './class-names.ts';
import { useTrigger } from './trigger.ts';

const load = () => import('./time-layer.tsx');
const Layer = lazy(load);
/** The pointer rests on it for so long before it opens. */
const OPENS_MS = 250;
/** And has left both for so long before it closes. */
const CLOSES_MS = 200;

export interface TimeProps {
  /** Epoch milliseconds. */
  at: number;
  /** `ago`: how long ago; `until`: how long until then; `stamp`: date and time; `clock`: time of day with milliseconds. */
  show?: 'ago' | 'until' | 'stamp' | 'clock';
  /** Without a layer of its own (the exact time is in the title): for rows of tables. */
  plain?: boolean;
  className?: string;
}

export function Time({ at, show = 'ago', plain = false, className }: TimeProps) {
  const { zone } = usePreferences();
  const text = useTimeText(at, show);
  const time = (
    <time dateTime={new Date(at).toISOString()} title={plain ? `${stamp(at, zone)} ${zoneName(at, zone)}` : undefined}>
      {text}
    </time>
  );
  if (plain) return <span className={cx('whitespace-nowrap', className)}>{time}</span>;
  return (
    <Looked at={at} className={className}>
      {time}
    </Looked>
  );
}

/** Opens on a press, and while the pointer rests on it or on its layer. */
function Looked({ at, className, children }: { at: number; className: string | undefined; children: ReactNode }) {
  const [open, setOpen] = useState(false);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  const after = (ms: number, next: boolean) => () => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setOpen(next), ms);
  };
  const { button, wanted, layer } = useTrigger(
    <button
      type="button"
      onPointerEnter={after(OPENS_MS, true)}
      onPointerLeave={after(CLOSES_MS, false)}
      className={cx(
        'whitespace-nowrap rounded underline decoration-line-strong decoration-dotted underline-offset-3',
        className,
      )}
    >
      {children}
    </button>,
    { kind: 'dialog', load, open, onOpenChange: setOpen },
  );
  return (
    <>
      {button}
      {wanted && (
        <Suspense>
          <Layer at={at} layer={layer} onEnter={after(0, true)} onLeave={after(CLOSES_MS, false)} />
        </Suspense>
      )}
    </>
  );
}

function useTimeText(at: number, show: 'ago' | 'until' | 'stamp' | 'clock'): string {
  const format = useFormatter();
  const { zone } = usePreferences();
  const now = useNow(show === 'ago' || show === 'until');
  if (show === 'clock') return stamp(at, zone).slice(11);
  if (show === 'stamp' || now === 0) return stamp(at, zone).slice(0, 19);
  // What has happened is not in the future, whatever the clocks say.
  return format.relativeTime(at, { now: show === 'until' ? now : Math.max(now, at), style: 'narrow' });
}
