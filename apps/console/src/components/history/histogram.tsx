'use client';
// Deliveries over time, stacked by how far they came. Dragging over it narrows the range; the fields of the range do the same by keys.
import { useFormatter, useTranslations } from 'next-intl';
import { type PointerEvent, useEffect, useRef, useState } from 'react';
import { cx } from '@/components/ui/class-names.ts';
import { type Bar, barsOf, GROUPS, type Group, intervalMs, niceMax } from '@/lib/histogram.ts';
import { type Filter, useHistogram } from '@/lib/messages.ts';
import { stamp } from '@/lib/stamp.ts';
import { type Span, spanOf } from '@/lib/time-range.ts';
import { usePreferences } from '@/lib/use-preferences.tsx';

const COLOURS: Record<Group, string> = {
  acked: 'var(--ok)',
  written: 'var(--accent)',
  underWay: 'var(--note)',
  offline: 'var(--field)',
  failed: 'var(--bad)',
};
const HEIGHT = 100;

export function Histogram({
  filter,
  onRange,
  enabled,
}: {
  filter: Filter;
  onRange(span: Span): void;
  enabled: boolean;
}) {
  const t = useTranslations('messages.histogram');
  // The server does not know the reader's moment: bars come with the page's own clock.
  const [openedAt, setOpenedAt] = useState<number>();
  useEffect(() => setOpenedAt(Date.now()), []);
  const asked = spanOf(filter, openedAt ?? 0);
  const interval = asked === undefined ? 60_000 : intervalMs(asked);
  const query = useHistogram(filter, interval, enabled && openedAt !== undefined);
  if (openedAt === undefined) return <div className="h-36" />;
  const span = spanOf(filter, query.dataUpdatedAt || openedAt);
  if (span === undefined) return null;
  if (query.error !== null && query.data === undefined) return null; // the list below says what is wrong
  const bars = barsOf(query.data ?? [], span, interval);
  return (
    <figure className={cx('space-y-1.5', query.isPlaceholderData && 'opacity-60')}>
      <Bars bars={bars} onRange={onRange} />
      <figcaption className="flex flex-wrap items-center gap-x-4 gap-y-1 text-muted text-xs">
        {GROUPS.map((group) => (
          <span key={group} className="inline-flex items-center gap-1.5">
            <span
              aria-hidden
              style={{ background: COLOURS[group] }}
              className="size-2.5 rounded-xs forced-color-adjust-none"
            />
            {t(`group.${group}`)}
          </span>
        ))}
        <span className="ml-auto max-sm:hidden">{t('hint')}</span>
      </figcaption>
    </figure>
  );
}

function Bars({ bars, onRange }: { bars: Bar[]; onRange(span: Span): void }) {
  const t = useTranslations('messages.histogram');
  const format = useFormatter();
  const { zone } = usePreferences();
  const box = useRef<HTMLDivElement>(null);
  const [drag, setDrag] = useState<{ first: number; last: number }>();
  const [over, setOver] = useState<number>();
  const top = niceMax(Math.max(0, ...bars.map(({ total }) => total)));
  const total = bars.reduce((sum, bar) => sum + bar.total, 0);
  const time = (at: number) => stamp(at, zone).slice(5, 16);

  function indexAt(event: PointerEvent): number {
    const place = box.current?.getBoundingClientRect();
    if (place === undefined || place.width === 0) return 0;
    const index = Math.floor(((event.clientX - place.left) / place.width) * bars.length);
    return Math.min(bars.length - 1, Math.max(0, index));
  }

  function end() {
    if (drag === undefined) return;
    const first = bars[Math.min(drag.first, drag.last)];
    const last = bars[Math.max(drag.first, drag.last)];
    setDrag(undefined);
    if (first && last) onRange({ from: first.from, to: last.to });
  }

  const shown = over === undefined ? undefined : bars[over];
  const [start, stop] = drag ? [Math.min(drag.first, drag.last), Math.max(drag.first, drag.last) + 1] : [0, 0];
  return (
    <div className="relative">
      <div className="pointer-events-none absolute -top-0.5 right-0 text-faint text-xs">{format.number(top)}</div>
      <div
        ref={box}
        onPointerDown={(event) => {
          if (event.button !== 0) return;
          event.currentTarget.setPointerCapture(event.pointerId);
          const index = indexAt(event);
          setDrag({ first: index, last: index });
        }}
        onPointerMove={(event) => {
          const index = indexAt(event);
          setOver(index);
          setDrag((now) => now && { ...now, last: index });
        }}
        onPointerUp={end}
        onPointerCancel={() => setDrag(undefined)}
        onPointerLeave={() => setOver(undefined)}
        className="relative h-24 cursor-crosshair touch-pan-y select-none"
      >
        <svg
          role="img"
          aria-label={t('label', { total, from: time(bars[0]?.from ?? 0), to: time(bars.at(-1)?.to ?? 0) })}
          viewBox={`0 0 ${bars.length} ${HEIGHT}`}
          preserveAspectRatio="none"
          className="absolute inset-0 size-full"
        >
          <path d={`M0,${HEIGHT}H${bars.length}`} stroke="var(--line-strong)" vectorEffect="non-scaling-stroke" />
          {bars.map((bar, index) => (
            <Stack key={bar.from} bar={bar} at={index} top={top} />
          ))}
        </svg>
        {drag && (
          <div
            style={{ left: `${(start / bars.length) * 100}%`, width: `${((stop - start) / bars.length) * 100}%` }}
            className="absolute inset-y-0 border-accent border-x-2 bg-accent/15"
          />
        )}
      </div>
      <div className="flex justify-between gap-2 pt-0.5 text-faint text-xs">
        <span>{time(bars[0]?.from ?? 0)}</span>
        <span className="truncate text-text">
          {shown &&
            t('at', { from: time(shown.from), to: time(shown.to), total: shown.total, words: wordsOf(shown, t) })}
        </span>
        <span>{time(bars.at(-1)?.to ?? 0)}</span>
      </div>
    </div>
  );
}

function Stack({ bar, at, top }: { bar: Bar; at: number; top: number }) {
  let below = 0;
  return GROUPS.map((group) => {
    const count = bar.counts[group];
    if (count === 0) return null;
    const y = HEIGHT - ((below + count) / top) * HEIGHT;
    below += count;
    return <rect key={group} x={at + 0.1} width={0.8} y={y} height={(count / top) * HEIGHT} fill={COLOURS[group]} />;
  });
}

function wordsOf(bar: Bar, t: ReturnType<typeof useTranslations<'messages.histogram'>>): string {
  return GROUPS.filter((group) => bar.counts[group] > 0)
    .map((group) => t('part', { group: t(`group.${group}`), count: bar.counts[group] }))
    .join(' · ');
}
