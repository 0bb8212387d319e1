'use client';
// Asks before work that is not saved is left: by a link of the console or the browser's Back here, by a reload or another
// site in the browser's own words.
import { useRouter } from 'next/navigation';
import { useEffect, useEffectEvent, useRef, useState } from 'react';
import { ConfirmDialog } from './confirm-dialog.tsx';

export function LeaveGuard({
  active,
  title,
  description,
  action,
}: {
  active: boolean;
  title: string;
  description: string;
  /** "Discard and leave". */
  action: string;
}) {
  const router = useRouter();
  const [wanted, setWanted] = useState<Wanted | null>(null);
  /** What was confirmed is on its way. */
  const leaving = useRef(false);
  useLeaveWarning(active);
  const follow = useEffectEvent((event: MouseEvent) => {
    const href = leavingBy(event);
    if (!active || href === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    setWanted({ href });
  });
  const travel = useEffectEvent((event: NavigateEvent) => {
    const key = placeOf(event);
    if (!active || leaving.current || key === undefined) return;
    event.preventDefault();
    setWanted({ key });
  });
  useEffect(() => {
    const listener = (event: MouseEvent) => follow(event);
    const traveller = (event: NavigateEvent) => travel(event);
    // Absent in browsers of before 2026: there Back leaves at once.
    const travels = 'navigation' in window ? window.navigation : undefined;
    document.addEventListener('click', listener, { capture: true });
    travels?.addEventListener('navigate', traveller);
    return () => {
      document.removeEventListener('click', listener, { capture: true });
      travels?.removeEventListener('navigate', traveller);
    };
  }, []);

  return (
    <ConfirmDialog
      open={wanted !== null}
      onOpenChange={() => setWanted(null)}
      title={title}
      description={description}
      action={action}
      danger
      onConfirm={() => {
        setWanted(null);
        if (wanted === null) return;
        leaving.current = true;
        if ('href' in wanted) router.push(wanted.href);
        else window.navigation.traverseTo(wanted.key);
      }}
    />
  );
}

/** A page of the console, or a place in the browser's history. */
type Wanted = { href: string } | { key: string };

/** Which place of the history Back or Forward lead to, if that is another page. A second press in a row cannot be stopped. */
function placeOf({ navigationType, cancelable, destination }: NavigateEvent): string | undefined {
  if (navigationType !== 'traverse' || !cancelable) return undefined;
  return new URL(destination.url).pathname === location.pathname ? undefined : destination.key;
}

/** The browser asks before the page is closed or loaded again. */
export function useLeaveWarning(active: boolean): void {
  useEffect(() => {
    if (!active) return;
    const listener = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener('beforeunload', listener);
    return () => removeEventListener('beforeunload', listener);
  }, [active]);
}

/** Where a press leads to, if it is another page of the console in this tab. */
function leavingBy(event: MouseEvent): string | undefined {
  if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return undefined;
  const link = event.target instanceof Element ? event.target.closest('a') : null;
  if (link === null || link.target === '_blank' || link.origin !== location.origin) return undefined;
  return link.pathname === location.pathname ? undefined : `${link.pathname}${link.search}${link.hash}`;
}
