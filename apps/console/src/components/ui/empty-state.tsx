// A region with nothing in it yet.
import type { ReactNode } from 'react';

export function EmptyState({
  icon,
  title,
  actions,
  children,
}: {
  icon?: ReactNode;
  title: ReactNode;
  actions?: ReactNode;
  /** What it is good for and how it comes about. */
  children?: ReactNode;
}) {
  return (
    <div className="flex flex-col items-center gap-2 px-4 py-10 text-center">
      {icon && <span className="mb-1 text-faint">{icon}</span>}
      <div className="font-medium">{title}</div>
      {children && <div className="max-w-md text-muted">{children}</div>}
      {actions && <div className="mt-3 flex flex-wrap justify-center gap-2">{actions}</div>}
    </div>
  );
}
