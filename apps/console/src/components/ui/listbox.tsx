'use client';
// The options that drop down from a field. The field keeps the focus and hears the keys; it says which option is pointed at.
import { Check } from 'lucide-react';
import { type ReactNode, type RefObject, useEffect, useRef } from 'react';
import { cx } from './class-names.ts';
import { placeBeside } from './place.ts';

/** Pixels between the field and the list. */
const GAP = 4;

export interface ListOption {
  value: string;
  label: ReactNode;
  /** At the right, quiet. */
  note?: ReactNode;
  disabled?: boolean;
}

/** The id of the option at `index`, for `aria-activedescendant`. */
export const optionId = (id: string, index: number) => `${id}-${index}`;

export function Listbox({
  id,
  anchor,
  label,
  options,
  at,
  chosen,
  onPoint,
  onPick,
  onClose,
  children,
}: {
  id: string;
  anchor: RefObject<HTMLElement | null>;
  label: string | undefined;
  options: readonly ListOption[];
  /** Index of the option that is pointed at; -1 = none. */
  at: number;
  chosen: string | null;
  onPoint(index: number): void;
  onPick(index: number): void;
  /** It was pressed elsewhere. */
  onClose(): void;
  /** What is shown when there is no option. */
  children?: ReactNode;
}) {
  const layer = useRef<HTMLDivElement>(null);

  useEffect(() => {
    const place = () => {
      if (layer.current === null || anchor.current === null) return;
      layer.current.style.minWidth = `${anchor.current.offsetWidth}px`;
      placeBeside(layer.current, anchor.current, { side: 'bottom', gap: GAP, align: 'start' });
    };
    const onPress = ({ target }: PointerEvent) => {
      const inside = [layer, anchor].some(({ current }) => target instanceof Node && current?.contains(target));
      if (!inside) onClose();
    };
    place();
    document.addEventListener('pointerdown', onPress, true);
    window.addEventListener('resize', place);
    document.addEventListener('scroll', place, true);
    return () => {
      document.removeEventListener('pointerdown', onPress, true);
      window.removeEventListener('resize', place);
      document.removeEventListener('scroll', place, true);
    };
  });
  useEffect(() => {
    document.getElementById(optionId(id, at))?.scrollIntoView({ block: 'nearest' });
  }, [id, at]);

  return (
    <div
      ref={layer}
      id={id}
      role="listbox"
      aria-label={label}
      popover="manual"
      className="pop fixed inset-auto max-h-80 max-w-[calc(100vw-1rem)] overflow-y-auto p-1 text-text"
    >
      {options.map(({ value, label: text, note, disabled = false }, index) => (
        // biome-ignore lint/a11y/useKeyWithClickEvents lint/a11y/useFocusableInteractive: the field keeps the focus and hears the keys
        <div
          key={value}
          id={optionId(id, index)}
          role="option"
          aria-selected={value === chosen}
          aria-disabled={disabled || undefined}
          data-highlighted={index === at ? '' : undefined}
          onPointerDown={(event) => event.preventDefault()}
          onPointerMove={index === at || disabled ? undefined : () => onPoint(index)}
          onClick={disabled ? undefined : () => onPick(index)}
          className="flex min-h-8 cursor-default select-none items-center gap-2 rounded px-2 py-1 aria-disabled:opacity-50 data-highlighted:bg-hover forced-colors:data-highlighted:outline"
        >
          <Check aria-hidden size={14} className={cx('mx-px shrink-0', value !== chosen && 'invisible')} />
          <span className="min-w-0 flex-1 truncate">{text}</span>
          {note && <span className="text-faint text-xs">{note}</span>}
        </div>
      ))}
      {options.length === 0 && children}
    </div>
  );
}

/** The next option in this direction that may be chosen, from `at`; around the ends. */
export function nextOption(options: readonly ListOption[], at: number, step: 1 | -1): number {
  const count = options.length;
  for (let steps = 1; steps <= count; steps++) {
    const index = (at + steps * step + count * 2) % count;
    if (options[index]?.disabled !== true) return index;
  }
  return -1;
}

/** Escape closes the list and nothing behind it. */
export function keepToList(event: { nativeEvent: KeyboardEvent }): void {
  event.nativeEvent.stopImmediatePropagation();
}
