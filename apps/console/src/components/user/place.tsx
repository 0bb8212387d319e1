'use client';
// Where a person lives: the node by the ring, why, and whether the sessions are there.
import type { UserView } from '@message-push/protocol/admin';
import { ArrowRight, CircleCheck, TriangleAlert } from 'lucide-react';
import Link from 'next/link';
import { useTranslations } from 'next-intl';
import { useMemo } from 'react';
import { circleOf, hex } from '@/components/ring/circle.ts';
import { NodePatterns } from '@/components/ring/node-look.tsx';
import { NodeName } from '@/components/ring/node-name.tsx';
import { RingStrip } from '@/components/ring/ring-strip.tsx';
import { Card } from '@/components/ui/card.tsx';
import { useNodeColours } from '@/lib/node-figures.ts';
import { useRing } from '@/lib/ring.ts';

export function Place({ user }: { user: UserView }) {
  const t = useTranslations('users.place');
  const ring = useRing().data;
  const colours = useNodeColours(ring?.nodes.map(({ id }) => id) ?? []);
  const points = ring?.points;
  const circle = useMemo(() => points && circleOf(points), [points]);
  const { uid, app, ring: place } = user;
  const find = `/ring?uid=${encodeURIComponent(uid)}&app=${encodeURIComponent(app)}`;
  return (
    <Card
      title={t('title')}
      actions={
        <Link href={find} className="inline-flex items-center gap-1 text-accent underline-offset-2 hover:underline">
          {t('onRing')}
          <ArrowRight aria-hidden size={14} />
        </Link>
      }
    >
      {place === undefined ? (
        <p className="text-muted">{t('empty')}</p>
      ) : (
        <div className="space-y-2">
          <NodePatterns count={colours.size} />
          <p className="text-base">
            <NodeName id={place.node} colour={colours.get(place.node)} className="font-semibold" />
          </p>
          <p className="text-muted text-xs">
            {t.rich('because', {
              hash: hex(place.hash),
              point: hex(place.point),
              version: place.version,
              code: (chunks) => <code className="whitespace-nowrap font-mono text-text">{chunks}</code>,
            })}
          </p>
          <Where user={user} node={place.node} />
          {circle && circle.points.length > 0 && (
            <RingStrip circle={circle} location={{ uid, ring_version: place.version, ...place }} colours={colours} />
          )}
        </div>
      )}
    </Card>
  );
}

function Where({ user, node }: { user: UserView; node: string }) {
  const t = useTranslations('users.place');
  const elsewhere = user.sessions.filter((session) => session.node !== node).length;
  if (user.sessions.length === 0) return <p>{t('offline')}</p>;
  return elsewhere === 0 ? (
    <p className="flex items-start gap-2">
      <CircleCheck aria-hidden size={15} className="mt-0.5 shrink-0 text-ok" />
      {t('here', { count: user.sessions.length })}
    </p>
  ) : (
    <p className="flex items-start gap-2">
      <TriangleAlert aria-hidden size={15} className="mt-0.5 shrink-0 text-warn" />
      {t('elsewhere', { count: elsewhere })}
    </p>
  );
}
