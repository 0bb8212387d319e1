'use client';
// Sign in: e-mail and password, one generic error, and how long to wait when there were too many tries.
import { Eye, EyeOff, RadioTower } from 'lucide-react';
import { useRouter } from 'next/navigation';
import { useTranslations } from 'next-intl';
import { type FormEvent, useState } from 'react';
import type { ApiFailure } from '@/lib/api.ts';
import { safeNext, useSignIn } from '@/lib/session.ts';
import { Button, IconButton } from './button.tsx';
import { Preferences } from './preferences.tsx';

const INPUT = 'min-h-10 w-full rounded-md border border-line bg-bg px-3 text-text';

export function SignIn({ next }: { next: string | null }) {
  const t = useTranslations('signIn');
  const router = useRouter();
  const signIn = useSignIn();
  const [shown, setShown] = useState(false);
  const [capsLock, setCapsLock] = useState(false);

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const body = { email: String(form.get('email')), password: String(form.get('password')) };
    signIn.mutate(body, { onSuccess: () => router.replace(safeNext(next)) });
  }

  return (
    <main className="mx-auto flex min-h-dvh max-w-sm flex-col justify-center px-4 py-8">
      <div className="mb-6 flex items-center justify-between">
        <span className="flex items-center gap-2 font-semibold">
          <RadioTower aria-hidden size={20} className="text-accent" />
          message-push
        </span>
        <Preferences />
      </div>
      <form onSubmit={submit} className="space-y-4 rounded-lg border border-line bg-surface p-6">
        <h1 className="font-semibold text-xl">{t('title')}</h1>
        <label className="block space-y-1">
          <span className="text-sm">{t('email')}</span>
          <input name="email" type="text" inputMode="email" autoComplete="username" required className={INPUT} />
        </label>
        <div className="space-y-1">
          <label htmlFor="password" className="block text-sm">
            {t('password')}
          </label>
          <div className="flex gap-1">
            <input
              id="password"
              name="password"
              type={shown ? 'text' : 'password'}
              autoComplete="current-password"
              required
              onKeyUp={(event) => setCapsLock(event.getModifierState('CapsLock'))}
              className={INPUT}
            />
            <IconButton label={shown ? t('hide') : t('show')} onClick={() => setShown(!shown)}>
              {shown ? <EyeOff aria-hidden size={18} /> : <Eye aria-hidden size={18} />}
            </IconButton>
          </div>
          {capsLock && <p className="text-sm text-warn">{t('capsLock')}</p>}
        </div>
        <div role="alert">{signIn.error && <p className="text-bad text-sm">{problemText(signIn.error, t)}</p>}</div>
        <Button type="submit" busy={signIn.isPending}>
          {t('submit')}
        </Button>
      </form>
    </main>
  );
}

function problemText(error: ApiFailure, t: ReturnType<typeof useTranslations<'signIn'>>): string {
  if (error.status === 401) return t('wrong');
  if (error.status === 429) return t('tooMany', { seconds: error.retryAfterS ?? 60 });
  return error.status === 0 ? t('noAnswer') : t('failed', { code: error.code });
}
