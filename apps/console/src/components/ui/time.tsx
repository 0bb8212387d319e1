'use client';
// A moment: how long ago, and exactly when in the chosen zone, in UTC and as a number to copy.
import { Popover as Base } from '@base-ui/react/popover';
import { useFormatter, useTranslations } from 'next-intl';
import { useNow } from '@/lib/now.ts';
import { stamp, zoneName } from '@/lib/stamp.ts';
import { usePreferences } from '@/lib/use-preferences.tsx';
import { cx } from './class-names.ts';
import { CopyButton } from './copy-button.tsx';

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
    <Base.Root>
      <Base.Trigger
        openOnHover
        delay={250}
        className={cx(
          'whitespace-nowrap rounded underline decoration-line-strong decoration-dotted underline-offset-3',
          className,
        )}
      >
        {time}
      </Base.Trigger>
      <Base.Portal>
        <Base.Positioner sideOffset={6} collisionPadding={8} className="z-60">
          <Base.Popup className="pop p-3" initialFocus={false}>
            <Exactly at={at} />
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
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

function Exactly({ at }: { at: number }) {
  const t = useTranslations('common');
  const { zone } = usePreferences();
  const rows = [
    { name: zoneName(at, zone), text: stamp(at, zone) },
    { name: 'UTC', text: new Date(at).toISOString() },
    { name: t('epoch'), text: String(at) },
  ];
  return (
    <dl className="grid grid-cols-[auto_auto_auto] items-center gap-x-3 text-xs">
      {rows.map(({ name, text }) => (
        <div key={name} className="contents">
          <dt className="text-muted">{name}</dt>
          <dd className="font-mono">{text}</dd>
          <dd>
            <CopyButton text={text} what={name} />
          </dd>
        </div>
      ))}
    </dl>
  );
}
