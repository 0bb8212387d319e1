'use client';
// A panel at the side: the details of a row, or the navigation on a phone. The page behind it stays usable unless it is `modal`.
import { lazy, type ReactNode, Suspense } from 'react';
import { useOnceOpen } from './once-open.ts';

const Layer = lazy(() => import('./drawer-layer.tsx'));

export interface DrawerProps {
  open: boolean;
  onOpenChange(open: boolean): void;
  title: ReactNode;
  /** Buttons beside the title. */
  actions?: ReactNode;
  side?: 'left' | 'right';
  /** False keeps the page behind it usable (rows can be walked through). */
  modal?: boolean;
  children: ReactNode;
}

export function Drawer(props: DrawerProps) {
  return (
    useOnceOpen(props.open) && (
      <Suspense>
        <Layer {...props} />
      </Suspense>
    )
  );
}
