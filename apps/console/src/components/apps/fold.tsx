// A part that is folded away until it is asked for; the arrow says which way.
import { ChevronRight } from 'lucide-react';
import type { ReactNode } from 'react';
import { cx } from '../ui/class-names.ts';

export function Fold({ title, card = false, children }: { title: ReactNode; card?: boolean; children: ReactNode }) {
  return (
    <details className={cx('group border border-line', card ? 'rounded-lg bg-surface' : 'rounded-md')}>
      <summary className="flex min-h-10 list-none items-center gap-2 rounded-lg px-4 py-2 font-medium text-muted -outline-offset-2 hover:text-text [&::-webkit-details-marker]:hidden">
        <ChevronRight
          aria-hidden
          size={15}
          className="shrink-0 transition-transform group-open:rotate-90 motion-reduce:transition-none"
        />
        {title}
      </summary>
      {children}
    </details>
  );
}
