'use client';
// The way of one message to one receiver, live: lanes, the same as JSON, and every state on the way there.
import { useTranslations } from 'next-intl';
import { useEffect } from 'react';
import { announceLive } from '@/components/ui/announcer.tsx';
import { Card } from '@/components/ui/card.tsx';
import { CodeBlock } from '@/components/ui/code-block.tsx';
import { Segmented } from '@/components/ui/segmented.tsx';
import { Loading, Skeleton, useSteady } from '@/components/ui/skeleton.tsx';
import { ErrorState } from '@/components/ui/states.tsx';
import { ApiFailure } from '@/lib/api.ts';
import { useTrace } from '@/lib/messages.ts';
import type { Scale } from '@/lib/trace-view.ts';
import { Lanes } from './lanes.tsx';

export type WayView = 'lanes' | 'json';

export function Way({
  id,
  uid,
  everyMs,
  view,
  scale,
  onView,
  onScale,
}: {
  id: string;
  uid: string | undefined;
  everyMs: number | false;
  view: WayView;
  scale: Scale;
  onView(view: WayView): void;
  onScale(scale: Scale): void;
}) {
  const t = useTranslations('trace');
  return (
    <Card
      title={t.rich('wayTo', {
        uid: uid ?? '…',
        code: (chunks) => <span className="wrap-anywhere font-mono">{chunks}</span>,
      })}
      flush
      actions={
        <>
          {view === 'lanes' && (
            <Segmented
              label={t('scale.label')}
              value={scale}
              onChange={onScale}
              options={[
                { value: 'linear', label: t('scale.linear') },
                { value: 'log', label: t('scale.log') },
              ]}
            />
          )}
          <Segmented
            label={t('view.label')}
            value={view}
            onChange={onView}
            options={[
              { value: 'lanes', label: t('view.lanes') },
              { value: 'json', label: t('view.json') },
            ]}
          />
        </>
      }
    >
      <WayBody id={id} uid={uid} everyMs={everyMs} view={view} scale={scale} />
    </Card>
  );
}

/** Without its card; for the drawer. */
export function WayBody({
  id,
  uid,
  everyMs,
  view,
  scale,
}: {
  id: string;
  uid: string | undefined;
  everyMs: number | false;
  view: WayView;
  scale: Scale;
}) {
  const t = useTranslations('trace');
  const s = useTranslations('status');
  const trace = useTrace(id, uid, everyMs);
  const notYet = trace.error instanceof ApiFailure && trace.error.status === 404 && everyMs !== false;
  const show = useSteady(trace.data === undefined && (trace.error === null || notYet));
  const status = trace.data?.delivery.status;

  useEffect(() => {
    if (status !== undefined && uid !== undefined) announceLive(t('announce', { uid, status: s(status) }), Date.now());
  }, [status, uid, t, s]);

  if (trace.data === undefined) {
    if (trace.error !== null && !notYet) {
      return (
        <ErrorState
          error={trace.error}
          title={t('noTrace')}
          onRetry={() => void trace.refetch()}
          retrying={trace.isFetching}
        />
      );
    }
    return show === 'skeleton' ? <LanesSkeleton /> : <div className="h-72" />;
  }
  if (view === 'json') {
    return (
      <div className="p-4">
        <CodeBlock code={JSON.stringify(trace.data, null, 2)} what="JSON" language="json" />
      </div>
    );
  }
  return <Lanes trace={trace.data} scale={scale} />;
}

export function LanesSkeleton() {
  return (
    <Loading>
      <div className="h-72 space-y-4 p-4">
        {Array.from({ length: 6 }, (_, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: lines without content never move
          <div key={index} className="flex items-center gap-4">
            <Skeleton className="h-4 w-24" />
            <Skeleton className="h-4 flex-1" />
            <Skeleton className="h-4 w-12" />
          </div>
        ))}
      </div>
    </Loading>
  );
}
