'use client';
// What is known of one hop: its time, where it happened, and why there.
import type { Trace } from '@message-push/protocol/admin';
import Link from 'next/link';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { DefinitionList } from '@/components/ui/card.tsx';
import { Time } from '@/components/ui/time.tsx';
import { useDuration } from '@/lib/duration.ts';
import type { HopView } from '@/lib/trace-view.ts';

const KNOWN = [
  'topic',
  'partition',
  'offset',
  'lag',
  'node',
  'ring_version',
  'hash',
  'point',
  'gateway',
  'session_id',
  'platform',
] as const;
type Known = (typeof KNOWN)[number];

export function HopDetail({ trace, view, silent }: { trace: Trace; view: HopView; silent: boolean }) {
  const t = useTranslations('trace');
  const duration = useDuration();
  const { at, stepMs, detail, hop } = view;
  const items: { key: string; name: ReactNode; value: ReactNode }[] = [];
  if (at !== undefined) items.push({ key: 'at', name: t('detail.at'), value: <Time at={at} show="clock" /> });
  if (stepMs !== undefined && hop !== 'api') {
    items.push({ key: 'step', name: t('detail.step'), value: duration(stepMs) });
  }
  for (const key of KNOWN) {
    const value = detail[key];
    if (value === undefined || value === null) continue;
    items.push({ key, name: t(`detail.${key}`), value: <Value name={key} value={value} /> });
  }
  for (const [key, value] of Object.entries(detail)) {
    if (KNOWN.some((known) => known === key) || key === 'acknowledges' || value === undefined) continue;
    items.push({ key, name: <code className="font-mono text-xs">{key}</code>, value: <Mono>{textOf(value)}</Mono> });
  }
  return (
    <div className="space-y-3">
      <p className="text-muted">{silent ? t('noReceiptWhy') : t(`about.${hop}`)}</p>
      {hop === 'node' && <Landing trace={trace} detail={detail} />}
      <DefinitionList items={items} />
    </div>
  );
}

/** Why it landed on this node. */
function Landing({ trace, detail }: { trace: Trace; detail: HopView['detail'] }) {
  const t = useTranslations('trace');
  const { node, hash, point } = detail;
  if (typeof node !== 'string' || typeof hash !== 'number' || typeof point !== 'number') return null;
  return (
    <p>
      {t.rich('landed', {
        node,
        hash: hex(hash),
        point: hex(point),
        code: (chunks) => <code className="font-mono">{chunks}</code>,
      })}{' '}
      <Link
        href={`/ring?uid=${encodeURIComponent(trace.delivery.uid)}`}
        className="text-accent underline underline-offset-2"
      >
        {t('showOnRing')}
      </Link>
    </p>
  );
}

function Value({ name, value }: { name: Known; value: unknown }) {
  if ((name === 'hash' || name === 'point') && typeof value === 'number') return <Mono>{hex(value)}</Mono>;
  if (name === 'node' && typeof value === 'string') {
    return (
      <Link
        href={`/ring/${encodeURIComponent(value)}`}
        className="break-all font-mono text-accent underline-offset-2 hover:underline"
      >
        {value}
      </Link>
    );
  }
  return <Mono>{textOf(value)}</Mono>;
}

function Mono({ children }: { children: ReactNode }) {
  return <span className="break-all font-mono">{children}</span>;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function hex(value: number): string {
  return `0x${value.toString(16).padStart(8, '0')}`;
}
