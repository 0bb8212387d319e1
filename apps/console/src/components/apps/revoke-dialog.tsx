'use client';
// Ends a secret for good: says who would be refused, and asks for the AppID where it was used lately.
import type { AppView, CredentialView } from '@message-push/protocol/admin';
import { useTranslations } from 'next-intl';
import { ApiFailure } from '@/lib/api.ts';
import { useRevoke } from '@/lib/apps.ts';
import { useFailureText } from '@/lib/failure-text.ts';
import { useNow } from '@/lib/now.ts';
import { ConfirmDialog } from '../ui/confirm-dialog.tsx';
import { toast } from '../ui/toast.tsx';
import { isUsable, needsTyping, verdictOf } from './usage.ts';
import { useLast } from './use-last.ts';
import { VerdictLine } from './verdict-line.tsx';

export function RevokeDialog({
  app,
  credential,
  onClose,
}: {
  app: AppView;
  credential: CredentialView | undefined;
  onClose(): void;
}) {
  const last = useLast(credential);
  return last && <Question app={app} credential={last} open={credential !== undefined} onClose={onClose} />;
}

function Question(props: { app: AppView; credential: CredentialView; open: boolean; onClose(): void }) {
  const { app, credential, open } = props;
  const t = useTranslations('apps.revoke');
  const now = useNow();
  const revoke = useRevoke();
  const text = useFailureText();
  const others = app.credentials.filter((one) => one.id !== credential.id && isUsable(one, now));
  const successor = others.find(({ state }) => state === 'live');
  // The api may know of a use that the page has not heard of yet.
  const asked = revoke.error instanceof ApiFailure && revoke.error.code === 'CONFIRM';
  const typed = needsTyping(credential, now) || asked;

  function close() {
    revoke.reset();
    props.onClose();
  }

  function confirm() {
    revoke.mutate(
      { id: credential.id, ...(typed ? { confirm: app.id } : {}) },
      {
        onSuccess: () => {
          toast.ok(t('done', { hint: credential.hint }));
          close();
        },
      },
    );
  }

  return (
    <ConfirmDialog
      open={open}
      onOpenChange={(next) => !next && close()}
      title={t('title', { hint: credential.hint })}
      description={t('about')}
      action={t('action')}
      danger
      busy={revoke.isPending}
      onConfirm={confirm}
      error={asked ? t('usedJustNow') : revoke.error && text(revoke.error).what}
      {...(typed ? { typed: app.id } : {})}
    >
      <VerdictLine verdict={verdictOf(credential, successor, now)} />
      {others.length === 0 && <p className="font-medium text-warn">{t('last')}</p>}
    </ConfirmDialog>
  );
}
