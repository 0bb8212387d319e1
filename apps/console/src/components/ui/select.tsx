'use client';
// One of a few values. More than about twenty: use Combobox.
import { Select as Base } from '@base-ui/react/select';
import { Check, ChevronsUpDown } from 'lucide-react';
import type { ReactNode } from 'react';
import { cx, FIELD, FIELD_HEIGHT } from './class-names.ts';
import { useFieldIds } from './field.tsx';

export interface Option<T extends string = string> {
  value: T;
  label: ReactNode;
  disabled?: boolean;
}

export function Select<T extends string>({
  value,
  onChange,
  options,
  placeholder,
  label,
  disabled = false,
  className,
}: {
  value: T | null;
  onChange(value: NoInfer<T>): void;
  options: readonly Option<NoInfer<T>>[];
  placeholder?: string;
  /** Its name when no Field is around it. */
  label?: string;
  disabled?: boolean;
  className?: string;
}) {
  const ids = useFieldIds();
  return (
    <Base.Root
      items={options}
      value={value}
      onValueChange={(next) => next !== null && onChange(next)}
      disabled={disabled}
      modal={false}
    >
      <Base.Trigger
        id={ids?.control}
        aria-label={label}
        aria-labelledby={ids && !label ? `${ids.label} ${ids.control}` : undefined}
        aria-describedby={ids?.describedBy}
        aria-invalid={ids?.invalid || undefined}
        className={cx(FIELD, FIELD_HEIGHT, 'inline-flex items-center justify-between gap-2 text-left', className)}
      >
        <Base.Value placeholder={<span className="text-faint">{placeholder}</span>} className="truncate" />
        <Base.Icon>
          <ChevronsUpDown aria-hidden size={14} className="text-muted" />
        </Base.Icon>
      </Base.Trigger>
      <Base.Portal>
        <Base.Positioner sideOffset={4} collisionPadding={8} alignItemWithTrigger={false} className="z-60 outline-none">
          <Base.Popup className="pop max-h-[min(20rem,var(--available-height))] min-w-(--anchor-width) overflow-y-auto p-1">
            <Base.List>
              {options.map((option) => (
                <Base.Item
                  key={option.value}
                  value={option.value}
                  disabled={option.disabled ?? false}
                  className="flex min-h-8 cursor-default select-none items-center gap-2 rounded px-2 py-1 outline-none data-highlighted:bg-hover data-disabled:opacity-50"
                >
                  <span className="inline-flex w-4 shrink-0 justify-center">
                    <Base.ItemIndicator>
                      <Check aria-hidden size={14} />
                    </Base.ItemIndicator>
                  </span>
                  <Base.ItemText>{option.label}</Base.ItemText>
                </Base.Item>
              ))}
            </Base.List>
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
