'use client';
// One percent of the circle to either side of a uid, enlarged: from its place to the point that decides.
import type { Location } from '@message-push/protocol/admin';
import { useTranslations } from 'next-intl';
import { useId, useMemo } from 'react';
import { CIRCLE, type Circle, hex } from './circle.ts';
import { onStrip, STRIP_REACH, stripOf } from './drawing.ts';
import { nodePaint } from './node-look.tsx';

const WIDTH = 1_000;
const HEIGHT = 40;
/** More segments than this would be nothing but lines. */
const LINED_MAX = 80;
const REACH = STRIP_REACH * CIRCLE;
/** Part of the strip that the text at the point needs. */
const TEXT_WIDE = 0.42;

export function RingStrip({
  circle,
  location,
  colours,
}: {
  circle: Circle;
  location: Location;
  colours: ReadonlyMap<string, number>;
}) {
  const t = useTranslations('ring.strip');
  const title = useId();
  const { hash, point, node, uid } = location;
  const segments = useMemo(() => stripOf(circle, hash), [circle, hash]);
  const end = onStrip(hash, point) ?? 1;
  const label = t('label', { uid, hash: hex(hash), point: hex(point), node });
  return (
    <figure className="mt-3 space-y-2">
      <figcaption className="text-muted text-xs">{t('title')}</figcaption>
      <svg
        role="img"
        aria-labelledby={title}
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        className="block h-9 w-full overflow-visible rounded-sm forced-color-adjust-none"
      >
        <title id={title}>{label}</title>
        {segments.map(({ id, from, to }) => (
          <rect
            key={from}
            x={from * WIDTH}
            y={0}
            width={(to - from) * WIDTH}
            height={HEIGHT}
            fill={nodePaint(colours.get(id) ?? 0)}
            opacity={from < 0.5 && to >= end - 1e-9 && id === node ? 1 : 0.45}
          />
        ))}
        {segments.length <= LINED_MAX &&
          segments.map(
            ({ to, point: at }) =>
              at !== undefined && (
                <line
                  key={at}
                  x1={to * WIDTH}
                  x2={to * WIDTH}
                  y1={0}
                  y2={HEIGHT}
                  stroke="var(--surface)"
                  strokeWidth={1.5}
                  vectorEffect="non-scaling-stroke"
                />
              ),
          )}
        <g stroke="var(--text)" vectorEffect="non-scaling-stroke">
          <line x1={500} x2={500} y1={-5} y2={HEIGHT + 5} strokeWidth={2.5} vectorEffect="non-scaling-stroke" />
          <line
            x1={500}
            x2={end * WIDTH}
            y1={HEIGHT + 5}
            y2={HEIGHT + 5}
            strokeWidth={2}
            vectorEffect="non-scaling-stroke"
          />
          <line
            x1={end * WIDTH}
            x2={end * WIDTH}
            y1={HEIGHT - 4}
            y2={HEIGHT + 5}
            strokeWidth={2}
            vectorEffect="non-scaling-stroke"
          />
        </g>
      </svg>
      <div aria-hidden="true" className="relative h-5 whitespace-nowrap font-mono text-[0.6875rem] text-muted">
        <span className="absolute left-0 max-sm:hidden">{hex(within(hash - REACH))}</span>
        <span className="absolute right-1/2 pr-1 text-text">{hex(hash)}</span>
        <span
          className="absolute pl-1 text-text"
          style={end > 1 - TEXT_WIDE ? { right: 0 } : { left: `${end * 100}%` }}
        >
          {t('point', { point: hex(point) })}
        </span>
      </div>
    </figure>
  );
}

function within(place: number): number {
  return Math.floor(((place % CIRCLE) + CIRCLE) % CIRCLE);
}
