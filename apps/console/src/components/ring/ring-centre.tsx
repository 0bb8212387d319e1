'use client';
// What stands in the middle of the ring: what the pointer is at, else the uid that was looked for, else the whole.
import type { Location, NodeRow } from '@message-push/protocol/admin';
import { useTranslations } from 'next-intl';
import { Fragment } from 'react';
import { hex } from './circle.ts';
import { useFigures } from './figures.ts';
import type { Pointed } from './ring-drawing.tsx';

export function RingCentre({
  pointed,
  location,
  nodes,
  shares,
}: {
  pointed: Pointed | undefined;
  location: Location | undefined;
  nodes: readonly NodeRow[];
  shares: ReadonlyMap<string, number>;
}) {
  const t = useTranslations('ring.centre');
  const figures = useFigures();
  if (pointed !== undefined) {
    const node = nodes.find(({ id }) => id === pointed.id);
    return (
      <>
        {pointed.place !== undefined && <Small mono>{hex(pointed.place)}</Small>}
        <Big>{pointed.id}</Big>
        <Small>{t('share', { share: figures.share(shares.get(pointed.id) ?? 0) })}</Small>
        {node && node.problem === undefined && <Small>{t('users', { users: node.uids })}</Small>}
      </>
    );
  }
  if (location !== undefined) {
    return (
      <>
        <Small>{t('uid', { uid: location.uid })}</Small>
        <Big>{location.node}</Big>
        <Small mono>{hex(location.hash)}</Small>
      </>
    );
  }
  const users = nodes.reduce((sum, { uids }) => sum + uids, 0);
  return (
    <>
      <span className="font-semibold text-3xl tracking-tight">{figures.count(nodes.length)}</span>
      <Small>{t('nodes', { nodes: nodes.length })}</Small>
      <Small>{t('users', { users })}</Small>
    </>
  );
}

function Big({ children }: { children: string }) {
  return (
    <span className="line-clamp-3 max-w-full font-mono font-semibold text-xs leading-snug [overflow-wrap:anywhere] sm:text-base">
      {children.split(/(?=:)/).map((part) => (
        <Fragment key={part}>
          <wbr />
          {part}
        </Fragment>
      ))}
    </span>
  );
}

function Small({ children, mono = false }: { children: string; mono?: boolean }) {
  return <span className={`max-w-full truncate text-muted text-xs ${mono ? 'font-mono' : ''}`}>{children}</span>;
}
