'use client';
// The things that were opened last in this browser: messages, users, nodes, apps.
import { usePathname, useSearchParams } from 'next/navigation';
import { useEffect } from 'react';

const KEY = 'recent';
const KEPT = 8;
const KINDS = ['messages', 'users', 'ring', 'apps'] as const;

export interface Recent {
  kind: (typeof KINDS)[number];
  name: string;
  href: string;
}

export function readRecent(): Recent[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]');
    return Array.isArray(kept) ? kept.filter(isRecent) : [];
  } catch {
    return []; // storage is forbidden or holds something else
  }
}

function isRecent(kept: unknown): kept is Recent {
  if (typeof kept !== 'object' || kept === null) return false;
  const { kind, name, href }: Partial<Record<keyof Recent, unknown>> = kept;
  return KINDS.some((known) => known === kind) && typeof name === 'string' && typeof href === 'string';
}

/** Keeps each thing's page that is opened. */
export function useKeepRecent(): void {
  const pathname = usePathname();
  const search = useSearchParams();
  const app = search.get('app');
  useEffect(() => {
    const [first, second] = pathname.split('/').slice(1);
    const kind = KINDS.find((known) => known === first);
    if (kind === undefined || !second) return;
    const href = kind === 'users' && app !== null ? `${pathname}?app=${encodeURIComponent(app)}` : pathname;
    const others = readRecent().filter((one) => one.href !== href);
    const recent = [{ kind, name: decodeURIComponent(second), href }, ...others].slice(0, KEPT);
    try {
      localStorage.setItem(KEY, JSON.stringify(recent));
    } catch {
      // Without storage there are no recent things.
    }
  }, [pathname, app]);
}
