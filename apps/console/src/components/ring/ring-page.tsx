'use client';
// Ring & nodes: the ring as a picture and in words, where a uid lives, what a change would move, every node, and what has happened.
import type { RingView } from '@message-push/protocol/admin';
import { Snowflake } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useMemo, useState } from 'react';
import { Badge } from '@/components/ui/badge.tsx';
import { PageHeader } from '@/components/ui/card.tsx';
import { Loaded } from '@/components/ui/loaded.tsx';
import { PageRegion } from '@/components/ui/page-region.tsx';
import { Time } from '@/components/ui/time.tsx';
import { useNodeColours } from '@/lib/node-figures.ts';
import { useNow } from '@/lib/now.ts';
import { STALE_MS, useLocation, useRing, useSimulation } from '@/lib/ring.ts';
import { circleOf } from './circle.ts';
import { Locate } from './locate.tsx';
import { NodePatterns } from './node-look.tsx';
import { NodeTable } from './node-table.tsx';
import { useRingChoices } from './plan.ts';
import { RingCard } from './ring-card.tsx';
import type { Pointed } from './ring-drawing.tsx';
import { RingEmpty } from './ring-empty.tsx';
import { RingHistory } from './ring-history.tsx';
import { RingSkeleton } from './ring-skeleton.tsx';
import { RingWarnings } from './ring-warnings.tsx';
import { WhatIf } from './what-if.tsx';

export function RingPage() {
  const t = useTranslations('ring');
  const query = useRing();
  return (
    <>
      <PageHeader
        title={t('title')}
        description={query.data ? <Summary ring={query.data} /> : t('description')}
        badges={
          query.data?.frozen !== undefined && (
            <Badge tone="warn" icon={Snowflake}>
              {t('frozen')}
            </Badge>
          )
        }
      />
      <PageRegion>
        <Loaded query={query} skeleton={<RingSkeleton />} title={t('failed')} stillWorks={t('stillWorks')}>
          {(ring) => <RingContent ring={ring} readAt={query.dataUpdatedAt} />}
        </Loaded>
      </PageRegion>
    </>
  );
}

function Summary({ ring }: { ring: RingView }) {
  const t = useTranslations('ring');
  const points = Object.values(ring.points).reduce((sum, own) => sum + own.length, 0);
  if (ring.version === 0) return t('noRing');
  return t.rich('summary', {
    nodes: ring.nodes.length,
    points,
    version: ring.version,
    leader: ring.leader ?? '–',
    time: () => <Time at={ring.at} />,
  });
}

function RingContent({ ring, readAt }: { ring: RingView; readAt: number }) {
  const ids = useMemo(() => ring.nodes.map(({ id }) => id), [ring.nodes]);
  const choices = useRingChoices(ids);
  const colours = useNodeColours(useMemo(() => [...ids, ...choices.plan.add.map(({ id }) => id)], [ids, choices.plan]));
  const circle = useMemo(() => circleOf(ring.points), [ring.points]);
  const location = useLocation(ids.length === 0 ? '' : choices.uid, choices.app);
  const simulation = useSimulation(choices.plan, ring.version);
  const [pointed, setPointed] = useState<Pointed>();
  const staleSince = useStale(readAt);
  const simulated = choices.planned ? simulation.data : undefined;
  const points = simulated?.points;
  const after = useMemo(() => points && circleOf(points), [points]);
  if (ring.nodes.length === 0) {
    return (
      <div className="space-y-4">
        <RingWarnings ring={ring} colours={colours} />
        <RingEmpty ring={ring} />
        <RingHistory colours={colours} />
      </div>
    );
  }
  const onPoint = (id: string | undefined) => setPointed(id === undefined ? undefined : { id });
  return (
    <>
      <NodePatterns count={colours.size} />
      <RingWarnings ring={ring} colours={colours} />
      <div className="space-y-4">
        <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,29rem)_minmax(0,1fr)] 2xl:grid-cols-[minmax(0,36rem)_minmax(0,1fr)]">
          <RingCard
            ring={ring}
            circle={circle}
            choices={choices}
            simulation={simulated}
            location={location.data}
            colours={colours}
            pointed={pointed}
            onPoint={setPointed}
            staleSince={staleSince}
          />
          <div className="min-w-0 space-y-4">
            <Locate choices={choices} query={location} colours={colours} after={after} />
            <WhatIf
              ring={ring}
              choices={choices}
              simulation={simulation}
              colours={colours}
              isolated={pointed?.id}
              onPoint={onPoint}
            />
          </div>
        </div>
        <NodeTable ring={ring} colours={colours} />
        <RingHistory colours={colours} />
      </div>
    </>
  );
}

/** When the ring was read, once that is too long ago. */
function useStale(readAt: number): number | undefined {
  const now = useNow();
  return now !== 0 && now - readAt > STALE_MS ? readAt : undefined;
}
