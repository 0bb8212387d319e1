'use client';
// One of many values, found by typing.
import { ChevronsUpDown, X } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { type KeyboardEvent, type ReactNode, useId, useRef, useState } from 'react';
import { cx, FIELD, FIELD_HEIGHT } from './class-names.ts';
import { useFieldIds, useFieldProps } from './field.tsx';
import { keepToList, Listbox, nextOption, optionId } from './listbox.tsx';

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
  const labelledBy = useFieldIds()?.label;
  const list = useId();
  const box = useRef<HTMLDivElement>(null);
  const input = useRef<HTMLInputElement>(null);
  const [open, setOpen] = useState(false);
  /** What is being typed; undefined while the chosen one is shown. */
  const [text, setText] = useState<string>();
  const [at, setAt] = useState(-1);
  const chosen = choices.find((choice) => choice.value === value)?.label ?? '';
  const wanted = (text ?? '').trim().toLocaleLowerCase();
  const found = wanted === '' ? choices : choices.filter((one) => one.label.toLocaleLowerCase().includes(wanted));

  function show() {
    setAt(found.findIndex((choice) => choice.value === value));
    setOpen(true);
  }

  function close() {
    setOpen(false);
    setText(undefined);
  }

  function pick(index: number) {
    const choice = found[index];
    close();
    if (choice !== undefined && choice.value !== value) onChange(choice.value);
  }

  function type(next: string) {
    setText(next);
    setAt(next.trim() === '' ? -1 : 0);
    setOpen(true);
    if (next === '' && value !== null) onChange(null);
  }

  function keyDown(event: KeyboardEvent) {
    const { key } = event;
    if (event.nativeEvent.isComposing) return;
    if (key === 'ArrowDown' || key === 'ArrowUp') {
      event.preventDefault();
      if (open) setAt(nextOption(found, at, key === 'ArrowDown' ? 1 : -1));
      else show();
    } else if (open && key === 'Enter') {
      event.preventDefault();
      pick(at);
    } else if (open && key === 'Escape') {
      keepToList(event);
      close();
    }
  }

  return (
    <div ref={box} className={cx('relative', className)}>
      <input
        {...field}
        ref={input}
        type="text"
        role="combobox"
        aria-label={label}
        aria-autocomplete="list"
        aria-expanded={open}
        aria-controls={open ? list : undefined}
        aria-activedescendant={open && at !== -1 ? optionId(list, at) : undefined}
        placeholder={placeholder}
        value={text ?? chosen}
        onChange={(event) => type(event.target.value)}
        onClick={() => !open && show()}
        onKeyDown={keyDown}
        onBlur={close}
        autoComplete="off"
        spellCheck={false}
        className={cx(FIELD, FIELD_HEIGHT, clearable ? 'pr-16' : 'pr-9')}
      />
      <span className="absolute inset-y-0 right-1 flex items-center">
        {clearable && value !== null && (
          <button
            type="button"
            aria-label={t('clear')}
            onClick={() => {
              onChange(null);
              input.current?.focus();
            }}
            className="inline-flex size-7 items-center justify-center text-muted"
          >
            <X aria-hidden size={14} />
          </button>
        )}
        {/* The keys have the arrows for it. */}
        <button
          type="button"
          tabIndex={-1}
          aria-label={t('open')}
          onPointerDown={(event) => event.preventDefault()}
          onClick={() => {
            input.current?.focus();
            if (open) close();
            else show();
          }}
          className="inline-flex size-7 items-center justify-center text-muted"
        >
          <ChevronsUpDown aria-hidden size={14} />
        </button>
      </span>
      {open && (
        <Listbox
          id={list}
          anchor={box}
          label={label ?? (labelledBy === undefined ? placeholder : undefined)}
          options={found}
          at={at}
          chosen={value}
          onPoint={setAt}
          onPick={pick}
          onClose={close}
        >
          <p className="px-2 py-1.5 text-muted">{t('nothingFound')}</p>
        </Listbox>
      )}
    </div>
  );
}
