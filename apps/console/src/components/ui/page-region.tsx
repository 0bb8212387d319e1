// Around the `Loaded` of a whole page: an error, or the news that what is shown is old, stands in a box of its own.
import type { ReactNode } from 'react';

export function PageRegion({ children }: { children: ReactNode }) {
  return (
    <div className="[&>[role=alert]]:rounded-lg [&>[role=alert]]:border [&>[role=alert]]:border-line [&>[role=alert]]:bg-surface [&>[role=status]]:mb-4 [&>[role=status]]:rounded-lg">
      {children}
    </div>
  );
}
