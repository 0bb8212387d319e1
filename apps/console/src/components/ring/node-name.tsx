// A node by its colour and its name; the name is text whatever it holds, and leads to the node's page.
import Link from 'next/link';
import { cx } from '@/components/ui/class-names.ts';
import { NodeSwatch } from './node-look.tsx';

/** Where a node's page is. */
export function nodePath(id: string): string {
  return `/ring/${encodeURIComponent(id)}`;
}

export function NodeName({
  id,
  colour,
  link = true,
  className,
}: {
  id: string;
  /** Number of its colour; absent for one that is not on the ring. */
  colour: number | undefined;
  link?: boolean;
  className?: string;
}) {
  // Neighbours differ at the end of their names: what has no room is cut at the beginning.
  const name = 'min-w-0 truncate text-left font-mono text-[0.8125rem] [direction:rtl]';
  return (
    <span className={cx('inline-flex max-w-full min-w-0 items-center gap-2 align-bottom', className)}>
      <NodeSwatch colour={colour} />
      {link ? (
        <Link href={nodePath(id)} title={id} className={cx(name, 'underline-offset-2 hover:underline')}>
          <bdi dir="ltr">{id}</bdi>
        </Link>
      ) : (
        <span title={id} className={name}>
          <bdi dir="ltr">{id}</bdi>
        </span>
      )}
    </span>
  );
}
