'use client';
// Write a message, see it as it will be, look once more, send it, and watch it arrive.
import { Info } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { parseAsString, useQueryState } from 'nuqs';
import { useEffect, useRef, useState } from 'react';
import { Button } from '@/components/ui/button.tsx';
import { Card, PageHeader } from '@/components/ui/card.tsx';
import { EmptyState } from '@/components/ui/empty-state.tsx';
import { MessageId } from '@/components/ui/ids.tsx';
import { Loading, Skeleton, useSteady } from '@/components/ui/skeleton.tsx';
import { useSend } from '@/lib/messages.ts';
import { newKey } from '@/lib/new-key.ts';
import { bodyOf, type Draft, isBlank } from '@/lib/push-draft.ts';
import { useCan, useSession } from '@/lib/session.ts';
import { SendForm } from './form.tsx';
import { Preview } from './preview.tsx';
import { ReviewDialog } from './review-dialog.tsx';
import { type Sent, Tracker } from './tracker.tsx';
import { usePushDraft } from './use-push-draft.ts';

export function SendPage() {
  const t = useTranslations('send');
  const can = useCan();
  const session = useSession();
  const allowed = session.data === undefined || can('send', session.data.apps?.[0]);
  const waiting = session.data === undefined && session.error === null;
  const show = useSteady(waiting);
  return (
    <>
      <PageHeader title={t('heading')} description={t('about')} />
      {!allowed ? (
        <Card>
          <EmptyState title={t('notAllowed')}>{t('notAllowedWhy')}</EmptyState>
        </Card>
      ) : show === 'skeleton' ? (
        <Loading>
          <div className="grid grid-cols-1 gap-4 lg:grid-cols-2">
            <Skeleton className="h-112" />
            <Skeleton className="h-96" />
          </div>
        </Loading>
      ) : (
        // A form that a skeleton takes the place of would lose what was typed into it.
        !waiting && <Desk />
      )}
    </>
  );
}

function Desk() {
  const { draft, setDraft, clear, replaced, restore } = usePushDraft();
  const [sentId, setSentId] = useQueryState('sent', parseAsString);
  const [sent, setSent] = useState<Sent>();
  const [reviewing, setReviewing] = useState(false);
  const send = useSend();
  const keyFor = useKeyOf();
  useGuard(send.isPending, draft);

  function change(part: Partial<Draft>) {
    send.reset();
    setDraft((before) => ({ ...before, ...part }));
  }

  function submit() {
    const { app, uids } = draft;
    const body = bodyOf(draft);
    const pressedAt = performance.now();
    send.mutate(
      { app, body, key: keyFor({ app, body }) },
      {
        onSuccess: ({ message_id: id }) => {
          setReviewing(false);
          setSent({ id, app, uids, pressedAt });
          void setSentId(id);
          clear();
        },
        // What is wrong with a field is shown there, not in the dialog.
        onError: (error) =>
          'details' in error && Array.isArray(error.details) && error.details.length > 0 && setReviewing(false),
      },
    );
  }

  if (sentId !== null) {
    return (
      <Tracker
        key={sentId}
        id={sentId}
        sent={sent?.id === sentId ? sent : undefined}
        onAnother={() => {
          setSent(undefined);
          void setSentId(null);
        }}
      />
    );
  }
  return (
    <div className="space-y-4">
      {replaced !== undefined && <Replaced id={replaced} onRestore={restore} />}
      <div className="grid grid-cols-1 items-start gap-4 lg:grid-cols-[minmax(0,1fr)_minmax(0,26rem)] xl:grid-cols-[minmax(0,1fr)_minmax(0,32rem)]">
        <SendForm
          draft={draft}
          onChange={change}
          onReview={() => {
            send.reset();
            setReviewing(true);
          }}
          onClear={clear}
          failure={reviewing ? null : send.error}
        />
        <div className="lg:sticky lg:top-[calc(var(--bar)+1rem)]">
          <Preview draft={draft} />
        </div>
      </div>
      <ReviewDialog
        open={reviewing}
        onOpenChange={setReviewing}
        draft={draft}
        busy={send.isPending}
        failure={send.error}
        onSend={submit}
      />
    </div>
  );
}

function Replaced({ id, onRestore }: { id: string; onRestore(): void }) {
  const t = useTranslations('send');
  return (
    <div
      role="status"
      className="flex flex-wrap items-center gap-2 rounded-lg border border-line bg-accent-tint px-4 py-2"
    >
      <Info aria-hidden size={15} className="shrink-0 text-accent" />
      <span className="min-w-0 flex-1">{t.rich('filledFrom', { id: () => <MessageId id={id} /> })}</span>
      <Button size="small" onClick={onRestore}>
        {t('restoreDraft')}
      </Button>
    </div>
  );
}

/** The same key as long as the same thing is tried: however often it is pressed, it is sent once. */
function useKeyOf(): (what: unknown) => string {
  const kept = useRef<{ what: string; key: string }>(undefined);
  return (what) => {
    const text = JSON.stringify(what);
    if (kept.current?.what !== text) kept.current = { what: text, key: newKey() };
    return kept.current.key;
  };
}

/** While sending, or just after a change that is not kept yet, the browser asks before it leaves. */
function useGuard(sending: boolean, draft: Draft): void {
  const changedAt = useRef(0);
  const blank = isBlank(draft);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the draft is what changed
  useEffect(() => {
    changedAt.current = performance.now();
  }, [draft]);
  useEffect(() => {
    const ask = (event: BeforeUnloadEvent) => {
      const unkept = !blank && performance.now() - changedAt.current < KEPT_AFTER_MS;
      if (sending || unkept) event.preventDefault();
    };
    window.addEventListener('beforeunload', ask);
    return () => window.removeEventListener('beforeunload', ask);
  }, [sending, blank]);
}

/** A little more than drafts take to be kept. */
const KEPT_AFTER_MS = 500;
