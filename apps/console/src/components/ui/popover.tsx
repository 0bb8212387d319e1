'use client';
// A small layer that belongs to a button: a filter, an explanation, a few controls.
import { lazy, type ReactElement, type ReactNode, Suspense } from 'react';
import { useTrigger } from './trigger.ts';

const load = () => import('./popover-layer.tsx');
const Layer = lazy(load);

export interface PopoverProps {
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
}

export function Popover({ trigger, open, onOpenChange, ...more }: PopoverProps) {
  const { button, wanted, layer } = useTrigger(trigger, { kind: 'dialog', load, open, onOpenChange });
  return (
    <>
      {button}
      {wanted && (
        <Suspense>
          <Layer {...more} layer={layer} />
        </Suspense>
      )}
    </>
  );
}
