'use client';
// The clauses of the query as chips: each can be edited, switched off for a moment, and removed.
import { formatClause, parseQuery } from '@message-push/protocol/admin/query-language';
import { EyeOff, Pencil, Trash2, X } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { cx } from '@/components/ui/class-names.ts';
import { Menu, MenuItem } from '@/components/ui/menu.tsx';

export function Clauses({
  q,
  off,
  onChange,
  onEdit,
}: {
  q: string;
  /** Clauses that are switched off, as text. */
  off: readonly string[];
  onChange(q: string, off: string[]): void;
  /** The clause goes back into the query bar, selected. */
  onEdit(clause: string): void;
}) {
  const t = useTranslations('messages');
  const parsed = parseQuery(q);
  const on = parsed.ok ? parsed.clauses.map(formatClause) : [];
  if (on.length + off.length === 0) return null;
  const without = (list: readonly string[], clause: string) => list.filter((one) => one !== clause);

  function toggle(clause: string, isOff: boolean) {
    if (!isOff) return onChange(without(on, clause).join(' '), [...off, clause]);
    // A field has one clause: what is switched on takes the place of its twin.
    const field = clause.split(':')[0];
    const others = on.filter((one) => one.split(':')[0] !== field || field === 'text');
    onChange([...others, clause].join(' '), without(off, clause));
  }

  return (
    <ul aria-label={t('clauses')} className="flex flex-wrap items-center gap-1.5">
      {[...on.map((clause) => ({ clause, isOff: false })), ...off.map((clause) => ({ clause, isOff: true }))].map(
        ({ clause, isOff }) => (
          <li
            key={clause}
            className="inline-flex h-6.5 max-w-full items-center overflow-hidden rounded-md border border-line bg-surface"
          >
            <Menu
              align="start"
              trigger={
                <button
                  type="button"
                  className={cx(
                    'h-full min-w-0 truncate px-2 font-mono text-xs -outline-offset-2 hover:bg-hover',
                    isOff && 'text-muted line-through',
                  )}
                >
                  {clause}
                  {isOff && <span className="sr-only"> {t('isOff')}</span>}
                </button>
              }
            >
              <MenuItem icon={<Pencil aria-hidden size={14} />} onSelect={() => onEdit(clause)}>
                {t('editClause')}
              </MenuItem>
              <MenuItem icon={<EyeOff aria-hidden size={14} />} onSelect={() => toggle(clause, isOff)}>
                {isOff ? t('switchOn') : t('switchOff')}
              </MenuItem>
              <MenuItem
                icon={<Trash2 aria-hidden size={14} />}
                onSelect={() => onChange(without(on, clause).join(' '), without(off, clause))}
              >
                {t('removeClause')}
              </MenuItem>
            </Menu>
            <button
              type="button"
              aria-label={t('removeNamed', { clause })}
              onClick={() => onChange(without(on, clause).join(' '), without(off, clause))}
              className="inline-flex h-full w-6 shrink-0 items-center justify-center border-line border-l text-muted -outline-offset-2 hover:bg-hover hover:text-text"
            >
              <X aria-hidden size={12} />
            </button>
          </li>
        ),
      )}
    </ul>
  );
}
