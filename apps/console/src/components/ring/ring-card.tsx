'use client';
// The picture of the ring in its card: as it is, or as it would be, which then is said and seen.
import type { Location, RingView, SimulationView } from '@message-push/protocol/admin';
import { FlaskConical } from 'lucide-react';
import { useRouter } from 'next/navigation';
import { useTranslations } from 'next-intl';
import { useMemo } from 'react';
import { cx } from '@/components/ui/class-names.ts';
import { Segmented } from '@/components/ui/segmented.tsx';
import { Time } from '@/components/ui/time.tsx';
import { type Circle, circleOf, movedArcs, ownerAt, sharesOf } from './circle.ts';
import { useFigures } from './figures.ts';
import { nodePath } from './node-name.tsx';
import type { RingChoices } from './plan.ts';
import { RingCentre } from './ring-centre.tsx';
import { type Pointed, RingDrawing } from './ring-drawing.tsx';
import { RingStrip } from './ring-strip.tsx';

export function RingCard(props: {
  ring: RingView;
  circle: Circle;
  choices: RingChoices;
  simulation: SimulationView | undefined;
  location: Location | undefined;
  colours: ReadonlyMap<string, number>;
  pointed: Pointed | undefined;
  onPoint(at: Pointed | undefined): void;
  /** Since when nothing newer is known, epoch milliseconds. */
  staleSince: number | undefined;
}) {
  const { ring, circle, choices, simulation, location, colours, pointed, onPoint, staleSince } = props;
  const t = useTranslations('ring.card');
  const router = useRouter();
  const figures = useFigures();
  const shown = useShown(circle, simulation, choices.view);
  const owner = location && ownerAt(shown.circle, location.hash)?.id;
  const label = useLabel(shown.shares, ring, owner, location);
  return (
    <section
      aria-label={t('title')}
      className={cx(
        'relative min-w-0 rounded-lg border bg-surface p-3 sm:p-4 lg:sticky lg:top-[calc(var(--bar)+1rem)]',
        simulation ? 'border-note border-dashed outline-1 outline-note outline-dashed' : 'border-line',
      )}
    >
      <div className="flex min-h-8 flex-wrap items-center justify-between gap-2">
        {simulation ? (
          <>
            <p className="inline-flex items-center gap-1.5 font-medium text-note text-xs">
              <FlaskConical aria-hidden size={14} />
              {t('simulated')}
            </p>
            <Segmented
              label={t('view')}
              value={choices.view}
              onChange={choices.show}
              options={[
                { value: 'now', label: t('now') },
                { value: 'after', label: t('after') },
              ]}
            />
          </>
        ) : (
          <p className="text-muted text-xs">{t('legend', { points: circle.points.length })}</p>
        )}
        {staleSince !== undefined && (
          <p className="rounded-full bg-warn-tint px-2.5 py-0.5 font-medium text-warn text-xs">
            {t.rich('stale', { time: () => <Time at={staleSince} plain /> })}
          </p>
        )}
      </div>
      <div className={cx('transition-[filter,opacity]', staleSince !== undefined && 'opacity-55 grayscale')}>
        <RingDrawing
          circle={shown.circle}
          shares={shown.shares}
          colours={colours}
          label={label}
          isolated={pointed?.id}
          pale={choices.view === 'now' ? shown.leaving : undefined}
          owner={owner}
          needle={location?.hash}
          moved={shown.moved}
          formatShare={figures.share}
          onPoint={onPoint}
          onPick={(id) => colours.has(id) && router.push(nodePath(id))}
        >
          <RingCentre
            pointed={pointed}
            location={owner === undefined ? undefined : location && { ...location, node: owner }}
            nodes={ring.nodes}
            shares={shown.byId}
          />
        </RingDrawing>
      </div>
      {simulation && <p className="text-muted text-xs">{t('moved')}</p>}
      {location && <RingStrip circle={circle} location={location} colours={colours} />}
    </section>
  );
}

interface Shown {
  circle: Circle;
  shares: { id: string; share: number }[];
  byId: ReadonlyMap<string, number>;
  moved: ReturnType<typeof movedArcs> | undefined;
  leaving: ReadonlySet<string>;
}

function useShown(circle: Circle, simulation: SimulationView | undefined, view: 'after' | 'now'): Shown {
  const points = simulation?.points;
  const after = useMemo(() => points && circleOf(points), [points]);
  const moved = useMemo(() => after && movedArcs(circle, after), [circle, after]);
  return useMemo(() => {
    const drawn = after !== undefined && view === 'after' ? after : circle;
    const byId = sharesOf(drawn);
    const leaving = after === undefined ? [] : circle.ids.filter((id) => !after.ids.includes(id));
    const shares = [...byId].map(([id, share]) => ({ id, share }));
    return { circle: drawn, shares, byId, moved, leaving: new Set(leaving) };
  }, [circle, after, moved, view]);
}

/** The picture in one sentence: how many nodes, the largest and the smallest share, and where the uid is. */
function useLabel(
  shares: readonly { id: string; share: number }[],
  ring: RingView,
  owner: string | undefined,
  location: Location | undefined,
): string {
  const t = useTranslations('ring.card');
  const figures = useFigures();
  const ordered = shares.filter(({ share }) => share > 0).toSorted((a, b) => b.share - a.share);
  const [most, least] = [ordered[0], ordered.at(-1)];
  if (most === undefined || least === undefined) return t('labelEmpty');
  const values = {
    most: most.id,
    mostShare: figures.share(most.share),
    least: least.id,
    leastShare: figures.share(least.share),
  };
  const whole = t('label', { nodes: ordered.length, version: ring.version, ...values });
  return owner === undefined || location === undefined
    ? whole
    : `${whole} ${t('labelUid', { uid: location.uid, node: owner })}`;
}
