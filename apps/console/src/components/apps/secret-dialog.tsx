'use client';
// A new secret, shown once: hidden until asked for, copied with a word of it, tried for real, and not closed by mistake.
import type { CredentialView } from '@message-push/protocol/admin';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Button } from '../ui/button.tsx';
import { Checkbox } from '../ui/checkbox.tsx';
import { ConfirmDialog } from '../ui/confirm-dialog.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { useLeaveWarning } from '../ui/leave-guard.tsx';
import { SecretBox } from './secret-box.tsx';
import { TryIt } from './try-it.tsx';
import { useLast } from './use-last.ts';

export type Made =
  | { kind: 'credential'; app: string; secret: string; credential: CredentialView; startsTheHour: boolean }
  | { kind: 'key'; app: string; secret: string; id: string };

/** `onDone` drops the secret, nothing else holds it; then the focus goes to `finalFocus`. */
export function SecretDialog({
  made,
  onDone,
  finalFocus,
}: {
  made: Made | null;
  onDone(): void;
  finalFocus(): HTMLElement | null;
}) {
  const t = useTranslations('apps.secret');
  const [copied, setCopied] = useState(false);
  const [stored, setStored] = useState(false);
  const [asking, setAsking] = useState(false);
  const kind = useLast(made?.kind) ?? 'credential';
  useLeaveWarning(made !== null && !stored && !copied);

  function done() {
    setAsking(false);
    setCopied(false);
    setStored(false);
    onDone();
  }

  return (
    <Dialog
      open={made !== null}
      onOpenChange={(open) => !open && (copied || stored ? done() : setAsking(true))}
      title={t(`title.${kind}`)}
      description={t('once')}
      size="medium"
      finalFocus={finalFocus}
      footer={
        <Button kind="primary" onClick={() => (copied || stored ? done() : setAsking(true))}>
          {t('done')}
        </Button>
      }
    >
      {made && (
        <div className="space-y-5">
          <SecretBox made={made} onCopied={() => setCopied(true)} />
          {made.kind === 'credential' && <TryIt made={made} />}
          <Checkbox checked={stored} onChange={setStored} label={t('stored')} hint={t('storedHint')} />
        </div>
      )}
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title={t('leave.title')}
        description={t('leave.text')}
        action={t('leave.action')}
        danger
        onConfirm={done}
      />
    </Dialog>
  );
}
