'use client';
// The ring as a picture: every point on the outer band, each node's share on the inner one, a needle at the place of a uid. One element per
// node and band. The table beside it says the same in words.
import { memo, type PointerEvent, type ReactNode, useId, useMemo } from 'react';
import { type Arc, arcsOf, type Circle, ownerAt } from './circle.ts';
import { dashes, degreesOf, middleOf, placeAt, TURN, type Wedge, wedgeAt, wedgeDashes, wedges } from './drawing.ts';
import { nodeColour, nodePaint } from './node-look.tsx';

/** Radii and widths in the units of the drawing, whose middle is 0, 0. */
const HALF = 250;
const BAND = { radius: 210, width: 32 };
const MOVED = { radius: 233, width: 8 };
const DONUT = { radius: 148, width: 60 };
const NEEDLE = { from: 184, to: 228, head: 236 };
/** Texts of the dial, and how near to one the needle takes its place, degrees. */
const DIAL = { radius: 244, hiddenWithin: 6 };
/** Between wedges, in parts of TURN. */
const GAP = 220;
const GAP_PART_MAX = 0.12;
/** A wedge narrower than this has no room for its share. */
const LABELLED = 0.045;

/** What the pointer is at: a node, and on the outer band the place under it. */
export interface Pointed {
  id: string;
  place?: number;
}

interface RingDrawingProps {
  circle: Circle;
  shares: readonly { id: string; share: number }[];
  colours: ReadonlyMap<string, number>;
  /** Says the same as the picture, in one sentence. */
  label: string;
  /** Its arcs stand out. */
  isolated?: string | undefined;
  /** Nodes that take no part any more: pale. */
  pale?: ReadonlySet<string> | undefined;
  /** The node whose wedge is outlined: the owner of the needle. */
  owner?: string | undefined;
  needle?: number | undefined;
  /** Arcs that get a new owner, by that owner. */
  moved?: ReadonlyMap<string, readonly Arc[]> | undefined;
  formatShare(share: number): string;
  onPoint?: (at: Pointed | undefined) => void;
  onPick?: (id: string) => void;
  /** In the middle. */
  children?: ReactNode;
}

export function RingDrawing(props: RingDrawingProps) {
  const { circle, shares, colours, label, isolated, pale, owner, needle, moved, formatShare, children } = props;
  const title = useId();
  const arcs = useMemo(() => arcsOf(circle), [circle]);
  const all = useMemo(() => wedges(shares), [shares]);
  const look = (id: string) => ({
    paint: nodePaint(colours.get(id) ?? 0),
    colour: nodeColour(colours.get(id) ?? 0),
    faded: isolated !== undefined && isolated !== id,
    pale: pale?.has(id) ?? false,
  });
  const pointed = (event: PointerEvent<SVGSVGElement>) => pointedAt(event, circle, all);
  return (
    <div className="relative mx-auto aspect-square w-full max-w-132 select-none">
      <svg
        role="img"
        aria-labelledby={title}
        viewBox={`${-HALF} ${-HALF} ${HALF * 2} ${HALF * 2}`}
        className="block size-full overflow-visible forced-color-adjust-none"
        onPointerMove={(event) => props.onPoint?.(pointed(event))}
        onPointerLeave={() => props.onPoint?.(undefined)}
        onPointerUp={(event) => {
          const at = pointed(event);
          if (at !== undefined) props.onPick?.(at.id);
        }}
      >
        <title id={title}>{label}</title>
        <Dial needle={needle} />
        <g transform="rotate(-90)">
          <Track {...BAND} />
          <Track {...DONUT} />
          {[...arcs].map(([id, own]) => (
            <Band key={id} arcs={own} {...BAND} {...look(id)} />
          ))}
          {moved && [...moved].map(([id, own]) => <Band key={id} arcs={own} {...MOVED} {...look(id)} pale={false} />)}
          {all.map((wedge) => (
            <WedgeStroke key={wedge.id} wedge={wedge} {...look(wedge.id)} owner={wedge.id === owner} />
          ))}
        </g>
        {all.map((wedge) => (
          <WedgeShare key={wedge.id} wedge={wedge} {...look(wedge.id)} text={formatShare(wedge.to - wedge.from)} />
        ))}
        {needle !== undefined && <Needle place={needle} colour={owner && nodeColour(colours.get(owner) ?? 0)} />}
      </svg>
      <div className="pointer-events-none absolute inset-[27%] flex flex-col items-center justify-center text-center">
        {children}
      </div>
    </div>
  );
}

interface Look {
  paint: string;
  /** Without its pattern. */
  colour: string;
  faded: boolean;
  pale: boolean;
}

const opacityOf = ({ faded, pale }: Pick<Look, 'faded' | 'pale'>) => (faded ? 0.12 : pale ? 0.3 : 1);

/** All arcs of one node, as one dashed circle. */
const Band = memo(function Band(props: Look & { arcs: readonly Arc[]; radius: number; width: number }) {
  const { arcs, radius, width, paint } = props;
  const dash = useMemo(() => dashes(arcs), [arcs]);
  return (
    <circle
      r={radius}
      fill="none"
      stroke={paint}
      strokeWidth={width}
      pathLength={TURN}
      strokeDasharray={dash}
      className="transition-opacity duration-150"
      opacity={opacityOf(props)}
    />
  );
});

function WedgeStroke(props: Look & { wedge: Wedge; owner: boolean }) {
  const { wedge, paint, owner } = props;
  const gap = Math.min(GAP, (wedge.to - wedge.from) * TURN * GAP_PART_MAX);
  const dash = wedgeDashes(wedge, gap);
  return (
    <g className="transition-opacity duration-150" opacity={opacityOf(props)}>
      {owner && (
        <circle
          r={DONUT.radius}
          fill="none"
          stroke="var(--text)"
          strokeWidth={DONUT.width + 7}
          pathLength={TURN}
          strokeDasharray={dash}
          className="transition-[stroke-dasharray] duration-300"
        />
      )}
      <circle
        r={DONUT.radius}
        fill="none"
        stroke={paint}
        strokeWidth={DONUT.width}
        pathLength={TURN}
        strokeDasharray={owner ? wedgeDashes(wedge, gap * 2.4) : dash}
        className="transition-[stroke-dasharray] duration-300"
      />
    </g>
  );
}

function WedgeShare(props: Look & { wedge: Wedge; text: string }) {
  const { wedge, text, pale, colour } = props;
  if (props.faded || wedge.to - wedge.from < LABELLED) return null;
  const { x, y } = middleOf(wedge, DONUT.radius);
  return (
    <text
      x={x}
      y={y}
      textAnchor="middle"
      dominantBaseline="central"
      fill={pale ? 'var(--text)' : 'var(--on-accent)'}
      stroke={pale ? 'none' : `light-dark(color-mix(in oklab, ${colour} 82%, black), ${colour})`}
      strokeWidth={3}
      strokeLinejoin="round"
      paintOrder="stroke"
      className="font-semibold text-[15px]"
    >
      {text}
    </text>
  );
}

/** What is there before any node is. */
function Track({ radius, width }: { radius: number; width: number }) {
  return <circle r={radius} fill="none" stroke="var(--sunken)" strokeWidth={width} />;
}

/** Quarters of the circle of hashes, by their first byte. */
const QUARTERS = ['0x00', '0x40', '0x80', '0xc0'];

function Dial({ needle }: { needle: number | undefined }) {
  const at = needle === undefined ? undefined : degreesOf(needle);
  return (
    <g fill="var(--faint)" className="font-mono text-[10px]">
      {QUARTERS.map((text, i) => {
        const degrees = i * 90;
        const away = at === undefined ? 180 : Math.abs(((at - degrees + 540) % 360) - 180);
        return (
          <g key={text} transform={`rotate(${degrees})`}>
            <line y1={-180} y2={-192} stroke="var(--line-strong)" />
            {away > DIAL.hiddenWithin && (
              // The lower one stands upright.
              <text
                transform={`translate(0 ${-DIAL.radius}) rotate(${degrees === 180 ? 180 : 0})`}
                textAnchor="middle"
                dominantBaseline="central"
              >
                {text}
              </text>
            )}
          </g>
        );
      })}
    </g>
  );
}

function Needle({ place, colour }: { place: number; colour: string | undefined }) {
  return (
    <g
      style={{ transform: `rotate(${degreesOf(place)}deg)` }}
      className="transition-transform duration-500 ease-out motion-reduce:transition-none"
    >
      <line y1={-NEEDLE.from} y2={-NEEDLE.to} stroke="var(--surface)" strokeWidth={6} strokeLinecap="round" />
      <line y1={-NEEDLE.from} y2={-NEEDLE.to} stroke="var(--text)" strokeWidth={2.25} strokeLinecap="round" />
      <circle cy={-NEEDLE.head} r={8} fill="var(--text)" stroke="var(--surface)" strokeWidth={2} />
      <circle cy={-NEEDLE.head} r={4} fill={colour ?? 'var(--surface)'} />
    </g>
  );
}

function pointedAt(event: PointerEvent<SVGSVGElement>, circle: Circle, all: readonly Wedge[]): Pointed | undefined {
  const box = event.currentTarget.getBoundingClientRect();
  const scale = (HALF * 2) / box.width;
  const x = (event.clientX - box.left) * scale - HALF;
  const y = (event.clientY - box.top) * scale - HALF;
  const radius = Math.hypot(x, y);
  const place = placeAt(x, y);
  if (Math.abs(radius - BAND.radius) <= BAND.width / 2) {
    const owner = ownerAt(circle, place);
    return owner && { id: owner.id, place };
  }
  if (Math.abs(radius - DONUT.radius) > DONUT.width / 2) return undefined;
  const wedge = wedgeAt(all, place);
  return wedge && { id: wedge.id };
}
