'use client';
// Yes or no: a box within a form, a switch for what acts at once.
import { Check, Minus } from 'lucide-react';
import { type ComponentProps, type ReactNode, useId } from 'react';
import { cx } from './class-names.ts';

interface YesNo {
  checked: boolean;
  onChange(checked: boolean): void;
  label: ReactNode;
  hint?: ReactNode;
  disabled?: boolean;
}

export function Checkbox({
  checked,
  onChange,
  label,
  hint,
  disabled = false,
  indeterminate = false,
}: YesNo & { indeterminate?: boolean }) {
  const id = useId();
  return (
    <div className="flex min-h-6 items-start gap-2">
      <Box
        id={id}
        checked={checked}
        onChange={onChange}
        disabled={disabled}
        indeterminate={indeterminate}
        aria-labelledby={`${id}-label`}
        aria-describedby={hint ? `${id}-hint` : undefined}
        className="mt-0.5"
      />
      <Words id={id} label={label} hint={hint} />
    </div>
  );
}

/** The box alone; its name is told by `aria-label` or `aria-labelledby`. */
export function Box({
  onChange,
  indeterminate = false,
  className,
  ...more
}: Omit<ComponentProps<'input'>, 'type' | 'onChange'> & { onChange(checked: boolean): void; indeterminate?: boolean }) {
  const Mark = indeterminate ? Minus : Check;
  return (
    <span className={cx('relative flex size-4.5 shrink-0', className)}>
      <input
        {...more}
        type="checkbox"
        ref={(box) => {
          if (box !== null) box.indeterminate = indeterminate;
        }}
        onChange={(event) => onChange(event.target.checked)}
        className="peer absolute inset-0 cursor-pointer appearance-none rounded border border-field bg-surface after:absolute after:-inset-1 checked:border-accent checked:bg-accent indeterminate:border-accent indeterminate:bg-accent disabled:opacity-50"
      />
      <Mark
        aria-hidden
        size={14}
        strokeWidth={3}
        className="pointer-events-none absolute inset-0 m-auto hidden text-on-accent peer-checked:block peer-indeterminate:block forced-colors:text-[ButtonText]"
      />
    </span>
  );
}

export function Switch({ checked, onChange, label, hint, disabled = false }: YesNo) {
  const id = useId();
  return (
    <div className="flex min-h-6 items-start gap-2.5">
      <span className="relative mt-0.5 inline-flex h-5 w-9 shrink-0">
        <input
          type="checkbox"
          role="switch"
          id={id}
          checked={checked}
          aria-checked={checked}
          onChange={(event) => onChange(event.target.checked)}
          disabled={disabled}
          aria-labelledby={`${id}-label`}
          aria-describedby={hint ? `${id}-hint` : undefined}
          className="peer absolute inset-0 cursor-pointer appearance-none rounded-full border border-field bg-sunken transition-colors after:absolute after:-inset-1 checked:border-accent checked:bg-accent disabled:opacity-50"
        />
        <span
          aria-hidden
          className="pointer-events-none absolute inset-y-0 left-0.75 my-auto size-3.5 rounded-full bg-field transition-transform peer-checked:translate-x-4 peer-checked:bg-on-accent forced-colors:bg-[ButtonText]"
        />
      </span>
      <Words id={id} label={label} hint={hint} />
    </div>
  );
}

function Words({ id, label, hint }: { id: string; label: ReactNode; hint: ReactNode }) {
  return (
    <span className="min-w-0">
      <label id={`${id}-label`} htmlFor={id} className="cursor-pointer">
        {label}
      </label>
      {hint && (
        <span id={`${id}-hint`} className="block text-muted text-xs">
          {hint}
        </span>
      )}
    </span>
  );
}
