'use client';
// What is odd about the ring, each thing by itself: frozen membership, nodes that ring and registry disagree about, nodes that are not well.
import type { RingView } from '@message-push/protocol/admin';
import { TriangleAlert } from 'lucide-react';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { NodeName } from './node-name.tsx';

/** Names listed in one warning. */
const NAMED = 6;

export function RingWarnings({ ring, colours }: { ring: RingView; colours: ReadonlyMap<string, number> }) {
  const t = useTranslations('ring.warning');
  const { frozen, disagreements, nodes } = ring;
  const missing = disagreements.filter(({ problem }) => problem === 'registered_not_on_ring').map(({ id }) => id);
  const unregistered = disagreements.filter(({ problem }) => problem === 'on_ring_not_registered').map(({ id }) => id);
  const down = nodes.filter(({ state }) => state === 'down').map(({ id }) => id);
  const suspicious = nodes.filter(({ state }) => state === 'suspicious').map(({ id }) => id);
  const listed = [
    { kind: 'down', ids: down },
    { kind: 'suspicious', ids: suspicious },
    { kind: 'missing', ids: missing },
    { kind: 'unregistered', ids: unregistered },
  ] as const;
  const told = listed.filter(({ ids }) => ids.length > 0);
  if (frozen === undefined && told.length === 0) return null;
  return (
    <ul aria-label={t('title')} className="mb-4 space-y-2">
      {frozen !== undefined && (
        <Warning title={t('frozen', { version: ring.version })}>
          {t('frozenText')} <span lang="en">{frozen}</span>
        </Warning>
      )}
      {told.map(({ kind, ids }) => (
        <Warning key={kind} title={t(`${kind}`, { count: ids.length })}>
          {t(`${kind}Text`)}{' '}
          {ids.slice(0, NAMED).map((id) => (
            <NodeName key={id} id={id} colour={colours.get(id)} link={colours.has(id)} className="mr-2" />
          ))}
          {ids.length > NAMED && t('more', { count: ids.length - NAMED })}
        </Warning>
      ))}
    </ul>
  );
}

function Warning({ title, children }: { title: string; children: ReactNode }) {
  return (
    <li className="flex items-start gap-2.5 rounded-lg border border-warn/40 bg-warn-tint px-4 py-2.5">
      <TriangleAlert aria-hidden size={16} className="mt-0.5 shrink-0 text-warn" />
      <div className="min-w-0">
        <p className="font-medium">{title}</p>
        <p className="text-muted">{children}</p>
      </div>
    </li>
  );
}
