'use client';
// Dead letters as rows: when and why, what it was, what became of it; several can be chosen for one decision.
import type { DeadLetterView } from '@message-push/protocol/admin';
import { useTranslations } from 'next-intl';
import { Checkbox } from '../ui/checkbox.tsx';
import type { Column } from '../ui/columns.ts';
import { DataTable } from '../ui/data-table.tsx';
import { Reason } from '../ui/reason.tsx';
import { Time } from '../ui/time.tsx';
import { LetterState } from './letter-state.tsx';

export interface Selection {
  ids: ReadonlySet<string>;
  onChange(ids: ReadonlySet<string>): void;
}

export function LettersTable({
  letters,
  current,
  selection,
  onOpen,
}: {
  letters: readonly DeadLetterView[];
  current: string | null;
  /** Absent where the operator may not decide. */
  selection: Selection | undefined;
  onOpen(id: string): void;
}) {
  const t = useTranslations('deadLetters');
  const columns: Column<DeadLetterView>[] = [
    ...(selection ? [choosing(letters, selection, t('chooseAll'), (id) => t('choose', { id }))] : []),
    { id: 'at', header: t('at'), cell: ({ at }) => <Time at={at} plain />, wideOnly: true, width: '6rem' },
    { id: 'letter', header: t('reason'), cell: (letter) => <Letter letter={letter} onOpen={onOpen} /> },
    { id: 'state', header: t('state'), cell: (letter) => <LetterState letter={letter} />, wideOnly: true },
    {
      id: 'place',
      header: t('place'),
      cell: ({ id }) => <code className="whitespace-nowrap font-mono text-xs">{id}</code>,
      wideOnly: true,
      align: 'end',
    },
  ];
  return (
    <DataTable
      rows={letters}
      columns={columns}
      rowKey={({ id }) => id}
      label={t('title')}
      onRowPress={({ id }) => onOpen(id)}
      isCurrent={({ id }) => id === current}
      isDimmed={({ decision }) => decision !== undefined}
    />
  );
}

function choosing(
  letters: readonly DeadLetterView[],
  { ids, onChange }: Selection,
  all: string,
  one: (id: string) => string,
): Column<DeadLetterView> {
  const open = letters.filter(({ decision }) => decision === undefined);
  const chosen = open.filter(({ id }) => ids.has(id)).length;
  return {
    id: 'choose',
    width: '2.5rem',
    header: (
      <Checkbox
        checked={open.length > 0 && chosen === open.length}
        indeterminate={chosen > 0 && chosen < open.length}
        disabled={open.length === 0}
        onChange={(checked) => onChange(new Set(checked ? open.map(({ id }) => id) : []))}
        label={<span className="sr-only">{all}</span>}
      />
    ),
    cell: ({ id, decision }) =>
      decision === undefined && (
        <Checkbox
          checked={ids.has(id)}
          onChange={(checked) => {
            const next = new Set(ids);
            if (checked) next.add(id);
            else next.delete(id);
            onChange(next);
          }}
          label={<span className="sr-only">{one(id)}</span>}
        />
      ),
  };
}

function Letter({ letter, onOpen }: { letter: DeadLetterView; onOpen(id: string): void }) {
  const t = useTranslations('deadLetters');
  const { id, reason, push } = letter;
  return (
    <div className="max-w-2xl py-1">
      <button
        type="button"
        onClick={() => onOpen(id)}
        className="line-clamp-2 rounded py-0.5 text-left font-medium underline-offset-2 [overflow-wrap:anywhere] hover:underline"
      >
        <Reason text={reason} />
      </button>
      <p className="line-clamp-1 text-muted text-xs [overflow-wrap:anywhere]">
        {push === undefined
          ? t('unreadable')
          : t.rich('summary', {
              app: push.app,
              count: push.uids.length,
              title: () => <bdi>{push.title ?? push.content ?? t('hidden')}</bdi>,
            })}
      </p>
      <div className="mt-1 flex flex-wrap items-center gap-2 text-muted text-xs sm:hidden">
        <LetterState letter={letter} />
        <Time at={letter.at} plain />
      </div>
    </div>
  );
}
