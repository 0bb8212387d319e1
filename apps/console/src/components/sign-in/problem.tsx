'use client';
// What went wrong at the door, read out at once.
import { CircleAlert } from 'lucide-react';
import type { ReactNode } from 'react';

export function Problem({ children }: { children: ReactNode }) {
  return (
    <div role="alert">
      {children && (
        <p className="flex items-start gap-2 rounded-md bg-bad-tint px-3 py-2 text-bad">
          <CircleAlert aria-hidden size={16} className="mt-0.5 shrink-0" />
          <span className="min-w-0 break-words">{children}</span>
        </p>
      )}
    </div>
  );
}
