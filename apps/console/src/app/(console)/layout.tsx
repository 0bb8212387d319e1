// The shell around all signed-in pages.
import { headers } from 'next/headers';
import { NextIntlClientProvider } from 'next-intl';
import type { ReactNode } from 'react';
import { Shell } from '@/components/shell/shell.tsx';
import { environmentName } from '@/config.ts';

export default async function Layout({ children }: { children: ReactNode }) {
  return (
    <NextIntlClientProvider>
      <Shell environment={environmentName((await headers()).get('host') ?? '')}>{children}</Shell>
    </NextIntlClientProvider>
  );
}
