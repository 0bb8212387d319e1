'use client';
// One dead letter in full: why, where it was on the bus, its push as text or its bytes, and what can be done.
import type { DeadLetterView } from '@message-push/protocol/admin';
import { useTranslations } from 'next-intl';
import { type ReactNode, useState } from 'react';
import type { Decision } from '@/lib/dead-letters.ts';
import { useLast } from '../apps/use-last.ts';
import { Button } from '../ui/button.tsx';
import { DefinitionList } from '../ui/card.tsx';
import { CodeBlock } from '../ui/code-block.tsx';
import { Drawer } from '../ui/drawer.tsx';
import { MessageId, Uid } from '../ui/ids.tsx';
import { Reason } from '../ui/reason.tsx';
import { ScrollBox } from '../ui/scroll-box.tsx';
import { Segmented } from '../ui/segmented.tsx';
import { Time } from '../ui/time.tsx';
import { LetterState } from './letter-state.tsx';
import { bytesOf, hexOf, isText, textOf } from './raw.ts';

/** Recipients named; the others are counted. */
const UIDS_SHOWN = 20;

export function LetterDrawer({
  letter,
  onClose,
  onDecide,
}: {
  letter: DeadLetterView | undefined;
  onClose(): void;
  /** Absent where the operator may not. */
  onDecide: ((decision: Decision, letter: DeadLetterView) => void) | undefined;
}) {
  const t = useTranslations('deadLetters');
  const last = useLast(letter);
  return (
    <Drawer
      open={letter !== undefined}
      onOpenChange={(open) => !open && onClose()}
      title={t('letter', { id: last?.id ?? '' })}
      actions={
        last &&
        onDecide &&
        !last.decision && <Actions letter={last} onDecide={(decision) => onDecide(decision, last)} />
      }
    >
      {last && <Content letter={last} />}
    </Drawer>
  );
}

function Actions({ letter, onDecide }: { letter: DeadLetterView; onDecide(decision: Decision): void }) {
  const t = useTranslations('deadLetters');
  return (
    <>
      <Button size="small" onClick={() => onDecide('dismiss')}>
        {t('dismiss.button')}
      </Button>
      {letter.replayable && (
        <Button size="small" kind="primary" onClick={() => onDecide('replay')}>
          {t('replay.button')}
        </Button>
      )}
    </>
  );
}

function Content({ letter }: { letter: DeadLetterView }) {
  const t = useTranslations('deadLetters');
  const { push, raw, reason } = letter;
  const items = [
    { name: t('state'), value: <LetterState letter={letter} /> },
    { name: t('at'), value: <Time at={letter.at} /> },
    { name: t('place'), value: t('placeIs', { partition: letter.partition, offset: letter.offset }) },
    ...(push === undefined
      ? []
      : [
          { name: t('message'), value: <MessageId id={push.message_id} whole /> },
          { name: t('app'), value: <code className="break-all font-mono text-[0.8125rem]">{push.app}</code> },
          { name: t('recipients'), value: <Recipients uids={push.uids} app={push.app} /> },
        ]),
  ];
  return (
    <div className="space-y-5 p-4">
      <div className="rounded-md bg-bad-tint px-3 py-2">
        <p className="text-muted text-xs">{t('reason')}</p>
        <p className="break-words font-medium text-bad">
          <Reason text={reason} />
        </p>
      </div>
      <DefinitionList items={items} />
      {push && <Message push={push} />}
      {raw !== undefined && <Raw raw={raw} />}
      {push === undefined && raw === undefined && <p className="text-muted">{t('nothingKept')}</p>}
    </div>
  );
}

function Recipients({ uids, app }: { uids: readonly string[]; app: string }) {
  const t = useTranslations('deadLetters');
  return (
    <ul className="flex flex-wrap gap-x-3 gap-y-1">
      {uids.slice(0, UIDS_SHOWN).map((uid) => (
        <li key={uid} className="min-w-0">
          <Uid uid={uid} app={app} />
        </li>
      ))}
      {uids.length > UIDS_SHOWN && <li className="text-muted">{t('more', { count: uids.length - UIDS_SHOWN })}</li>}
    </ul>
  );
}

function Message({ push }: { push: NonNullable<DeadLetterView['push']> }) {
  const t = useTranslations('deadLetters');
  if (push.title === undefined && push.content === undefined) return <p className="text-muted">{t('private')}</p>;
  return (
    <Part title={t('content')}>
      <div className="rounded-md border border-line bg-sunken p-3">
        {push.title !== undefined && (
          <p dir="auto" className="mb-1 break-words font-semibold">
            {push.title}
          </p>
        )}
        <ScrollBox label={t('message')} className="max-h-80 overflow-y-auto">
          <p dir="auto" className="whitespace-pre-wrap break-words">
            {push.content}
          </p>
        </ScrollBox>
      </div>
    </Part>
  );
}

function Raw({ raw }: { raw: string }) {
  const t = useTranslations('deadLetters');
  const bytes = bytesOf(raw);
  const [view, setView] = useState<'text' | 'hex'>(isText(bytes) ? 'text' : 'hex');
  return (
    <Part
      title={t('raw', { bytes: bytes.length })}
      actions={
        <Segmented
          label={t('view')}
          value={view}
          onChange={setView}
          options={[
            { value: 'text', label: t('text') },
            { value: 'hex', label: t('hex') },
          ]}
        />
      }
    >
      <CodeBlock code={view === 'text' ? textOf(bytes) : hexOf(bytes)} what={t('rawName')} wrap={view === 'text'} />
    </Part>
  );
}

function Part({ title, actions, children }: { title: string; actions?: ReactNode; children: ReactNode }) {
  return (
    <section aria-label={title} className="space-y-2">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <h3 className="font-semibold text-sm">{title}</h3>
        {actions}
      </div>
      {children}
    </section>
  );
}
