'use client';
// A new password in place of the present one; the same form at the door and in the settings.
import { ADMIN_LIMITS } from '@message-push/protocol/admin/limits';
import { useTranslations } from 'next-intl';
import { type FormEvent, useState } from 'react';
import { Button } from '@/components/ui/button.tsx';
import { Field } from '@/components/ui/field.tsx';
import { ApiFailure } from '@/lib/api.ts';
import { useFailureText } from '@/lib/failure-text.ts';
import { useChangePassword } from '@/lib/security.ts';
import { useSession } from '@/lib/session.ts';
import { PasswordInput } from './password-input.tsx';
import { Problem } from './problem.tsx';

export function PasswordForm({ onDone, wide = false }: { onDone(): void; wide?: boolean }) {
  const t = useTranslations('signIn');
  const text = useFailureText();
  const change = useChangePassword();
  const email = useSession().data?.operator.email;
  const [problem, setProblem] = useState<'short' | 'same' | null>(null);
  const wrong = change.error instanceof ApiFailure && change.error.code === 'WRONG_PASSWORD';

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = event.currentTarget;
    const data = new FormData(form);
    const body = { current: String(data.get('current')), next: String(data.get('next')) };
    const found =
      body.next.length < ADMIN_LIMITS.passwordCharsMin ? 'short' : body.next === body.current ? 'same' : null;
    setProblem(found);
    if (found !== null) return form.querySelector<HTMLInputElement>('input[name="next"]')?.focus();
    change.mutate(body, {
      onSuccess: () => {
        form.reset();
        onDone();
      },
      onError: () => form.querySelector<HTMLInputElement>('input[name="current"]')?.select(),
    });
  }

  return (
    <form method="post" onSubmit={submit} className="max-w-sm space-y-4">
      {/* Tells password managers whose password changes. */}
      <input type="text" name="username" autoComplete="username" value={email ?? ''} readOnly hidden />
      <Field label={t('current')} error={wrong && t('currentWrong')}>
        <PasswordInput name="current" autoComplete="current-password" required />
      </Field>
      <Field
        label={t('next')}
        hint={t('nextHint', { min: ADMIN_LIMITS.passwordCharsMin })}
        error={problem && t(`nextProblem.${problem}`, { min: ADMIN_LIMITS.passwordCharsMin })}
      >
        <PasswordInput name="next" autoComplete="new-password" required maxLength={ADMIN_LIMITS.passwordCharsMax} />
      </Field>
      <Problem>{change.error && !wrong && text(change.error).what}</Problem>
      <Button type="submit" kind="primary" busy={change.isPending} className={wide ? 'w-full' : undefined}>
        {t('changePassword')}
      </Button>
    </form>
  );
}
