'use client';
// A drain under way: who is left on the node, at what pace, and how to take it back.
import { CircleCheck, Undo2 } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useEffect } from 'react';
import { announceLive } from '@/components/ui/announcer.tsx';
import { Button } from '@/components/ui/button.tsx';
import { Skeleton } from '@/components/ui/skeleton.tsx';
import { ErrorState } from '@/components/ui/states.tsx';
import { toast } from '@/components/ui/toast.tsx';
import { useFailureText } from '@/lib/failure-text.ts';
import { isUnknown, useNode, useUndrain } from '@/lib/nodes.ts';
import { useCan } from '@/lib/session.ts';
import { useFigures } from './figures.ts';
import { drainProgress, type DrainProgress as Progress } from './outlook.ts';

/** `takeBack`: with the button that puts the node back. */
export function DrainProgress({ id, takeBack = true }: { id: string; takeBack?: boolean }) {
  const query = useNode(id, '15m', true);
  const t = useTranslations('ring.drain');
  if (isUnknown(query.error)) return <Done text={t('left')} />;
  if (query.data === undefined) {
    if (query.error === null) return <Skeleton className="h-20" />;
    return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  }
  const { drain } = query.data;
  if (drain === undefined) return <p className="text-muted">{t('waiting')}</p>;
  return (
    <>
      <Bar progress={drainProgress(drain, query.dataUpdatedAt)} />
      {takeBack && (
        <div className="mt-3">
          <TakeBack id={id} />
        </div>
      )}
    </>
  );
}

function Bar({ progress }: { progress: Progress }) {
  const t = useTranslations('ring.drain');
  const figures = useFigures();
  const { left, atStart, done, finished, remainingMs } = progress;
  const text = finished ? t('done') : t('usersLeft', { left, atStart });
  useEffect(() => void announceLive(text, performance.now()), [text]);
  return (
    <div className="space-y-3">
      <div className="flex items-baseline justify-between gap-4">
        <p className="font-semibold text-xl tracking-tight">{finished ? t('noneLeft') : text}</p>
        <p className="text-muted text-xs">
          {figures.share(done)}
          {remainingMs !== undefined && ` · ${t('remaining', { time: figures.duration(remainingMs / 1_000) })}`}
        </p>
      </div>
      <div
        role="progressbar"
        aria-label={t('progress')}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(done * 100)}
        aria-valuetext={text}
        className="h-2 overflow-hidden rounded-full border border-field bg-sunken"
      >
        <div style={{ width: `${done * 100}%` }} className="h-full bg-accent transition-[width] duration-500" />
      </div>
      {finished && <Done text={t('done')} />}
    </div>
  );
}

function Done({ text }: { text: string }) {
  return (
    <p className="flex items-start gap-2 text-ok">
      <CircleCheck aria-hidden size={16} className="mt-0.5 shrink-0" />
      {text}
    </p>
  );
}

/** Puts the node back on the ring; only for those who may. */
export function TakeBack({ id, inRow = false }: { id: string; inRow?: boolean }) {
  const t = useTranslations('ring.drain');
  const can = useCan();
  const text = useFailureText();
  const undrain = useUndrain(id);
  if (!can('drain')) return null;
  return (
    <Button
      size={inRow ? 'small' : 'medium'}
      aria-label={inRow ? t('takeBackNode', { id }) : undefined}
      busy={undrain.isPending}
      icon={inRow ? undefined : <Undo2 aria-hidden size={15} />}
      onClick={() =>
        undrain.mutate(undefined, {
          onSuccess: () => toast.ok(t('takenBack', { id })),
          onError: (error) => toast.bad(text(error).what, text(error).todo),
        })
      }
    >
      {t(inRow ? 'takeBackShort' : 'takeBack')}
    </Button>
  );
}
