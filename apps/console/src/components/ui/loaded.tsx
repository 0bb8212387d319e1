'use client';
// The states of a region that shows the answer of one query: on its way, there, failed, and there but old.
import type { UseQueryResult } from '@tanstack/react-query';
import { RotateCw, TriangleAlert } from 'lucide-react';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { useFailureText } from '@/lib/failure-text.ts';
import { Button } from './button.tsx';
import { Loading, useSteady } from './skeleton.tsx';
import { ErrorState, type ErrorStateProps, RegionBoundary } from './states.tsx';
import { Time } from './time.tsx';

export function Loaded<T>({
  query,
  skeleton,
  title,
  stillWorks,
  children,
}: Pick<ErrorStateProps, 'title' | 'stillWorks'> & {
  query: UseQueryResult<T, Error>;
  /** In the shape of the content. */
  skeleton: ReactNode;
  children(data: T): ReactNode;
}) {
  const show = useSteady(query.isPending);
  if (query.data === undefined && query.error !== null) {
    const retry = () => void query.refetch();
    return (
      <ErrorState
        error={query.error}
        onRetry={retry}
        retrying={query.isFetching}
        title={title}
        stillWorks={stillWorks}
      />
    );
  }
  if (show === 'skeleton' || query.data === undefined) {
    return show === 'skeleton' ? <Loading>{skeleton}</Loading> : <div className="invisible">{skeleton}</div>;
  }
  return (
    <RegionBoundary>
      {query.error !== null && <Stale query={query} error={query.error} />}
      {children(query.data)}
    </RegionBoundary>
  );
}

function Stale({ query, error }: { query: UseQueryResult<unknown, Error>; error: Error }) {
  const t = useTranslations('common');
  const text = useFailureText();
  return (
    <div role="status" className="flex flex-wrap items-center gap-2 bg-warn-tint px-4 py-1.5 text-warn text-xs">
      <TriangleAlert aria-hidden size={14} className="shrink-0" />
      <span className="min-w-0 flex-1">
        {text(error).what} {t.rich('shownIsFrom', { time: () => <Time at={query.dataUpdatedAt} plain /> })}
      </span>
      <Button
        size="small"
        icon={<RotateCw aria-hidden size={13} />}
        busy={query.isFetching}
        onClick={() => void query.refetch()}
      >
        {t('retry')}
      </Button>
    </div>
  );
}
