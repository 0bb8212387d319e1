// Ids in a fixed-width font: cut in the middle of nothing, whole in the title.
import Link from 'next/link';
import { cx } from './class-names.ts';

const LOOK = 'inline-block max-w-full truncate align-bottom font-mono text-[0.8125rem]';
const LINKED = 'text-accent underline-offset-2 hover:underline';

/** A recipient; with `app` it leads to the page of that user. */
export function Uid({ uid, app, className }: { uid: string; app?: string; className?: string }) {
  if (app === undefined) {
    return (
      <span title={uid} className={cx(LOOK, className)}>
        {uid}
      </span>
    );
  }
  const href = `/users/${encodeURIComponent(uid)}?app=${encodeURIComponent(app)}`;
  return (
    <Link href={href} title={uid} className={cx(LOOK, LINKED, className)}>
      {uid}
    </Link>
  );
}

/** A message; leads to its trace. Its end tells it apart: the beginning is a time, the same for neighbours. */
export function MessageId({ id, whole = false, link = true }: { id: string; whole?: boolean; link?: boolean }) {
  const shown = whole || id.length <= 14 ? id : `${id.slice(0, 4)}…${id.slice(-8)}`;
  if (!link) {
    return (
      <span title={id} className={LOOK}>
        {shown}
      </span>
    );
  }
  return (
    <Link href={`/messages/${id}`} title={id} className={cx(LOOK, LINKED)}>
      {shown}
    </Link>
  );
}
