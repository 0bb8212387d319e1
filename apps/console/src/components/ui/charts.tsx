// Small charts that sit in a line of text or a card: drawn to the width they are given, with their meaning in words.
import { useId } from 'react';
import { cx } from './class-names.ts';

interface Chart {
  values: readonly (number | null)[];
  /** What it shows, in words: "Pushes a second, 15 minutes: 12 now, 40 at most". */
  label: string;
  /** The top of the scale; the largest value when absent. */
  max?: number;
  /** A CSS colour. */
  colour?: string;
  className?: string;
}

const WIDTH = 100;
const HEIGHT = 100;

/** A line over time; null leaves a gap. */
export function Sparkline({ values, label, max, colour = 'var(--accent)', className }: Chart) {
  const top = Math.max(max ?? 0, ...values.map((value) => value ?? 0)) || 1;
  const runs = runsOf(values, top);
  return (
    <Frame label={label} className={className}>
      <g fill={colour} opacity={0.14}>
        {runs.map((run) => (
          <path key={run[0]?.x} d={`M${run[0]?.x},${HEIGHT}L${points(run)}L${run.at(-1)?.x},${HEIGHT}Z`} />
        ))}
      </g>
      <g fill="none" stroke={colour} strokeWidth={1.5} strokeLinejoin="round">
        {runs.map((run) => (
          <polyline key={run[0]?.x} points={points(run)} vectorEffect="non-scaling-stroke" />
        ))}
      </g>
    </Frame>
  );
}

/** Bars of counts. */
export function Bars({ values, label, max, colour = 'var(--accent)', className }: Chart) {
  const top = Math.max(max ?? 0, ...values.map((value) => value ?? 0)) || 1;
  const step = WIDTH / Math.max(1, values.length);
  return (
    <Frame label={label} className={className}>
      <path d={`M0,${HEIGHT}H${WIDTH}`} stroke="var(--line-strong)" vectorEffect="non-scaling-stroke" />
      <g fill={colour}>
        {values.map((value, index) => {
          const height = ((value ?? 0) / top) * HEIGHT;
          return (
            <rect
              // biome-ignore lint/suspicious/noArrayIndexKey: a bar is its place
              key={index}
              x={index * step + step * 0.12}
              width={step * 0.76}
              y={HEIGHT - height}
              height={height}
            />
          );
        })}
      </g>
    </Frame>
  );
}

function Frame(props: { label: string; className: string | undefined; children: React.ReactNode }) {
  const title = useId();
  return (
    <svg
      role="img"
      aria-labelledby={title}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      className={cx('block h-8 w-full overflow-visible', props.className)}
    >
      <title id={title}>{props.label}</title>
      {props.children}
    </svg>
  );
}

interface Point {
  x: number;
  y: number;
}

/** The stretches between gaps. */
function runsOf(values: readonly (number | null)[], top: number): Point[][] {
  const step = WIDTH / Math.max(1, values.length - 1);
  const runs: Point[][] = [];
  let run: Point[] = [];
  values.forEach((value, index) => {
    if (value === null) run = [];
    else {
      if (run.length === 0) runs.push(run);
      run.push({ x: round(index * step), y: round(HEIGHT - (value / top) * HEIGHT) });
    }
  });
  return runs;
}

function points(run: readonly Point[]): string {
  return run.map(({ x, y }) => `${x},${y}`).join(' ');
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
