'use client';
// A labelled control: its label, hint and error are tied to it for those who can't see them beside it.
import { createContext, type ReactNode, useContext, useId, useMemo } from 'react';
import { cx } from './class-names.ts';

interface FieldIds {
  control: string;
  label: string;
  describedBy: string | undefined;
  invalid: boolean;
}

const Context = createContext<FieldIds | null>(null);

/** The ids of the Field around a control; null when there is none. */
export function useFieldIds(): FieldIds | null {
  return useContext(Context);
}

/** What every control inside a Field spreads over its element. */
export function useFieldProps() {
  const ids = useContext(Context);
  if (ids === null) return {};
  return {
    id: ids.control,
    'aria-describedby': ids.describedBy,
    'aria-invalid': ids.invalid || undefined,
  };
}

export function Field({
  label,
  hint,
  error,
  optional,
  aside,
  className,
  children,
}: {
  label: ReactNode;
  hint?: ReactNode;
  /** Announced when it appears. */
  error?: ReactNode;
  /** The word "optional" in the reader's language. */
  optional?: ReactNode;
  /** At the right of the label: a counter, a link. */
  aside?: ReactNode;
  className?: string;
  children: ReactNode;
}) {
  const id = useId();
  const invalid = Boolean(error);
  const hinted = Boolean(hint);
  const ids = useMemo<FieldIds>(
    () => ({
      control: id,
      label: `${id}-label`,
      describedBy:
        invalid || hinted ? [invalid && `${id}-error`, hinted && `${id}-hint`].filter(Boolean).join(' ') : undefined,
      invalid,
    }),
    [id, invalid, hinted],
  );
  return (
    <Context value={ids}>
      <div className={cx('min-w-0 space-y-1', className)}>
        <div className="flex items-baseline justify-between gap-3">
          <label id={ids.label} htmlFor={id} className="font-medium text-sm">
            {label}
            {optional && <span className="ml-1.5 font-normal text-faint text-xs">{optional}</span>}
          </label>
          {aside && <div className="text-muted text-xs">{aside}</div>}
        </div>
        {children}
        <div aria-live="polite" id={`${id}-error`} className={cx('text-bad text-xs', !invalid && 'sr-only')}>
          {error}
        </div>
        {hint && (
          <p id={`${id}-hint`} className="text-muted text-xs">
            {hint}
          </p>
        )}
      </div>
    </Context>
  );
}
