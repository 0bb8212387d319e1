'use client';
// Asks before work that is not saved is left: by a link of the console here, by a reload or another site in the browser's own words.
import { useRouter } from 'next/navigation';
import { useEffect, useEffectEvent, useState } from 'react';
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
  const [wanted, setWanted] = useState<string | null>(null);
  useLeaveWarning(active);
  const follow = useEffectEvent((event: MouseEvent) => {
    const href = leavingBy(event);
    if (!active || href === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    setWanted(href);
  });
  useEffect(() => {
    const listener = (event: MouseEvent) => follow(event);
    document.addEventListener('click', listener, { capture: true });
    return () => document.removeEventListener('click', listener, { capture: true });
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
        if (wanted !== null) router.push(wanted);
      }}
    />
  );
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
