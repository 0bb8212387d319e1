'use client';
// Yes or no: a box within a form, a switch for what acts at once.
import { Checkbox as BaseCheckbox } from '@base-ui/react/checkbox';
import { Switch as BaseSwitch } from '@base-ui/react/switch';
import { Check, Minus } from 'lucide-react';
import { type ReactNode, useId } from 'react';

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
      <BaseCheckbox.Root
        checked={checked}
        onCheckedChange={onChange}
        disabled={disabled}
        indeterminate={indeterminate}
        aria-labelledby={`${id}-label`}
        aria-describedby={hint ? `${id}-hint` : undefined}
        className="relative mt-0.5 flex size-4.5 shrink-0 items-center justify-center rounded border border-field bg-surface after:absolute after:-inset-1 data-checked:border-accent data-indeterminate:border-accent data-checked:bg-accent data-indeterminate:bg-accent data-disabled:opacity-50"
        id={id}
      >
        <BaseCheckbox.Indicator className="text-on-accent">
          {indeterminate ? (
            <Minus aria-hidden size={14} strokeWidth={3} />
          ) : (
            <Check aria-hidden size={14} strokeWidth={3} />
          )}
        </BaseCheckbox.Indicator>
      </BaseCheckbox.Root>
      <Words id={id} label={label} hint={hint} />
    </div>
  );
}

export function Switch({ checked, onChange, label, hint, disabled = false }: YesNo) {
  const id = useId();
  return (
    <div className="flex min-h-6 items-start gap-2.5">
      <BaseSwitch.Root
        checked={checked}
        onCheckedChange={onChange}
        disabled={disabled}
        aria-labelledby={`${id}-label`}
        aria-describedby={hint ? `${id}-hint` : undefined}
        className="relative mt-0.5 inline-flex h-5 w-9 shrink-0 items-center rounded-full border border-field bg-sunken p-0.5 transition-colors after:absolute after:-inset-1 data-checked:border-accent data-checked:bg-accent data-disabled:opacity-50"
        id={id}
      >
        <BaseSwitch.Thumb className="size-3.5 rounded-full bg-field transition-transform data-checked:translate-x-4 data-checked:bg-on-accent forced-colors:bg-[ButtonText]" />
      </BaseSwitch.Root>
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
