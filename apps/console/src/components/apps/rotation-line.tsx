'use client';
// A rotation under way as a line: the new secret at one end, the end of the old ones at the other, now in between.
import { useTranslations } from 'next-intl';
import { Time } from '../ui/time.tsx';
import type { Rotation } from './rotation.ts';

const PERCENT = 100;

export function RotationLine({ rotation }: { rotation: Rotation }) {
  const t = useTranslations('apps.rotation');
  const { next, old, startedAt, endsAt, progress } = rotation;
  const names = old.map(({ hint }) => `…${hint}`).join(', ');
  return (
    <section aria-label={t('title')} className="rounded-lg border border-line bg-surface px-4 py-3.5">
      <p className="mb-3 min-w-0 break-words">
        {t.rich(endsAt === null ? 'untilFirstUse' : 'under', {
          hint: next.hint,
          names,
          count: old.length,
          strong: (chunks) => <strong className="font-semibold">{chunks}</strong>,
        })}
      </p>
      <div aria-hidden className="relative mx-1 h-4">
        <div className="absolute inset-x-0 top-1.5 h-1 rounded-full bg-line" />
        {progress === null ? (
          <div className="absolute inset-x-0 top-1.75 border-line-strong border-t-2 border-dashed" />
        ) : (
          <div
            className="absolute top-1.5 left-0 h-1 rounded-full bg-accent"
            style={{ width: `${progress * PERCENT}%` }}
          />
        )}
        <span className="absolute top-0.5 -left-1 size-3 rounded-full bg-accent" />
        {progress !== null && (
          <span
            className="absolute top-0 size-4 -translate-x-1/2 rounded-full border-3 border-accent bg-surface"
            style={{ left: `${progress * PERCENT}%` }}
          />
        )}
        <span className="absolute top-0.5 -right-1 size-3 rounded-full border-2 border-muted bg-surface" />
      </div>
      <div className="mt-1.5 flex flex-wrap justify-between gap-x-4 text-muted text-xs">
        <span>{t.rich('began', { hint: next.hint, time: () => <Time at={startedAt} /> })}</span>
        <span>
          {endsAt === null
            ? t('hourAfter', { names, count: old.length })
            : t.rich('ends', { names, count: old.length, time: () => <Time at={endsAt} show="until" /> })}
        </span>
      </div>
    </section>
  );
}
