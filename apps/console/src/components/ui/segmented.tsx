'use client';
// One of two to five values, all visible: arrows move between them.
import { Radio } from '@base-ui/react/radio';
import { RadioGroup } from '@base-ui/react/radio-group';
import type { ReactNode } from 'react';
import { cx } from './class-names.ts';
import { useFieldIds } from './field.tsx';

export function Segmented<T extends string>({
  value,
  onChange,
  options,
  label,
  className,
}: {
  value: T;
  onChange(value: NoInfer<T>): void;
  options: readonly { value: NoInfer<T>; label: ReactNode }[];
  /** Its name when no Field is around it. */
  label?: string;
  className?: string;
}) {
  const ids = useFieldIds();
  return (
    <RadioGroup
      value={value}
      onValueChange={(next) => onChange(next)}
      aria-label={label}
      aria-labelledby={label ? undefined : ids?.label}
      aria-describedby={ids?.describedBy}
      className={cx('inline-flex max-w-full flex-wrap rounded-md border border-line bg-sunken p-0.5', className)}
    >
      {options.map((option) => (
        <Radio.Root
          key={option.value}
          value={option.value}
          render={<button type="button" />}
          nativeButton
          className="inline-flex h-7.5 compact:h-6.5 items-center gap-1.5 rounded px-2.5 font-medium text-muted text-xs hover:text-text data-checked:bg-surface data-checked:text-text data-checked:shadow-[0_0_0_1px_var(--line-strong)] data-checked:forced-color-adjust-none forced-colors:data-checked:bg-[Highlight] forced-colors:data-checked:text-[HighlightText]"
        >
          {option.label}
        </Radio.Root>
      ))}
    </RadioGroup>
  );
}
