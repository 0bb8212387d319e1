'use client';
// Sign in: e-mail and password, one error for both, and how long to wait after too many tries.
import { useRouter } from 'next/navigation';
import { useFormatter, useTranslations } from 'next-intl';
import { type FormEvent, useEffect, useState } from 'react';
import { Button } from '@/components/ui/button.tsx';
import { Field } from '@/components/ui/field.tsx';
import { Input } from '@/components/ui/input.tsx';
import { toast } from '@/components/ui/toast.tsx';
import { ApiFailure } from '@/lib/api.ts';
import { useFailureText } from '@/lib/failure-text.ts';
import { passwordPath, safeNext, useSignIn } from '@/lib/session.ts';
import { useSetupNeeded } from '@/lib/setup.ts';
import { EntryPage } from './entry-page.tsx';
import { PasswordInput } from './password-input.tsx';
import { Problem } from './problem.tsx';

export function SignIn({ next }: { next: string | null }) {
  const t = useTranslations('signIn');
  const format = useFormatter();
  const router = useRouter();
  const setupNeeded = useSetupNeeded();
  const signIn = useSignIn();
  const problem = useProblem(signIn.error);

  useEffect(() => {
    if (setupNeeded) router.replace('/setup');
  }, [setupNeeded, router]);

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = event.currentTarget;
    const data = new FormData(form);
    const body = { email: String(data.get('email')).trim(), password: String(data.get('password')) };
    signIn.mutate(body, {
      onSuccess: ({ operator, last_sign_in: last }) => {
        if (last)
          toast.ok(t('welcome'), t('lastSignIn', { when: format.relativeTime(last.at, Date.now()), ip: last.ip }));
        router.replace(operator.must_change_password ? passwordPath(safeNext(next)) : safeNext(next));
      },
      onError: () => form.querySelector<HTMLInputElement>('input[name="password"]')?.select(),
    });
  }

  return (
    <EntryPage title={t('title')} lead={t('lead')}>
      <form method="post" onSubmit={submit} className="space-y-4">
        <Field label={t('email')}>
          <Input name="email" inputMode="email" autoComplete="username" autoCapitalize="none" required />
        </Field>
        <Field label={t('password')}>
          <PasswordInput name="password" autoComplete="current-password" required />
        </Field>
        <Problem>{problem}</Problem>
        <Button type="submit" kind="primary" busy={signIn.isPending || signIn.isSuccess} className="w-full">
          {t('submit')}
        </Button>
      </form>
    </EntryPage>
  );
}

/** The failure in words; too many tries count down. */
function useProblem(error: Error | null): string | undefined {
  const t = useTranslations('signIn');
  const text = useFailureText();
  const wait = error instanceof ApiFailure && error.status === 429 ? (error.retryAfterS ?? 60) : 0;
  const [left, setLeft] = useState(0);
  useEffect(() => {
    setLeft(wait);
    if (wait === 0 || error === null) return;
    const timer = setInterval(() => setLeft((seconds) => Math.max(0, seconds - 1)), 1000);
    return () => clearInterval(timer);
  }, [wait, error]);
  if (error === null) return undefined;
  if (wait > 0) return left > 0 ? t('tooMany', { seconds: left }) : t('tryAgain');
  const { what, todo } = text(error);
  return error instanceof ApiFailure && error.code === 'WRONG_PASSWORD' ? what : [what, todo].filter(Boolean).join(' ');
}
