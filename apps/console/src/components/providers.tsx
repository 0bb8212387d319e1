'use client';
// What every page needs around it: preferences, server data with one cache, state in the address, layers, news.
import { CSPProvider } from '@base-ui/react/csp-provider';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { NuqsAdapter } from 'nuqs/adapters/next/app';
import { type ReactNode, useState } from 'react';
import { ApiFailure } from '@/lib/api.ts';
import type { Preferences } from '@/lib/preferences.ts';
import { PreferencesProvider } from '@/lib/use-preferences.tsx';
import { Announcer } from './ui/announcer.tsx';
import { Toasts } from './ui/toast.tsx';

const RETRIES = 2;

export function Providers({
  nonce,
  preferences,
  children,
}: {
  nonce: string;
  preferences: Preferences;
  children: ReactNode;
}) {
  const [client] = useState(
    () =>
      new QueryClient({
        defaultOptions: {
          queries: {
            retry: (failures, error) => failures < RETRIES && !(error instanceof ApiFailure && error.status < 500),
            staleTime: 5000,
          },
        },
      }),
  );
  return (
    <CSPProvider nonce={nonce}>
      <NuqsAdapter>
        <PreferencesProvider given={preferences}>
          <QueryClientProvider client={client}>
            {children}
            <Toasts />
            <Announcer />
          </QueryClientProvider>
        </PreferencesProvider>
      </NuqsAdapter>
    </CSPProvider>
  );
}
