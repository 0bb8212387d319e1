'use client';
// Asks before dead letters are sent again or put aside, shows how far it is, and stays open where something did not work.
import type { DeadLetterView } from '@message-push/protocol/admin';
import { CircleAlert } from 'lucide-react';
import { useTranslations } from 'next-intl';
import type { Decision } from '@/lib/dead-letters.ts';
import { useFailureText } from '@/lib/failure-text.ts';
import { useLast } from '../apps/use-last.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { toast } from '../ui/toast.tsx';
import { type Failure, type Progress, useDecisions } from './use-decisions.ts';

export interface Wanted {
  decision: Decision;
  letters: readonly DeadLetterView[];
}

/** Failures named one by one; the others are counted. */
const FAILURES_SHOWN = 5;

export function DecideDialog({ wanted, onClose }: { wanted: Wanted | undefined; onClose(): void }) {
  const t = useTranslations('deadLetters');
  const common = useTranslations('common');
  const { progress, run, reset } = useDecisions();
  const last = useLast(wanted);
  if (last === undefined) return null;
  const { decision, letters } = last;
  const recipients = letters.reduce((sum, { push }) => sum + (push?.uids.length ?? 0), 0);
  const failed = !progress.running && progress.failures.length > 0;

  function close() {
    onClose();
    reset();
  }

  async function confirm() {
    const failures = await run(letters, decision);
    if (failures.length > 0) return;
    toast.ok(t(`${decision}.done`, { count: letters.length }));
    close();
  }

  return (
    <Dialog
      open={wanted !== undefined}
      onOpenChange={(open) => !open && !progress.running && close()}
      title={t(`${decision}.title`, { count: letters.length })}
      description={t(`${decision}.about`, { count: letters.length })}
      footer={
        failed ? (
          <Button kind="primary" onClick={close}>
            {common('close')}
          </Button>
        ) : (
          <>
            <Button onClick={close} disabled={progress.running}>
              {common('cancel')}
            </Button>
            <Button
              kind={decision === 'dismiss' ? 'danger' : 'primary'}
              busy={progress.running}
              onClick={() => void confirm()}
            >
              {t(`${decision}.action`)}
            </Button>
          </>
        )
      }
    >
      <div className="space-y-3">
        {decision === 'replay' && !failed && <p>{t('replay.recipients', { count: recipients })}</p>}
        <Report progress={progress} />
      </div>
    </Dialog>
  );
}

/** How far it is, then what did not work. */
function Report({ progress }: { progress: Progress }) {
  const t = useTranslations('deadLetters');
  const { done, failures, total, running } = progress;
  const failed = !running && failures.length > 0;
  return (
    <>
      <div role="status">
        {running && total > 1 && <p className="text-muted">{t('progress', { done: done + failures.length, total })}</p>}
        {failed && <p className="font-medium">{t('partly', { done, failed: failures.length })}</p>}
      </div>
      {failed && <Failures failures={failures} />}
    </>
  );
}

function Failures({ failures }: { failures: readonly Failure[] }) {
  const t = useTranslations('deadLetters');
  const text = useFailureText();
  return (
    <ul className="space-y-1.5">
      {failures.slice(0, FAILURES_SHOWN).map(({ letter, error }) => (
        <li key={letter.id} className="flex items-start gap-1.5">
          <CircleAlert aria-hidden size={15} className="mt-0.75 shrink-0 text-bad" />
          <span className="min-w-0 break-words">
            <code className="font-mono text-xs">{letter.id}</code> {text(error).what}
          </span>
        </li>
      ))}
      {failures.length > FAILURES_SHOWN && <li>{t('moreFailures', { count: failures.length - FAILURES_SHOWN })}</li>}
    </ul>
  );
}
