'use client';
// A condition of a search: can be edited, switched off and removed.
import { X } from 'lucide-react';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { cx } from './class-names.ts';

export function Chip({
  children,
  name,
  off = false,
  bad = false,
  onEdit,
  onToggle,
  onRemove,
}: {
  children: ReactNode;
  /** What it says, for the names of its buttons. */
  name: string;
  /** Kept, but without effect. */
  off?: boolean;
  bad?: boolean;
  onEdit?(): void;
  onToggle?(): void;
  onRemove?(): void;
}) {
  const t = useTranslations('common');
  const press = onEdit ?? onToggle;
  const look = cx('truncate px-2 font-mono text-xs', off && 'line-through opacity-70');
  return (
    <span
      className={cx(
        'inline-flex h-6.5 max-w-full items-center overflow-hidden rounded-md border',
        bad ? 'border-bad bg-bad-tint text-bad' : 'border-line bg-surface',
      )}
    >
      {press ? (
        <button
          type="button"
          onClick={press}
          aria-pressed={onEdit ? undefined : !off}
          className={cx(look, 'h-full -outline-offset-2 hover:bg-hover')}
        >
          {children}
        </button>
      ) : (
        <span className={look}>{children}</span>
      )}
      {onRemove && (
        <button
          type="button"
          aria-label={t('removeItem', { item: name })}
          onClick={onRemove}
          className="inline-flex h-full w-6 shrink-0 items-center justify-center border-line border-l text-muted -outline-offset-2 hover:bg-hover hover:text-text"
        >
          <X aria-hidden size={12} />
        </button>
      )}
    </span>
  );
}
