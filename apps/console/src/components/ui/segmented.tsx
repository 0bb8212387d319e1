'use client';
// One of two to five values, all visible: arrows move between them.
import { type KeyboardEvent, type ReactNode, useRef } from 'react';
import { cx } from './class-names.ts';
import { useFieldIds } from './field.tsx';

const STEPS: Record<string, number> = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

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
  const group = useRef<HTMLDivElement>(null);

  function keyDown(event: KeyboardEvent) {
    const step = STEPS[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const at = options.findIndex((option) => option.value === value);
    const next = (at + step + options.length) % options.length;
    const option = options[next];
    if (option === undefined) return;
    onChange(option.value);
    group.current?.querySelectorAll('button')[next]?.focus();
  }

  return (
    <div
      ref={group}
      role="radiogroup"
      onKeyDown={keyDown}
      aria-label={label}
      aria-labelledby={label ? undefined : ids?.label}
      aria-describedby={ids?.describedBy}
      className={cx('inline-flex max-w-full flex-wrap rounded-md border border-line bg-sunken p-0.5', className)}
    >
      {options.map((option) => (
        // biome-ignore lint/a11y/useSemanticElements: it looks like a button and holds more than text
        <button
          key={option.value}
          type="button"
          role="radio"
          aria-checked={option.value === value}
          tabIndex={option.value === value ? 0 : -1}
          onClick={() => onChange(option.value)}
          className="inline-flex h-7.5 compact:h-6.5 items-center gap-1.5 rounded px-2.5 font-medium text-muted text-xs hover:text-text aria-checked:bg-surface aria-checked:text-text aria-checked:shadow-[0_0_0_1px_var(--line-strong)] aria-checked:forced-color-adjust-none forced-colors:aria-checked:bg-[Highlight] forced-colors:aria-checked:text-[HighlightText]"
        >
          {option.label}
        </button>
      ))}
    </div>
  );
}
