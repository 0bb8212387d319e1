'use client';
// The way of a message as lanes: one per hop, a dot where it was reached on the time axis, and what is known of it underneath.
import type { Trace } from '@message-push/protocol/admin';
import { Cable, ChevronDown, CircleDotDashed, Layers, type LucideIcon, Smartphone, Split, Webhook } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useId, useState } from 'react';
import { cx } from '@/components/ui/class-names.ts';
import { useDuration } from '@/lib/duration.ts';
import { acknowledges, type Hop, type HopView, hopViews, placeOf, type Scale, ticksOf } from '@/lib/trace-view.ts';
import { Gap } from './gap.tsx';
import { HopDetail } from './hop-detail.tsx';

const ICONS: Record<Hop, LucideIcon> = {
  api: Webhook,
  bus: Layers,
  consumer: Split,
  node: CircleDotDashed,
  gateway: Cable,
  client: Smartphone,
};
/** Part of the track that the time axis takes while something is still to come. */
const OPEN_PART = 0.8;
const GRID =
  'grid grid-cols-[7.5rem_minmax(0,1fr)_5rem_1.25rem] items-center gap-x-3 max-sm:grid-cols-[6.5rem_minmax(0,1fr)_4rem_1rem] max-sm:gap-x-1.5';

export function Lanes({ trace, scale }: { trace: Trace; scale: Scale }) {
  const t = useTranslations('trace');
  const views = hopViews(trace);
  const total = Math.max(1, ...views.map(({ offsetMs }) => offsetMs ?? 0));
  const open = views.some(({ state }) => state === 'waiting' || state === 'missing');
  const axis = { total, scale, part: open ? OPEN_PART : 1 };
  return (
    <div>
      <Axis {...axis} />
      <ol aria-label={t('way')}>
        {views.map((view, index) => (
          <Lane
            key={view.hop}
            trace={trace}
            view={view}
            before={views.slice(0, index).findLast(({ offsetMs }) => offsetMs !== undefined)?.offsetMs ?? 0}
            axis={axis}
          />
        ))}
      </ol>
      <Gap trace={trace} />
    </div>
  );
}

interface AxisProps {
  total: number;
  scale: Scale;
  part: number;
}

function percent(offsetMs: number, { total, scale, part }: AxisProps): number {
  return placeOf(offsetMs, total, scale) * part * 100;
}

function Axis(axis: AxisProps) {
  const duration = useDuration();
  const ticks = ticksOf(axis.total, axis.scale);
  return (
    <div aria-hidden className={cx(GRID, 'h-7 border-line border-b px-4 text-faint text-xs')}>
      <span />
      <span className="relative mx-2 h-full">
        {ticks.map((tick, index) => (
          <span
            key={tick}
            style={{ left: `${percent(tick, axis)}%` }}
            className={cx(
              'absolute top-1.5 whitespace-nowrap',
              index === 0 ? '' : '-translate-x-1/2',
              index > 0 && index < ticks.length - 1 && 'max-sm:hidden',
            )}
          >
            {duration(tick)}
          </span>
        ))}
      </span>
    </div>
  );
}

function Lane({ trace, view, before, axis }: { trace: Trace; view: HopView; before: number; axis: AxisProps }) {
  const t = useTranslations('trace');
  const duration = useDuration();
  const [open, setOpen] = useState(false);
  const detail = useId();
  const Icon = ICONS[view.hop];
  const { state, offsetMs } = view;
  const silent = view.hop === 'client' && state !== 'reached' && acknowledges(trace) === false;
  const shown = silent ? 'silent' : state;
  return (
    <li className="border-line border-b last:border-b-0">
      <button
        type="button"
        aria-expanded={open}
        aria-controls={detail}
        onClick={() => setOpen(!open)}
        className={cx(GRID, 'w-full px-4 py-2 text-left -outline-offset-2 hover:bg-hover')}
      >
        <span className="flex min-w-0 items-center gap-2">
          <Icon
            aria-hidden
            size={15}
            className={cx('shrink-0', offsetMs === undefined ? 'text-faint' : 'text-accent')}
          />
          <span className="truncate font-medium">{t(`hop.${view.hop}`)}</span>
        </span>
        <Track view={view} before={before} axis={axis} shown={shown} last={axis.total} />
        <span className={cx('text-right font-mono text-xs', offsetMs === undefined && 'text-muted')}>
          {offsetMs === undefined ? t(`state.${shown}`) : `+${duration(offsetMs)}`}
        </span>
        <ChevronDown aria-hidden size={15} className={cx('text-muted transition-transform', open && 'rotate-180')} />
      </button>
      <div id={detail} hidden={!open} className="bg-sunken px-4 py-3 text-[0.8125rem]">
        {open && <HopDetail trace={trace} view={view} silent={silent} />}
      </div>
    </li>
  );
}

function Track(props: { view: HopView; before: number; axis: AxisProps; shown: string; last: number }) {
  const { view, before, axis, shown } = props;
  const { offsetMs } = view;
  if (offsetMs === undefined) {
    const from = percent(shown === 'passed' ? before : axis.total, axis);
    return (
      <span aria-hidden className="relative mx-2 h-5">
        <span className="absolute inset-x-0 top-1/2 h-px bg-line" />
        {shown === 'passed' ? (
          <span
            style={{ left: `${from}%` }}
            className="absolute top-1/2 size-2 -translate-1/2 rounded-full border border-field bg-surface"
          />
        ) : (
          <>
            <span
              style={{ left: `${from}%` }}
              className={cx(
                'absolute top-1/2 right-0 border-t-2 border-dashed',
                shown === 'missing' ? 'border-bad' : 'border-line-strong',
              )}
            />
            <span
              className={cx(
                'absolute top-1/2 right-0 size-3 translate-x-1/2 -translate-y-1/2 rounded-full border-2 bg-surface',
                shown === 'missing' ? 'border-bad' : 'border-field',
                shown === 'waiting' && 'animate-pulse motion-reduce:animate-none',
              )}
            />
          </>
        )}
      </span>
    );
  }
  const start = percent(before, axis);
  const end = percent(offsetMs, axis);
  const colour = view.hop === 'client' ? 'bg-ok' : 'bg-accent';
  return (
    <span aria-hidden className="relative mx-2 h-5">
      <span className="absolute inset-x-0 top-1/2 h-px bg-line" />
      <span
        style={{ left: `${Math.min(start, end)}%`, width: `${Math.abs(end - start)}%` }}
        className={cx(
          'absolute top-1/2 h-1 -translate-y-1/2 rounded-full opacity-45 transition-[width,left] duration-300',
          colour,
        )}
      />
      <span
        style={{ left: `${end}%` }}
        className={cx(
          'absolute top-1/2 size-3 -translate-1/2 rounded-full ring-2 ring-surface transition-[left] duration-300 forced-color-adjust-none',
          colour,
        )}
      />
    </span>
  );
}
