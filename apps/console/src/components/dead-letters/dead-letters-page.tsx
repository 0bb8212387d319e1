'use client';
// What could not be processed, why, and the decision about each: send it again or put it aside.
import type { DeadLetterView } from '@message-push/protocol/admin';
import { MailCheck, MailX } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { parseAsString, parseAsStringLiteral, useQueryStates } from 'nuqs';
import { type ReactNode, useState } from 'react';
import { type Decision, useDeadLetters } from '@/lib/dead-letters.ts';
import { useCan } from '@/lib/session.ts';
import { Button } from '../ui/button.tsx';
import { Card, PageHeader } from '../ui/card.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { Segmented } from '../ui/segmented.tsx';
import { Loading, Skeleton, useSteady } from '../ui/skeleton.tsx';
import { ErrorState } from '../ui/states.tsx';
import { DecideDialog, type Wanted } from './decide-dialog.tsx';
import { LetterDrawer } from './letter-drawer.tsx';
import { LettersTable } from './letters-table.tsx';

const SHOWN = ['no', 'all'] as const;
const NOBODY: ReadonlySet<string> = new Set();

export function DeadLettersPage() {
  const t = useTranslations('deadLetters');
  const [place, setPlace] = useQueryStates({
    decided: parseAsStringLiteral(SHOWN).withDefault('no'),
    letter: parseAsString,
  });
  const query = useDeadLetters(place.decided);
  const may = useCan()('deadLetters');
  const [chosen, setChosen] = useState(NOBODY);
  const [wanted, setWanted] = useState<Wanted>();
  const letters = query.data?.pages.flatMap(({ rows }) => rows) ?? [];
  const selected = letters.filter(({ id, decision }) => chosen.has(id) && decision === undefined);
  const decide = may
    ? (decision: Decision, letter: DeadLetterView) => setWanted({ decision, letters: [letter] })
    : undefined;

  function close() {
    setWanted(undefined);
    setChosen(NOBODY);
  }

  return (
    <>
      <PageHeader
        title={t('title')}
        description={t('about')}
        actions={
          <Segmented
            label={t('shown')}
            value={place.decided}
            onChange={(decided) => void setPlace({ decided })}
            options={SHOWN.map((value) => ({ value, label: t(`show.${value}`) }))}
          />
        }
      />
      <List query={query}>
        {letters.length === 0 ? (
          <Nothing decided={place.decided} more={query.hasNextPage} />
        ) : (
          <LettersTable
            letters={letters}
            current={place.letter}
            selection={may ? { ids: chosen, onChange: setChosen } : undefined}
            onOpen={(letter) => void setPlace({ letter })}
          />
        )}
      </List>
      {selected.length > 0 && (
        <ChosenBar letters={selected} onDecide={(decision, those) => setWanted({ decision, letters: those })} />
      )}
      <LetterDrawer
        letter={letters.find(({ id }) => id === place.letter)}
        onClose={() => void setPlace({ letter: null })}
        onDecide={decide}
      />
      <DecideDialog wanted={wanted} onClose={close} />
    </>
  );
}

function List({ query, children }: { query: ReturnType<typeof useDeadLetters>; children: ReactNode }) {
  const t = useTranslations('deadLetters');
  return (
    <>
      <Card flush>
        <Rows query={query}>{children}</Rows>
      </Card>
      {query.hasNextPage && (
        <div className="mt-3 flex justify-center">
          <Button busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            {t('loadMore')}
          </Button>
        </div>
      )}
    </>
  );
}

/** The states of the list: on its way, there, failed, there but old. */
function Rows({ query, children }: { query: ReturnType<typeof useDeadLetters>; children: ReactNode }) {
  const t = useTranslations('deadLetters');
  const show = useSteady(query.isPending);
  const retry = () => void query.refetch();
  if (query.data === undefined && query.error !== null) {
    return (
      <ErrorState
        error={query.error}
        onRetry={retry}
        retrying={query.isFetching}
        title={t('notLoaded')}
        stillWorks={t('stillWorks')}
      />
    );
  }
  if (show === 'skeleton') return <Waiting />;
  if (query.data === undefined) return <div className="h-44" />;
  return (
    <>
      {query.error !== null && (
        <div className="border-line border-b">
          <ErrorState error={query.error} onRetry={retry} retrying={query.isFetching} />
        </div>
      )}
      {children}
    </>
  );
}

/** What can be done with those that were chosen. */
function ChosenBar({
  letters,
  onDecide,
}: {
  letters: readonly DeadLetterView[];
  onDecide(decision: Decision, letters: readonly DeadLetterView[]): void;
}) {
  const t = useTranslations('deadLetters');
  const replayable = letters.filter((letter) => letter.replayable);
  return (
    <section
      aria-label={t('chosen', { count: letters.length })}
      className="sticky bottom-3 z-20 mt-3 flex flex-wrap items-center gap-x-3 gap-y-2 rounded-lg bg-raised px-4 py-2.5 shadow-pop"
    >
      <p role="status" className="min-w-0 flex-1 basis-40 font-medium">
        {t('chosen', { count: letters.length })}
      </p>
      <div className="flex flex-wrap gap-2">
        <Button size="small" onClick={() => onDecide('dismiss', letters)}>
          {t('dismiss.some', { count: letters.length })}
        </Button>
        {replayable.length > 0 && (
          <Button size="small" kind="primary" onClick={() => onDecide('replay', replayable)}>
            {t('replay.some', { count: replayable.length })}
          </Button>
        )}
      </div>
    </section>
  );
}

function Nothing({ decided, more }: { decided: (typeof SHOWN)[number]; more: boolean }) {
  const t = useTranslations('deadLetters.empty');
  // A page of the api may hold none of the wanted ones although there are more behind it.
  if (more) return <EmptyState icon={<MailX aria-hidden size={28} />} title={t('none')} />;
  return (
    <EmptyState icon={<MailCheck aria-hidden size={28} />} title={t(decided === 'no' ? 'nothingOpen' : 'never')}>
      {t('about')}
    </EmptyState>
  );
}

function Waiting() {
  return (
    <Loading>
      <div className="space-y-4 p-4">
        {[0, 1, 2].map((row) => (
          <div key={row} className="flex items-center gap-6">
            <Skeleton className="h-4 w-16 max-sm:hidden" />
            <Skeleton className="h-9 flex-1" />
            <Skeleton className="h-5 w-24 max-sm:hidden" />
          </div>
        ))}
      </div>
    </Loading>
  );
}
