'use client';
// Nodes with their share now and after a change: the same table for trying out, for the confirmation of a drain, and as the words of the
// picture. What the pointer or the keys are at stands out in the drawing.
import { X } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { Badge } from '@/components/ui/badge.tsx';
import { IconButton } from '@/components/ui/button.tsx';
import { Box } from '@/components/ui/checkbox.tsx';
import { cx } from '@/components/ui/class-names.ts';
import { useFigures } from './figures.ts';
import { NodeName } from './node-name.tsx';
import type { OutlookRow } from './outlook.ts';

interface OutlookTableProps {
  label: string;
  rows: readonly OutlookRow[];
  /** Whether there is a change to show. */
  changed: boolean;
  colours: ReadonlyMap<string, number>;
  /** Nodes that are to leave, and how to choose them; without it nothing can be chosen. */
  removed?: ReadonlySet<string>;
  onToggle?: (id: string) => void;
  /** Takes a node back that was only thought of. */
  onUnadd?: (id: string) => void;
  onPoint?: (id: string | undefined) => void;
  isolated?: string | undefined;
}

export function OutlookTable(props: OutlookTableProps) {
  const { label, rows, changed, onToggle } = props;
  const t = useTranslations('ring.outlook');
  const head = 'h-8 whitespace-nowrap px-2 font-medium';
  const figure = cx(head, 'text-right');
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys
    <section tabIndex={0} aria-label={label} className="relative max-h-96 overflow-auto -outline-offset-2">
      <table
        className={cx(
          'w-full border-collapse',
          props.onPoint && '[&_:is(td,th):first-child]:pl-4 [&_:is(td,th):last-child]:pr-4',
        )}
      >
        <caption className="sr-only">{label}</caption>
        <thead
          className={cx(
            'text-muted text-xs shadow-[0_1px_0_var(--line)]',
            // Within a dialog the whole dialog scrolls.
            props.onPoint && 'sticky top-0 z-10 bg-surface',
          )}
        >
          <tr>
            {onToggle && (
              <th scope="col" className={cx(head, 'w-8')}>
                <span className="sr-only">{t('remove')}</span>
              </th>
            )}
            <th scope="col" className={cx(head, 'text-left')}>
              {t('node')}
            </th>
            <th scope="col" className={figure}>
              {changed ? t('now') : t('share')}
            </th>
            {changed && (
              <>
                <th scope="col" className={cx(figure, 'max-[24rem]:hidden')}>
                  {t('change')}
                </th>
                <th scope="col" className={figure}>
                  {t('after')}
                </th>
                <th scope="col" className={cx(figure, 'max-sm:hidden')}>
                  {t('users')}
                </th>
              </>
            )}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <Line key={row.id} row={row} table={props} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Line({ row, table }: { row: OutlookRow; table: OutlookTableProps }) {
  const { colours, changed, removed, onToggle, onUnadd, onPoint, isolated } = table;
  const t = useTranslations('ring.outlook');
  const figures = useFigures();
  const { id, before, after, usersAfter, kind } = row;
  const cell = 'px-2 text-right whitespace-nowrap';
  return (
    <tr
      onPointerEnter={() => onPoint?.(id)}
      onPointerLeave={() => onPoint?.(undefined)}
      onFocus={() => onPoint?.(id)}
      onBlur={() => onPoint?.(undefined)}
      className={cx('h-9 border-line border-b last:border-b-0', isolated === id && 'bg-hover')}
    >
      {onToggle && (
        <td className="w-8 px-2">
          {kind === 'joins' ? (
            <IconButton label={t('unadd', { id })} size="small" onClick={() => onUnadd?.(id)} className="-mx-1.5">
              <X aria-hidden size={14} />
            </IconButton>
          ) : (
            <Tick checked={removed?.has(id) ?? false} label={t('removeNode', { id })} onChange={() => onToggle(id)} />
          )}
        </td>
      )}
      <td className="w-full max-w-0 px-2">
        <span className="flex min-w-0 items-center gap-2">
          <NodeName id={id} colour={colours.get(id)} link={kind !== 'joins' && onToggle !== undefined} />
          {changed && kind !== 'stays' && (
            <span className="shrink-0">
              <Badge tone={kind === 'joins' ? 'accent' : 'note'}>{t(kind)}</Badge>
            </span>
          )}
        </span>
      </td>
      <td className={cell}>{kind === 'joins' ? '–' : figures.share(before)}</td>
      {changed && (
        <>
          <td className={cx(cell, 'text-muted max-[24rem]:hidden')}>{figures.change(after - before)}</td>
          <td className={cx(cell, 'font-medium')}>{figures.share(after)}</td>
          <td className={cx(cell, 'text-muted max-sm:hidden')}>{figures.count(usersAfter)}</td>
        </>
      )}
    </tr>
  );
}

/** A box whose name is not shown: the row says it. */
function Tick({ checked, label, onChange }: { checked: boolean; label: string; onChange(): void }) {
  return <Box checked={checked} onChange={onChange} aria-label={label} />;
}
