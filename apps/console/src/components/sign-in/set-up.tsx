'use client';
// The first admin of a fresh platform: whoever can read the api's log may become it.
import { ADMIN_LIMITS } from '@message-push/protocol/admin/limits';
import { useRouter } from 'next/navigation';
import { useTranslations } from 'next-intl';
import { type FormEvent, useEffect, useState } from 'react';
import { Button } from '@/components/ui/button.tsx';
import { Field } from '@/components/ui/field.tsx';
import { Input } from '@/components/ui/input.tsx';
import { useFailureText } from '@/lib/failure-text.ts';
import { useSetUp, useSetupNeeded } from '@/lib/setup.ts';
import { EntryPage } from './entry-page.tsx';
import { PasswordInput } from './password-input.tsx';
import { Problem } from './problem.tsx';

export function SetUp() {
  const t = useTranslations('signIn.setUp');
  const common = useTranslations('signIn');
  const text = useFailureText();
  const router = useRouter();
  const needed = useSetupNeeded();
  const setUp = useSetUp();
  const [short, setShort] = useState(false);
  const min = ADMIN_LIMITS.passwordCharsMin;

  useEffect(() => {
    if (needed === false && !setUp.isSuccess) router.replace('/login');
  }, [needed, setUp.isSuccess, router]);

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = event.currentTarget;
    const data = new FormData(form);
    const value = (name: string) => String(data.get(name)).trim();
    const password = String(data.get('password'));
    setShort(password.length < min);
    if (password.length < min) return form.querySelector<HTMLInputElement>('input[name="password"]')?.focus();
    const body = { code: value('code'), email: value('email'), name: value('name'), password };
    setUp.mutate(body, { onSuccess: () => router.replace('/') });
  }

  return (
    <EntryPage title={t('title')} lead={t('lead')}>
      <form method="post" onSubmit={submit} className="space-y-4">
        <Field label={t('code')} hint={t('codeHint')}>
          <Input name="code" required autoComplete="one-time-code" spellCheck={false} className="font-mono" />
        </Field>
        <Field label={t('name')}>
          <Input name="name" required autoComplete="name" maxLength={ADMIN_LIMITS.nameCharsMax} />
        </Field>
        <Field label={common('email')}>
          <Input name="email" type="email" required autoComplete="username" maxLength={ADMIN_LIMITS.emailCharsMax} />
        </Field>
        <Field
          label={common('password')}
          hint={common('nextHint', { min })}
          error={short && common('nextProblem.short', { min })}
        >
          <PasswordInput
            name="password"
            required
            autoComplete="new-password"
            maxLength={ADMIN_LIMITS.passwordCharsMax}
          />
        </Field>
        <Problem>{setUp.error && [text(setUp.error).what, text(setUp.error).todo].filter(Boolean).join(' ')}</Problem>
        <Button type="submit" kind="primary" busy={setUp.isPending} className="w-full">
          {t('submit')}
        </Button>
      </form>
    </EntryPage>
  );
}
