'use client';
// One figure of a node over time: the line, its scale, and the value at the moment that the pointer or the arrow keys are at.
import { useTranslations } from 'next-intl';
import { useId, useMemo } from 'react';
import { stamp } from '@/lib/stamp.ts';
import { usePreferences } from '@/lib/use-preferences.tsx';
import { lineOf, nearest } from './series.ts';

interface SeriesChartProps {
  name: string;
  at: readonly number[];
  values: readonly number[];
  show(value: number): string;
  colour: string;
  /** Index of the moment that is read, shared by the charts beside it. */
  cursor: number | undefined;
  onCursor(index: number | undefined): void;
}

export function SeriesChart({ name, at, values, show, colour, cursor, onCursor }: SeriesChartProps) {
  const t = useTranslations('ring.node');
  const { zone } = usePreferences();
  const line = useMemo(() => lineOf(at, values), [at, values]);
  const id = useId();
  if (line === undefined) return null;
  const index = cursor === undefined ? undefined : Math.min(cursor, at.length - 1);
  const read = index === undefined ? undefined : values[index];
  const [start = 0, end = 0] = [at[0], at.at(-1)];
  const label = t('seriesLabel', { name, now: show(line.last), most: show(line.most), least: show(line.least) });
  const clock = (time: number) => stamp(time, zone).slice(11, 19);

  function pointed(event: React.PointerEvent<HTMLElement>) {
    const box = event.currentTarget.getBoundingClientRect();
    onCursor(nearest(at, Math.min(1, Math.max(0, (event.clientX - box.left) / box.width))));
  }

  function keyed(event: React.KeyboardEvent) {
    const step = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    onCursor(Math.min(at.length - 1, Math.max(0, (index ?? at.length - 1) + step)));
  }

  return (
    <figure className="min-w-0">
      <figcaption id={id} className="flex items-baseline justify-between gap-2">
        <span className="truncate text-muted text-xs">{name}</span>
        <span className="whitespace-nowrap font-semibold">{show(read ?? line.last)}</span>
      </figcaption>
      <div
        role="slider"
        tabIndex={0}
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={at.length - 1}
        aria-valuenow={index ?? at.length - 1}
        aria-valuetext={`${clock(at[index ?? at.length - 1] ?? end)}: ${show(read ?? line.last)}`}
        onPointerMove={pointed}
        onPointerLeave={() => onCursor(undefined)}
        onKeyDown={keyed}
        onBlur={() => onCursor(undefined)}
        className="relative mt-1 h-24 cursor-crosshair touch-pan-y rounded-sm border-line border-b"
      >
        <svg
          aria-hidden="true"
          focusable="false"
          viewBox="0 0 100 100"
          preserveAspectRatio="none"
          className="absolute inset-0 size-full overflow-visible"
        >
          <path d="M0,0H100M0,50H100" stroke="var(--line)" strokeDasharray="2 3" vectorEffect="non-scaling-stroke" />
          {line.runs.map((run) => {
            const path = run.map(({ x, y }) => `${round(x)},${round(y)}`).join('L');
            return (
              <g key={run[0]?.x}>
                <path
                  d={`M${round(run[0]?.x ?? 0)},100L${path}L${round(run.at(-1)?.x ?? 0)},100Z`}
                  fill={colour}
                  opacity={0.12}
                />
                <path d={`M${path}`} fill="none" stroke={colour} strokeWidth={1.5} vectorEffect="non-scaling-stroke" />
              </g>
            );
          })}
        </svg>
        {index !== undefined && <Cursor x={((at[index] ?? end) - start) / Math.max(end - start, 1)} />}
      </div>
      <div aria-hidden className="mt-0.5 flex justify-between text-[0.6875rem] text-faint">
        <span>{clock(index === undefined ? start : (at[index] ?? start))}</span>
        <span>{t('scale', { top: show(line.top) })}</span>
        <span>{index === undefined ? clock(end) : null}</span>
      </div>
    </figure>
  );
}

function Cursor({ x }: { x: number }) {
  return <span aria-hidden style={{ left: `${x * 100}%` }} className="absolute inset-y-0 w-px bg-text" />;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
