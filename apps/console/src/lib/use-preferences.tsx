'use client';
// The preferences of this browser for components, and the one way to change them.
import { useRouter } from 'next/navigation';
import { createContext, type ReactNode, useContext, useEffect, useMemo, useTransition } from 'react';
import { COOKIES, type Preferences } from './preferences.ts';

interface Live extends Preferences {
  /** Keeps one preference and shows the page anew with it, without losing what was typed. */
  choose(name: keyof typeof COOKIES, value: string): void;
}

const Context = createContext<Live | null>(null);
const YEAR_S = 31_536_000;

export function PreferencesProvider({ given, children }: { given: Preferences; children: ReactNode }) {
  const router = useRouter();
  const [, startTransition] = useTransition();
  const live = useMemo<Live>(
    () => ({
      ...given,
      choose(name, value) {
        keep(COOKIES[name], value);
        startTransition(() => router.refresh());
      },
    }),
    [given, router],
  );
  useEffect(() => {
    if (!given.zoneKnown) live.choose('zone', Intl.DateTimeFormat().resolvedOptions().timeZone);
  }, [given.zoneKnown, live]);
  return <Context value={live}>{children}</Context>;
}

export function usePreferences(): Live {
  const live = useContext(Context);
  if (live === null) throw new Error('usePreferences needs a PreferencesProvider around it');
  return live;
}

/** Keeps it for the next page, without showing this one anew. */
export function keep(name: string, value: string): void {
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is not in every browser that is supported
  document.cookie = `${name}=${encodeURIComponent(value)}; path=/; max-age=${YEAR_S}; samesite=lax`;
}
