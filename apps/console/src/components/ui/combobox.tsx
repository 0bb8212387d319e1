'use client';
// One of many values, found by typing.
import { Combobox as Base } from '@base-ui/react/combobox';
import { Check, ChevronsUpDown, X } from 'lucide-react';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { cx, FIELD, FIELD_HEIGHT } from './class-names.ts';
import { useFieldProps } from './field.tsx';

export interface Choice<T extends string = string> {
  value: T;
  /** Searched by. */
  label: string;
  /** Shown at the right, not searched. */
  note?: ReactNode;
}

export function Combobox<T extends string>({
  value,
  onChange,
  choices,
  placeholder,
  label,
  clearable = false,
  className,
}: {
  value: T | null;
  onChange(value: NoInfer<T> | null): void;
  choices: readonly Choice<NoInfer<T>>[];
  placeholder?: string;
  /** Its name when no Field is around it. */
  label?: string;
  clearable?: boolean;
  className?: string;
}) {
  const t = useTranslations('common');
  const field = useFieldProps();
  const chosen = choices.find((choice) => choice.value === value) ?? null;
  return (
    <Base.Root
      items={choices}
      value={chosen}
      onValueChange={(next) => onChange(next?.value ?? null)}
      itemToStringLabel={(choice) => choice.label}
      isItemEqualToValue={(a, b) => a.value === b.value}
      autoHighlight
    >
      <Base.InputGroup className={cx('relative', className)}>
        <Base.Input
          {...field}
          aria-label={label}
          placeholder={placeholder}
          className={cx(FIELD, FIELD_HEIGHT, clearable ? 'pr-16' : 'pr-9')}
        />
        <span className="absolute inset-y-0 right-1 flex items-center">
          {clearable && (
            <Base.Clear aria-label={t('clear')} className="inline-flex size-7 items-center justify-center text-muted">
              <X aria-hidden size={14} />
            </Base.Clear>
          )}
          <Base.Trigger aria-label={t('open')} className="inline-flex size-7 items-center justify-center text-muted">
            <ChevronsUpDown aria-hidden size={14} />
          </Base.Trigger>
        </span>
      </Base.InputGroup>
      <Base.Portal>
        <Base.Positioner sideOffset={4} collisionPadding={8} className="z-60 outline-none">
          <Base.Popup className="pop max-h-[min(20rem,var(--available-height))] w-(--anchor-width) min-w-48 overflow-y-auto p-1">
            <Base.Empty className="px-2 py-1.5 text-muted empty:hidden">{t('nothingFound')}</Base.Empty>
            <Base.List>
              {(choice: Choice<T>) => (
                <Base.Item
                  key={choice.value}
                  value={choice}
                  className="flex min-h-8 cursor-default select-none items-center gap-2 rounded px-2 py-1 outline-none data-highlighted:bg-hover"
                >
                  <span className="inline-flex w-4 shrink-0 justify-center">
                    <Base.ItemIndicator>
                      <Check aria-hidden size={14} />
                    </Base.ItemIndicator>
                  </span>
                  <span className="min-w-0 flex-1 truncate">{choice.label}</span>
                  {choice.note && <span className="text-faint text-xs">{choice.note}</span>}
                </Base.Item>
              )}
            </Base.List>
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
