'use client';
// A question or a small form above the page. Esc and the button close it; focus returns to where it was.
import { lazy, type ReactNode, Suspense } from 'react';
import { useOnceOpen } from './once-open.ts';

const Layer = lazy(() => import('./dialog-layer.tsx'));

export type DialogSize = 'small' | 'medium' | 'large';

export interface DialogProps {
  open: boolean;
  /** Called to close; may decide not to (unsaved work). */
  onOpenChange(open: boolean): void;
  title: ReactNode;
  description?: ReactNode;
  size?: DialogSize;
  /** The buttons, the main one last. */
  footer?: ReactNode;
  /** Where the focus goes when it has closed; else, or on null, back to where it was. */
  finalFocus?(): HTMLElement | null;
  children?: ReactNode;
}

export function Dialog(props: DialogProps) {
  return (
    useOnceOpen(props.open) && (
      <Suspense>
        <Layer {...props} />
      </Suspense>
    )
  );
}
