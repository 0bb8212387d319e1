'use client';
// Where a node lies on the ring: its own arcs stand out, and its share beside what its weight gives it.
import type { RingView } from '@message-push/protocol/admin';
import { useRouter } from 'next/navigation';
import { useTranslations } from 'next-intl';
import { useMemo, useState } from 'react';
import { circleOf, sharesOf } from '@/components/ring/circle.ts';
import { useFigures } from '@/components/ring/figures.ts';
import { nodePath } from '@/components/ring/node-name.tsx';
import { skewOf } from '@/components/ring/outlook.ts';
import { RingCentre } from '@/components/ring/ring-centre.tsx';
import { type Pointed, RingDrawing } from '@/components/ring/ring-drawing.tsx';
import { Card } from '@/components/ui/card.tsx';

export function NodePlace(props: { id: string; ring: RingView; colours: ReadonlyMap<string, number> }) {
  const { id, ring, colours } = props;
  const t = useTranslations('ring.node');
  const figures = useFigures();
  const router = useRouter();
  const [pointed, setPointed] = useState<Pointed>();
  const circle = useMemo(() => circleOf(ring.points), [ring.points]);
  const shares = useMemo(() => sharesOf(circle), [circle]);
  const node = ring.nodes.find((one) => one.id === id);
  const points = ring.points[id]?.length ?? 0;
  const share = shares.get(id) ?? 0;
  const skew = node && skewOf(node, ring.nodes);
  if (points === 0) {
    return (
      <Card title={t('place')}>
        <p className="text-muted">{t('noPoints')}</p>
      </Card>
    );
  }
  return (
    <Card
      title={t('place')}
      note={skew !== undefined && t('ideal', { ideal: figures.share(share / (1 + skew)), skew: figures.change(skew) })}
    >
      <div className="mx-auto max-w-96">
        <RingDrawing
          circle={circle}
          shares={[...shares].map(([one, part]) => ({ id: one, share: part }))}
          colours={colours}
          label={t('placeLabel', { id, points, share: figures.share(share) })}
          isolated={pointed?.id ?? id}
          formatShare={figures.share}
          onPoint={setPointed}
          onPick={(picked) => router.push(nodePath(picked))}
        >
          <RingCentre pointed={pointed ?? { id }} location={undefined} nodes={ring.nodes} shares={shares} />
        </RingDrawing>
      </div>
    </Card>
  );
}
