'use client';
// Views of one thing; only the chosen one is in the page. Arrows move between their names, Enter chooses.
import { type KeyboardEvent, type ReactNode, useId } from 'react';
import { cx } from './class-names.ts';

export interface Tab<T extends string = string> {
  value: T;
  label: ReactNode;
  content: ReactNode;
}

export function Tabs<T extends string>({
  value,
  onChange,
  tabs,
  label,
  className,
}: {
  value: T;
  onChange(value: NoInfer<T>): void;
  tabs: readonly Tab<NoInfer<T>>[];
  /** What the views are of. */
  label: string;
  className?: string;
}) {
  const id = useId();
  const chosen = tabs.find((tab) => tab.value === value);
  return (
    <div className={cx('min-w-0', className)}>
      <div
        role="tablist"
        aria-label={label}
        onKeyDown={moveFocus}
        className="flex gap-1 overflow-x-auto border-line border-b [scrollbar-width:none]"
      >
        {tabs.map((tab) => (
          <button
            key={tab.value}
            type="button"
            role="tab"
            id={`${id}-${tab.value}`}
            aria-selected={tab.value === value}
            aria-controls={tab.value === value ? `${id}-panel` : undefined}
            tabIndex={tab.value === value ? 0 : -1}
            onClick={() => onChange(tab.value)}
            className="relative h-9 shrink-0 whitespace-nowrap rounded-t px-2.5 font-medium text-muted -outline-offset-2 after:absolute after:inset-x-0 after:bottom-0 after:h-0.5 hover:text-text aria-selected:text-text aria-selected:after:bg-accent forced-colors:aria-selected:after:bg-[Highlight]"
          >
            {tab.label}
          </button>
        ))}
      </div>
      {chosen && (
        <div
          role="tabpanel"
          id={`${id}-panel`}
          aria-labelledby={`${id}-${chosen.value}`}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls in a view is reached by the keys
          tabIndex={0}
          className="pt-4 outline-offset-4"
        >
          {chosen.content}
        </div>
      )}
    </div>
  );
}

function moveFocus(event: KeyboardEvent<HTMLElement>): void {
  const names = [...event.currentTarget.querySelectorAll<HTMLElement>('[role=tab]')];
  const at = names.findIndex((name) => name.matches(':focus'));
  const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: -1 }[event.key];
  if (at === -1 || to === undefined) return;
  event.preventDefault();
  names.at(to % names.length)?.focus();
}
