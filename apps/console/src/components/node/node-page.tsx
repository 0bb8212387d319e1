'use client';
// One node: how it is, its figures over time, where it lies on the ring, what it told the registry; draining it and putting it back.
import type { NodeDetail, NodeRow, RingView } from '@message-push/protocol/admin';
import { CircleOff, LogOut, TriangleAlert } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { DrainDialog } from '@/components/ring/drain-dialog.tsx';
import { DrainProgress, TakeBack } from '@/components/ring/drain-progress.tsx';
import { useFigures } from '@/components/ring/figures.ts';
import { NodePatterns } from '@/components/ring/node-look.tsx';
import { NodeStateBadge } from '@/components/ui/badge.tsx';
import { Button, LinkButton } from '@/components/ui/button.tsx';
import { Card, PageHeader } from '@/components/ui/card.tsx';
import { EmptyState } from '@/components/ui/empty-state.tsx';
import { Loaded } from '@/components/ui/loaded.tsx';
import { PageRegion } from '@/components/ui/page-region.tsx';
import { Skeleton } from '@/components/ui/skeleton.tsx';
import { Time } from '@/components/ui/time.tsx';
import { useNodeColours } from '@/lib/node-figures.ts';
import { isUnknown, type SeriesRange, useNode } from '@/lib/nodes.ts';
import { useRing } from '@/lib/ring.ts';
import { useCan } from '@/lib/session.ts';
import { NodeDetails, NodeMetadata } from './node-details.tsx';
import { NodeFigures } from './node-figures.tsx';
import { NodePlace } from './node-place.tsx';

export function NodePage({ id }: { id: string }) {
  const t = useTranslations('ring.node');
  const [range, setRange] = useState<SeriesRange>('1h');
  const query = useNode(id, range);
  const ring = useRing().data;
  const colours = useNodeColours(ring?.nodes.map((node) => node.id) ?? []);
  if (isUnknown(query.error)) return <Unknown id={id} />;
  return (
    <>
      <NodePatterns count={colours.size} />
      <Header id={id} detail={query.data} ring={ring} colours={colours} />
      <PageRegion>
        <Loaded query={query} skeleton={<NodeSkeleton />} title={t('failed')}>
          {(detail) => (
            <div className="space-y-4">
              {detail.node.problem !== undefined && <Silent text={detail.node.problem} />}
              {detail.node.state === 'draining' && <Draining detail={detail} />}
              <NodeFigures series={detail.series} range={range} onRange={setRange} />
              <div className="grid items-start gap-4 lg:grid-cols-2">
                {ring && <NodePlace id={id} ring={ring} colours={colours} />}
                <div className="min-w-0 space-y-4">
                  <NodeDetails node={detail.node} ring={ring} />
                  <NodeMetadata metadata={detail.metadata} />
                </div>
              </div>
            </div>
          )}
        </Loaded>
      </PageRegion>
    </>
  );
}

function Header(props: {
  id: string;
  detail: NodeDetail | undefined;
  ring: RingView | undefined;
  colours: ReadonlyMap<string, number>;
}) {
  const { id, detail, ring, colours } = props;
  const t = useTranslations('ring.node');
  const centre = useTranslations('ring.centre');
  const figures = useFigures();
  /** How many users a silent node has is not known. */
  const describe = ({ share, uids, problem }: NodeRow) =>
    problem === undefined
      ? t('description', { share: figures.share(share), users: uids })
      : centre('share', { share: figures.share(share) });
  return (
    <PageHeader
      title={<span className="break-all font-mono text-lg">{id}</span>}
      badges={detail && <NodeStateBadge state={detail.node.state} />}
      description={detail && describe(detail.node)}
      actions={detail && ring && <Orders node={detail.node} ring={ring} colours={colours} />}
    />
  );
}

function Orders(props: { node: NodeRow; ring: RingView; colours: ReadonlyMap<string, number> }) {
  const { node, ring, colours } = props;
  const t = useTranslations('ring.node');
  const can = useCan();
  const [open, setOpen] = useState(false);
  if (!can('drain')) return null;
  const lone = ring.nodes.every(({ id, state }) => id === node.id || state === 'draining');
  return (
    <>
      {node.state === 'draining' ? (
        <TakeBack id={node.id} />
      ) : (
        <Button
          icon={<LogOut aria-hidden size={15} />}
          disabled={lone}
          title={lone ? t('loneNode') : undefined}
          onClick={() => setOpen(true)}
        >
          {t('drain')}
        </Button>
      )}
      {open && <DrainDialog node={node} ring={ring} colours={colours} open onOpenChange={setOpen} />}
    </>
  );
}

function Draining({ detail }: { detail: NodeDetail }) {
  const t = useTranslations('ring.node');
  const { node, drain } = detail;
  return (
    <Card
      title={t('draining')}
      note={drain && t.rich('drainingSince', { time: () => <Time at={drain.since} plain /> })}
    >
      <DrainProgress id={node.id} takeBack={false} />
    </Card>
  );
}

function Silent({ text }: { text: string }) {
  const t = useTranslations('ring.node');
  return (
    <p className="flex items-start gap-2.5 rounded-lg border border-warn/40 bg-warn-tint px-4 py-2.5">
      <TriangleAlert aria-hidden size={16} className="mt-0.5 shrink-0 text-warn" />
      <span className="min-w-0 break-words">
        <span className="font-medium">{t('problem')}</span>{' '}
        <span lang="en" className="text-muted">
          {text}
        </span>
      </span>
    </p>
  );
}

function Unknown({ id }: { id: string }) {
  const t = useTranslations('ring.node');
  return (
    <Card>
      <EmptyState
        icon={<CircleOff aria-hidden size={40} strokeWidth={1.25} />}
        title={<h1 className="text-lg">{t('unknown')}</h1>}
        actions={<LinkButton href="/ring">{t('toRing')}</LinkButton>}
      >
        {t.rich('unknownText', {
          id,
          code: (chunks) => <code className="break-all font-mono text-text">{chunks}</code>,
        })}
      </EmptyState>
    </Card>
  );
}

function NodeSkeleton() {
  return (
    <div className="space-y-4">
      <Skeleton className="h-80" />
      <div className="grid gap-4 lg:grid-cols-2">
        <Skeleton className="h-96" />
        <Skeleton className="h-72" />
      </div>
    </div>
  );
}
