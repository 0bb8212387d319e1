'use client';
// Asks before an operator is disabled, enabled again or given a new start password.
import type { StartPassword } from '@message-push/protocol/admin';
import { useTranslations } from 'next-intl';
import { ConfirmDialog } from '@/components/ui/confirm-dialog.tsx';
import { toast } from '@/components/ui/toast.tsx';
import { useFailureText } from '@/lib/failure-text.ts';
import { useChangeOperator, useResetPassword } from '@/lib/operators.ts';
import type { Doing } from './operators.tsx';

export function OperatorConfirm({
  doing,
  onClose,
  onReset,
}: {
  doing: Doing | null;
  onClose(): void;
  onReset(start: StartPassword): void;
}) {
  const t = useTranslations('settings.operators');
  const text = useFailureText();
  const change = useChangeOperator();
  const reset = useResetPassword();
  if (doing === null || doing.what === 'create' || doing.what === 'change') return null;
  const { what, operator } = doing;
  const error = change.error ?? reset.error;

  function confirm() {
    if (what === 'reset') return reset.mutate(operator.id, { onSuccess: onReset });
    change.mutate(
      { id: operator.id, disabled: what === 'disable' },
      {
        onSuccess: () => {
          toast.ok(t('changed', { name: operator.name }));
          onClose();
        },
      },
    );
  }

  return (
    <ConfirmDialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t(`ask.${what}.title`, { name: operator.name })}
      description={t(`ask.${what}.text`)}
      action={t(`ask.${what}.action`)}
      danger={what !== 'enable'}
      busy={change.isPending || reset.isPending}
      error={error && text(error).what}
      onConfirm={confirm}
    />
  );
}
