'use client';
// The frame of all signed-in pages; when the session ends it leads to the sign-in and back.
import { useQueryClient } from '@tanstack/react-query';
import { useRouter } from 'next/navigation';
import { useTranslations } from 'next-intl';
import { type ReactNode, useEffect, useSyncExternalStore } from 'react';
import { onSignedOut } from '@/lib/api.ts';
import { LiveProvider } from '@/lib/live.tsx';
import { passwordPath, useSession } from '@/lib/session.ts';
import { LostBanner } from './live-indicator.tsx';
import { PageLoading } from './page-loading.tsx';
import { SideNav } from './side-nav.tsx';
import { TopBar } from './top-bar.tsx';

export function Shell({ environment, children }: { environment: string; children: ReactNode }) {
  const t = useTranslations('shell');
  const isAlive = useIsAlive();
  useLeaveWhenSignedOut();
  return (
    <LiveProvider>
      <a
        href="#main"
        className="sr-only z-80 rounded-md bg-accent px-3 py-2 font-medium text-on-accent focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
      >
        {t('skip')}
      </a>
      <div className="flex min-h-dvh">
        <SideNav />
        <div className="flex min-w-0 flex-1 flex-col">
          <TopBar environment={environment} />
          <LostBanner />
          <main id="main" tabIndex={-1} className="mx-auto w-full max-w-360 flex-1 px-3 py-5 outline-none md:px-6">
            {isAlive ? children : <PageLoading />}
          </main>
        </div>
      </div>
    </LiveProvider>
  );
}

/**
 * False on the server and until the frame has come alive. A page is drawn in the browser alone: the frame asks for data that pages show
 * too, and what the server drew without it would not be what a page draws whose code comes later.
 */
function useIsAlive(): boolean {
  return useSyncExternalStore(
    () => () => undefined,
    () => true,
    () => false,
  );
}

function useLeaveWhenSignedOut(): void {
  const router = useRouter();
  const client = useQueryClient();
  const mustChange = useSession().data?.operator.must_change_password;
  useEffect(
    () =>
      onSignedOut(() => {
        client.clear();
        router.replace(`/login?next=${encodeURIComponent(here())}`);
      }),
    [router, client],
  );
  useEffect(() => {
    if (mustChange) router.replace(passwordPath(here()));
  }, [mustChange, router]);
}

function here(): string {
  return `${location.pathname}${location.search}`;
}
