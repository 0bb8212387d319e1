'use client';
// Which stretch of time is looked at: a preset that moves on with the clock, or two moments typed in one's zone.
import { CalendarClock } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { type FormEvent, useState } from 'react';
import { Button } from '@/components/ui/button.tsx';
import { cx } from '@/components/ui/class-names.ts';
import { Field } from '@/components/ui/field.tsx';
import { Input } from '@/components/ui/input.tsx';
import { Popover } from '@/components/ui/popover.tsx';
import { stamp, zoneName } from '@/lib/stamp.ts';
import { isPreset, PRESETS, type Preset, spanOf, type TimeRange, timeTyped, typedTime } from '@/lib/time-range.ts';
import { usePreferences } from '@/lib/use-preferences.tsx';

export function TimeRangePicker({
  range,
  onChange,
  presets = PRESETS,
}: {
  range: TimeRange;
  onChange(range: TimeRange): void;
  presets?: readonly Preset[];
}) {
  const t = useTranslations('messages.range');
  const [open, setOpen] = useState(false);
  const { zone } = usePreferences();

  function choose(next: TimeRange) {
    onChange(next);
    setOpen(false);
  }

  return (
    <Popover
      open={open}
      onOpenChange={setOpen}
      align="end"
      title={t('title', { zone })}
      className="w-80"
      trigger={
        <Button icon={<CalendarClock aria-hidden size={15} />}>
          <span className="truncate">{useRangeText(range)}</span>
        </Button>
      }
    >
      <div className="space-y-4">
        <div className="grid grid-cols-2 gap-1">
          {presets.map((preset) => {
            const chosen = range.from === preset && range.to === 'now';
            return (
              <button
                key={preset}
                type="button"
                aria-pressed={chosen}
                onClick={() => choose({ from: preset, to: 'now' })}
                className={cx(
                  'min-h-8 rounded px-2 text-left',
                  chosen ? 'bg-accent-tint font-medium text-accent' : 'hover:bg-hover',
                )}
              >
                {t(`preset.${preset}`)}
              </button>
            );
          })}
        </div>
        <Absolute range={range} zone={zone} onApply={choose} />
      </div>
    </Popover>
  );
}

/** What the range says, for a button or a line. */
export function useRangeText(range: TimeRange): string {
  const t = useTranslations('messages.range');
  const { zone } = usePreferences();
  if (range.to === 'now' && isPreset(range.from)) return t(`preset.${range.from}`);
  const text = (time: string) => (/^\d+$/.test(time) ? stamp(Number(time), zone).slice(0, 16) : time);
  return t('fromTo', { from: text(range.from), to: text(range.to), zone: zoneName(Date.now(), zone) });
}

function Absolute({ range, zone, onApply }: { range: TimeRange; zone: string; onApply(range: TimeRange): void }) {
  const t = useTranslations('messages.range');
  const [now] = useState(() => Date.now());
  const span = spanOf(range, now);
  const [from, setFrom] = useState(shown(span?.from ?? now - 3_600_000, zone));
  const [to, setTo] = useState(shown(span?.to ?? now, zone));
  const [wrong, setWrong] = useState(false);

  function apply(event: FormEvent) {
    event.preventDefault();
    const start = timeTyped(from, zone);
    const end = timeTyped(to, zone);
    if (start === undefined || end === undefined || start >= end) return setWrong(true);
    onApply({ from: String(start), to: String(end) });
  }

  return (
    <form onSubmit={apply} className="space-y-3 border-line border-t pt-3">
      <Field label={t('from')} error={wrong && t('wrong')}>
        <Input
          value={from}
          onChange={(event) => setFrom(event.target.value)}
          autoComplete="off"
          className="font-mono"
        />
      </Field>
      <Field label={t('to')} hint={t('format')}>
        <Input value={to} onChange={(event) => setTo(event.target.value)} autoComplete="off" className="font-mono" />
      </Field>
      <Button type="submit" kind="primary" size="small">
        {t('apply')}
      </Button>
    </form>
  );
}

/** As it is typed: on a 24-hour clock whatever the browser's language. */
function shown(at: number, zone: string): string {
  return typedTime(at, zone).slice(0, 16).replace('T', ' ');
}
