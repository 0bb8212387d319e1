// The frame of every page: language, theme, fonts, data.
import './globals.css';
import { GeistMono } from 'geist/font/mono';
import { GeistSans } from 'geist/font/sans';
import type { Metadata, Viewport } from 'next';
import { cookies, headers } from 'next/headers';
import { type Messages, NextIntlClientProvider } from 'next-intl';
import { getLocale, getMessages, getTranslations } from 'next-intl/server';
import type { ReactNode } from 'react';
import { Providers } from '@/components/providers.tsx';
import { readPreferences } from '@/lib/preferences.ts';

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations('shell');
  return { title: { default: 'message-push', template: '%s · message-push' }, description: t('description') };
}

export const viewport: Viewport = { width: 'device-width', initialScale: 1 };

export default async function Layout({ children }: { children: ReactNode }) {
  const nonce = (await headers()).get('x-nonce') ?? '';
  const jar = await cookies();
  const preferences = readPreferences((name) => jar.get(name)?.value);
  return (
    <html
      lang={await getLocale()}
      data-density={preferences.density}
      className={`${GeistSans.variable} ${GeistMono.variable} ${preferences.theme}`}
    >
      <body className="min-h-dvh antialiased">
        <NextIntlClientProvider messages={await entryMessages()}>
          <Providers nonce={nonce} preferences={preferences}>
            {children}
          </Providers>
        </NextIntlClientProvider>
      </body>
    </html>
  );
}

/** The texts of the pages before the sign-in; the console's layout gives all. */
async function entryMessages(): Promise<Partial<Messages>> {
  const { shell, common, errors, signIn } = await getMessages();
  return { shell, common, errors, signIn };
}
