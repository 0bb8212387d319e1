// Parts of a page: a card with a heading, the page's own heading, and pairs of name and value.
import type { ReactNode } from 'react';
import { cx } from './class-names.ts';

/** A region with its own heading. `flush` lets a table or list touch its borders. */
export function Card({
  title,
  note,
  actions,
  flush = false,
  className,
  children,
}: {
  title?: ReactNode;
  /** Beside the title, quiet. */
  note?: ReactNode;
  actions?: ReactNode;
  flush?: boolean;
  className?: string;
  children: ReactNode;
}) {
  return (
    <section className={cx('min-w-0 overflow-hidden rounded-lg border border-line bg-surface', className)}>
      {(title || actions) && (
        <div className="flex min-h-11 flex-wrap items-center gap-x-3 gap-y-1 border-line border-b px-4 py-1.5">
          <h2 className="font-semibold text-sm">{title}</h2>
          {note && <span className="text-muted text-xs">{note}</span>}
          {actions && <div className="ml-auto flex flex-wrap items-center gap-2">{actions}</div>}
        </div>
      )}
      <div className={flush ? undefined : 'p-4'}>{children}</div>
    </section>
  );
}

/** The one h1 of a page, with what it is about and what can be done. */
export function PageHeader({
  title,
  description,
  badges,
  actions,
}: {
  title: ReactNode;
  description?: ReactNode;
  badges?: ReactNode;
  actions?: ReactNode;
}) {
  return (
    <div className="mb-5 flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
      <div className="min-w-0 flex-1 basis-60 space-y-1">
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
          <h1 className="min-w-0 break-words font-semibold text-xl tracking-tight">{title}</h1>
          {badges}
        </div>
        {description && <p className="max-w-3xl text-muted">{description}</p>}
      </div>
      {actions && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
    </div>
  );
}

/** Names and values, one pair a line. */
export function DefinitionList({ items }: { items: readonly { name: ReactNode; value: ReactNode; key?: string }[] }) {
  return (
    <dl className="grid grid-cols-[minmax(6rem,max-content)_minmax(0,1fr)] gap-x-6 gap-y-2 max-sm:grid-cols-1 max-sm:gap-y-0.5">
      {items.map((item, index) => (
        <div key={item.key ?? index} className="col-span-full grid grid-cols-subgrid max-sm:pb-2">
          <dt className="text-muted">{item.name}</dt>
          <dd className="min-w-0 break-words">{item.value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** A figure that matters, with its name above it and how it came about below. */
export function Figure({ name, value, note }: { name: ReactNode; value: ReactNode; note?: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="truncate text-muted text-xs">{name}</dt>
      <dd className="font-semibold text-xl tracking-tight">{value}</dd>
      {note && <dd className="truncate text-muted text-xs">{note}</dd>}
    </div>
  );
}

/** A key on the keyboard. */
export function Kbd({ children }: { children: ReactNode }) {
  return (
    <kbd className="inline-flex h-5 min-w-5 items-center justify-center rounded border border-line-strong bg-sunken px-1 font-sans text-[0.6875rem] text-muted">
      {children}
    </kbd>
  );
}
