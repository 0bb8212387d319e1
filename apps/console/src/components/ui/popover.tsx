'use client';
// A small layer that belongs to a button: a filter, an explanation, a few controls.
import { Popover as Base } from '@base-ui/react/popover';
import type { ReactElement, ReactNode } from 'react';
import { cx } from './class-names.ts';

export function Popover({
  trigger,
  title,
  align = 'start',
  side = 'bottom',
  open,
  onOpenChange,
  className,
  children,
}: {
  /** The button that opens it. */
  trigger: ReactElement<Record<string, unknown>>;
  /** Its name for those who can't see it; shown as its heading. */
  title: ReactNode;
  align?: 'start' | 'center' | 'end';
  side?: 'top' | 'right' | 'bottom' | 'left';
  open?: boolean;
  onOpenChange?(open: boolean): void;
  className?: string;
  children: ReactNode;
}) {
  return (
    <Base.Root {...(open === undefined ? {} : { open })} {...(onOpenChange ? { onOpenChange } : {})}>
      <Base.Trigger render={trigger} />
      <Base.Portal>
        <Base.Positioner align={align} side={side} sideOffset={6} collisionPadding={8} className="z-60">
          <Base.Popup
            className={cx('pop max-h-(--available-height) max-w-[calc(100vw-1rem)] overflow-y-auto p-3', className)}
          >
            <Base.Title className="mb-2 font-medium text-muted text-xs">{title}</Base.Title>
            {children}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
