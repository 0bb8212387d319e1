'use client';
// A word or two on hover and focus. Never the only place of a fact: touch has no hover.
import { type ReactElement, type ReactNode, useEffect, useRef, useState } from 'react';
import { createPortal } from 'react-dom';
import { merged } from './merged.ts';
import { placeBeside, type Side } from './place.ts';

const DELAY_MS = 400;
/** Pixels. */
const GAP = 6;

export function Tooltip({
  text,
  side = 'bottom',
  children,
}: {
  text: ReactNode;
  side?: Side;
  /** The one element that is described. */
  children: ReactElement<Record<string, unknown>>;
}) {
  const anchor = useRef<HTMLElement>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const [open, setOpen] = useState(false);

  function show(afterMs: number) {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setOpen(true), afterMs);
  }
  function hide() {
    clearTimeout(timer.current);
    setOpen(false);
  }
  useEffect(() => () => clearTimeout(timer.current), []);
  useEffect(() => {
    if (!open) return;
    const onKey = ({ key }: KeyboardEvent) => key === 'Escape' && setOpen(false);
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [open]);

  return (
    <>
      {merged(children, {
        ref: anchor,
        onPointerEnter: ({ pointerType }: PointerEvent) => pointerType !== 'touch' && show(DELAY_MS),
        onPointerLeave: hide,
        onPointerDown: hide,
        onFocus: ({ target }: { target: Element }) => target.matches(':focus-visible') && show(0),
        onBlur: hide,
      })}
      {open &&
        createPortal(
          <div
            ref={(layer) => {
              if (layer !== null && anchor.current !== null) placeBeside(layer, anchor.current, { side, gap: GAP });
            }}
            popover="manual"
            role="tooltip"
            className="pop pointer-events-none fixed inset-auto max-w-72 px-2 py-1 text-text text-xs"
          >
            {text}
          </div>,
          document.body,
        )}
    </>
  );
}
