'use client';
// The frame of signed-in pages: name, who is signed in, language, theme, sign out.
import { LogOut, RadioTower } from 'lucide-react';
import Link from 'next/link';
import { useRouter } from 'next/navigation';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { useSession, useSignOut } from '@/lib/session.ts';
import { IconButton } from './button.tsx';
import { Preferences } from './preferences.tsx';

export function Shell({ children }: { children: ReactNode }) {
  const t = useTranslations('shell');
  const router = useRouter();
  const session = useSession();
  const signOut = useSignOut();
  return (
    <>
      <a href="#main" className="sr-only focus:not-sr-only focus:absolute focus:p-3">
        {t('skip')}
      </a>
      <header className="border-line border-b bg-surface">
        <div className="mx-auto flex max-w-6xl flex-wrap items-center justify-between gap-x-4 gap-y-1 px-4 py-2">
          <Link href="/" className="flex items-center gap-2 py-1 font-semibold">
            <RadioTower aria-hidden size={20} className="text-accent" />
            message-push
          </Link>
          <div className="flex items-center gap-1">
            <span className="hidden px-2 text-muted text-sm sm:inline">{session.data?.operator.email}</span>
            <Preferences />
            <IconButton
              label={t('signOut')}
              onClick={() => signOut.mutate(undefined, { onSuccess: () => router.replace('/login') })}
            >
              <LogOut aria-hidden size={18} />
            </IconButton>
          </div>
        </div>
      </header>
      <main id="main" className="mx-auto max-w-6xl px-4 py-6">
        {children}
      </main>
    </>
  );
}
