'use client';
// What stands for content that is on its way: shown after 200 ms, then for 400 ms at least, so that nothing flickers.
import { useTranslations } from 'next-intl';
import { type ReactNode, useEffect, useState } from 'react';
import { cx } from './class-names.ts';

const AFTER_MS = 200;
const AT_LEAST_MS = 400;

export function Skeleton({ className }: { className?: string }) {
  return <div aria-hidden className={cx('animate-pulse rounded bg-line motion-reduce:animate-none', className)} />;
}

/** Lines of text that are on their way. */
export function SkeletonLines({ lines = 3 }: { lines?: number }) {
  return (
    <div className="space-y-2.5">
      {Array.from({ length: lines }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: lines without content never move
        <Skeleton key={index} className={cx('h-4', index % 3 === 2 ? 'w-2/3' : 'w-full')} />
      ))}
    </div>
  );
}

/** Names a skeleton for those who can't see it. */
export function Loading({ children }: { children: ReactNode }) {
  const t = useTranslations('common');
  return (
    <div role="status" className="shows-late">
      <span className="sr-only">{t('loading')}</span>
      {children}
    </div>
  );
}

/** What to show while `loading`: nothing for a moment, then the skeleton, and that not for an instant only. */
export function useSteady(loading: boolean): 'nothing' | 'skeleton' | 'content' {
  const [shownAt, setShownAt] = useState<number | null>(null);
  useEffect(() => {
    if (loading && shownAt === null) {
      const timer = setTimeout(() => setShownAt(performance.now()), AFTER_MS);
      return () => clearTimeout(timer);
    }
    if (!loading && shownAt !== null) {
      const timer = setTimeout(() => setShownAt(null), Math.max(0, shownAt + AT_LEAST_MS - performance.now()));
      return () => clearTimeout(timer);
    }
  }, [loading, shownAt]);
  if (shownAt !== null) return 'skeleton';
  return loading ? 'nothing' : 'content';
}
