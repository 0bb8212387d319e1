'use client';
// What is pressed: actions, links that look like actions, and icons with a name.
import { LoaderCircle } from 'lucide-react';
import Link from 'next/link';
import type { ComponentProps, ReactNode } from 'react';
import { cx } from './class-names.ts';
import { Tooltip } from './tooltip.tsx';

export type ButtonKind = 'primary' | 'secondary' | 'danger' | 'quiet';
export type ButtonSize = 'small' | 'medium';

const KINDS: Record<ButtonKind, string> = {
  primary: 'bg-accent text-on-accent hover:bg-accent-hover active:bg-accent-hover border-transparent',
  secondary: 'bg-surface text-text border-line-strong hover:bg-hover active:bg-sunken',
  danger: 'bg-bad text-on-bad hover:bg-bad-hover active:bg-bad-hover border-transparent',
  quiet: 'text-muted border-transparent hover:bg-hover hover:text-text active:bg-sunken',
};
const SIZES: Record<ButtonSize, string> = { small: 'h-7 px-2 text-xs gap-1', medium: 'h-9 compact:h-8 px-3 gap-1.5' };
const ICON_SIZES: Record<ButtonSize, string> = { small: 'size-7', medium: 'size-9 compact:size-8' };

export function buttonClass(
  kind: ButtonKind = 'secondary',
  size: ButtonSize = 'medium',
  sizes: Record<ButtonSize, string> = SIZES,
): string {
  return cx(
    'inline-flex shrink-0 select-none items-center justify-center whitespace-nowrap rounded-md border font-medium',
    'transition-colors duration-100 aria-disabled:opacity-75 disabled:opacity-50 forced-colors:border-[ButtonText]',
    KINDS[kind],
    sizes[size],
  );
}

interface Look {
  kind?: ButtonKind;
  size?: ButtonSize;
  icon?: ReactNode;
}

/** While `busy` it keeps its label, shows a spinner and takes no press. */
export function Button({
  kind,
  size,
  icon,
  busy = false,
  className,
  children,
  onClick,
  ...more
}: ComponentProps<'button'> & Look & { busy?: boolean }) {
  return (
    <button
      type="button"
      {...more}
      onClick={busy ? (event) => event.preventDefault() : onClick}
      aria-busy={busy || undefined}
      aria-disabled={busy || undefined}
      className={cx(buttonClass(kind, size), className)}
    >
      {busy ? <LoaderCircle aria-hidden size={15} className="animate-spin motion-reduce:animate-none" /> : icon}
      {children}
    </button>
  );
}

/** A link that looks like a button: it goes somewhere, so that it can be opened in a new tab. */
export function LinkButton({ kind, size, icon, className, children, ...more }: ComponentProps<typeof Link> & Look) {
  return (
    <Link {...more} className={cx(buttonClass(kind, size), className)}>
      {icon}
      {children}
    </Link>
  );
}

/** An icon that acts; `label` says what it does, as a tooltip and to those who can't see the icon. */
export function IconButton({
  label,
  size = 'medium',
  kind = 'quiet',
  className,
  children,
  ...more
}: ComponentProps<'button'> & { label: string; size?: ButtonSize; kind?: ButtonKind }) {
  return (
    <Tooltip text={label}>
      <button type="button" {...more} aria-label={label} className={cx(buttonClass(kind, size, ICON_SIZES), className)}>
        {children}
      </button>
    </Tooltip>
  );
}
