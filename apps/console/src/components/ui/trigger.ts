// The button of a layer that is loaded when it is first wanted: at the first sign of interest, so that it is there when it is pressed.
import { type ReactElement, type RefObject, useId, useRef, useState } from 'react';
import { merged } from './merged.ts';
import { useOnceOpen } from './once-open.ts';

export interface LayerProps {
  id: string;
  anchor: RefObject<HTMLElement | null>;
  open: boolean;
  onOpenChange(open: boolean): void;
}

export interface Triggered {
  button: ReactElement;
  /** It has been opened once: from then on the layer is in the page. */
  wanted: boolean;
  layer: LayerProps;
}

export function useTrigger(
  trigger: ReactElement<Record<string, unknown>>,
  {
    kind,
    load,
    open: given,
    onOpenChange,
  }: {
    kind: 'menu' | 'dialog';
    load(): unknown;
    /** For who decides it outside. */
    open?: boolean | undefined;
    onOpenChange?: ((open: boolean) => void) | undefined;
  },
): Triggered {
  const anchor = useRef<HTMLElement>(null);
  const id = useId();
  const [own, setOwn] = useState(false);
  const open = given ?? own;
  const wanted = useOnceOpen(open);

  function setOpen(next: boolean) {
    setOwn(next);
    onOpenChange?.(next);
  }

  const button = merged(trigger, {
    id,
    ref: anchor,
    'aria-haspopup': kind,
    'aria-expanded': open,
    onPointerEnter: load,
    onFocus: load,
    onClick: () => setOpen(!open),
    onKeyDown: (event: KeyboardEvent) => {
      if (kind !== 'menu' || event.key !== 'ArrowDown' || open) return;
      event.preventDefault();
      setOpen(true);
    },
  });
  return { button, wanted, layer: { id, anchor, open, onOpenChange: setOpen } };
}

/** Whether what closes a layer is a press on its own button, which closes it by itself. */
export function isOwnButton({ anchor }: LayerProps, event: Event): boolean {
  const target = event instanceof FocusEvent ? event.relatedTarget : event.target;
  return target instanceof Node && anchor.current?.contains(target) === true;
}
