'use client';
// One of a few values. More than about twenty: use Combobox.
import { ChevronsUpDown } from 'lucide-react';
import { type KeyboardEvent, type ReactNode, useId, useRef, useState } from 'react';
import { cx, FIELD, FIELD_HEIGHT } from './class-names.ts';
import { useFieldIds } from './field.tsx';
import { keepToList, Listbox, nextOption, optionId } from './listbox.tsx';

/** Letters typed within this time of each other are one word. */
const WORD_MS = 600;

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
  const list = useId();
  const field = useRef<HTMLButtonElement>(null);
  const typed = useRef({ word: '', at: 0 });
  const [open, setOpen] = useState(false);
  const [at, setAt] = useState(-1);
  const chosen = options.findIndex((option) => option.value === value);

  function show() {
    setAt(chosen === -1 ? nextOption(options, -1, 1) : chosen);
    setOpen(true);
  }

  function pick(index: number) {
    setOpen(false);
    const option = options[index];
    if (option !== undefined && option.disabled !== true && option.value !== value) onChange(option.value);
  }

  function keyDown(event: KeyboardEvent) {
    const { key } = event;
    const letter = key.length === 1 && key !== ' ' && !event.ctrlKey && !event.metaKey && !event.altKey;
    if (letter) return find(key, event.timeStamp);
    if (key === 'ArrowDown' || key === 'ArrowUp') {
      event.preventDefault();
      if (open) setAt(nextOption(options, at, key === 'ArrowDown' ? 1 : -1));
      else show();
    } else if (!open) return;
    else if (key === 'Home' || key === 'End') {
      event.preventDefault();
      setAt(key === 'Home' ? nextOption(options, -1, 1) : nextOption(options, options.length, -1));
    } else if (key === 'Enter' || key === ' ') {
      event.preventDefault();
      pick(at);
    } else if (key === 'Escape') {
      keepToList(event);
      setOpen(false);
    } else if (key === 'Tab') pick(at);
  }

  /** Points at the option that begins with what is typed. */
  function find(letter: string, now: number) {
    const { word, at: before } = typed.current;
    typed.current = { word: (now - before < WORD_MS ? word : '') + letter.toLocaleLowerCase(), at: now };
    if (!open) show();
    requestAnimationFrame(() => {
      const texts = options.map((_, index) => document.getElementById(optionId(list, index))?.textContent ?? '');
      const found = texts.findIndex((text) => text.toLocaleLowerCase().startsWith(typed.current.word));
      if (found !== -1) setAt(found);
    });
  }

  return (
    <>
      <button
        ref={field}
        type="button"
        role="combobox"
        id={ids?.control}
        disabled={disabled}
        aria-label={label}
        aria-labelledby={ids && !label ? `${ids.label} ${ids.control}` : undefined}
        aria-describedby={ids?.describedBy}
        aria-invalid={ids?.invalid || undefined}
        aria-haspopup="listbox"
        aria-expanded={open}
        aria-controls={open ? list : undefined}
        aria-activedescendant={open && at !== -1 ? optionId(list, at) : undefined}
        onClick={() => (open ? setOpen(false) : show())}
        onKeyDown={keyDown}
        onBlur={() => setOpen(false)}
        className={cx(FIELD, FIELD_HEIGHT, 'inline-flex items-center justify-between gap-2 text-left', className)}
      >
        <span className="truncate">{options[chosen]?.label ?? <span className="text-faint">{placeholder}</span>}</span>
        <ChevronsUpDown aria-hidden size={14} className="shrink-0 text-muted" />
      </button>
      {open && (
        <Listbox
          id={list}
          anchor={field}
          label={label}
          options={options}
          at={at}
          chosen={value}
          onPoint={setAt}
          onPick={pick}
          onClose={() => setOpen(false)}
        />
      )}
    </>
  );
}
