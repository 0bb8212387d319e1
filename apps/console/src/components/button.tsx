'use client';
// Buttons: one for actions, one for icons.
import { LoaderCircle } from 'lucide-react';
import type { ComponentProps, ReactNode } from 'react';

/** The action of a form or a dialog; while `busy` it keeps its label and shows a spinner. */
export function Button({ busy = false, children, ...more }: ComponentProps<'button'> & { busy?: boolean }) {
  return (
    <button
      {...more}
      aria-busy={busy}
      className="inline-flex min-h-10 w-full items-center justify-center gap-2 rounded-md bg-accent px-4 font-medium text-on-accent hover:opacity-90"
    >
      {busy && <LoaderCircle aria-hidden size={16} className="animate-spin motion-reduce:animate-none" />}
      {children}
    </button>
  );
}

/** A quiet button; `label` is what it does, for those who can't see the icon. */
export function IconButton({
  label,
  children,
  ...more
}: ComponentProps<'button'> & { label: string; children: ReactNode }) {
  return (
    <button
      {...more}
      type="button"
      aria-label={label}
      title={label}
      className="inline-flex min-h-9 min-w-9 items-center justify-center gap-1.5 rounded-md px-2 text-muted hover:bg-line/50 hover:text-text"
    >
      {children}
    </button>
  );
}
