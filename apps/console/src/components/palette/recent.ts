'use client';
// The things that were opened last in this browser: messages, users, nodes, apps.
import { usePathname, useSearchParams } from 'next/navigation';
import { useEffect } from 'react';
import { array, enum as choice, type infer as Infer, object, string } from 'zod';

const KEY = 'recent';
const KEPT = 8;
const KINDS = { messages: 'messages', users: 'users', ring: 'ring', apps: 'apps' } as const;

const schema = array(object({ kind: choice(KINDS), name: string(), href: string() }));
export type Recent = Infer<typeof schema>[number];

export function readRecent(): Recent[] {
  try {
    return schema.parse(JSON.parse(localStorage.getItem(KEY) ?? '[]'));
  } catch {
    return []; // storage is forbidden or holds something else
  }
}

/** Keeps each thing's page that is opened. */
export function useKeepRecent(): void {
  const pathname = usePathname();
  const search = useSearchParams();
  const app = search.get('app');
  useEffect(() => {
    const [first, second] = pathname.split('/').slice(1);
    const kind = Object.values(KINDS).find((known) => known === first);
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
