'use client';
// What a node is and what it told the registry; whatever stands there is shown as text.
import type { NodeRow, RingView } from '@message-push/protocol/admin';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { useFigures } from '@/components/ring/figures.ts';
import { Card, DefinitionList } from '@/components/ui/card.tsx';

export function NodeDetails({ node, ring }: { node: NodeRow; ring: RingView | undefined }) {
  const t = useTranslations('ring.node');
  const figures = useFigures();
  const { ring_version: version } = node;
  const present = ring?.version;
  const points = ring?.points[node.id]?.length;
  const facts: { key: Parameters<typeof t>[0]; value: ReactNode }[] = [
    { key: 'detail.address', value: <Code>{node.address}</Code> },
    { key: 'detail.incarnation', value: <Code>{node.incarnation}</Code> },
    { key: 'detail.zone', value: node.zone ?? '–' },
    { key: 'detail.version', value: node.version ?? '–' },
    {
      key: 'detail.heard',
      value: node.heard_ms === undefined ? '–' : t('heardAgo', { age: figures.duration(node.heard_ms / 1_000) }),
    },
    { key: 'detail.weight', value: figures.rate(node.weight) },
    { key: 'detail.points', value: points === undefined ? '–' : figures.count(points) },
    { key: 'detail.uptime', value: node.problem === undefined ? figures.duration(node.uptime_s) : '–' },
    {
      key: 'detail.ring',
      value: present !== undefined && version < present ? t('ringBehind', { version, present }) : String(version),
    },
    { key: 'detail.links', value: `${node.linked_gateways} / ${node.gateways}` },
    { key: 'detail.catchUps', value: node.problem === undefined ? figures.count(node.catch_ups_total) : '–' },
  ];
  return (
    <Card title={t('details')}>
      <DefinitionList items={facts.map(({ key, value }) => ({ key, name: t(key), value }))} />
    </Card>
  );
}

export function NodeMetadata({ metadata }: { metadata: Readonly<Record<string, unknown>> }) {
  const t = useTranslations('ring.node');
  const entries = Object.entries(metadata);
  return (
    <Card title={t('metadata')}>
      {entries.length === 0 ? (
        <p className="text-muted">{t('noMetadata')}</p>
      ) : (
        <DefinitionList
          items={entries.map(([name, value]) => ({
            key: name,
            name: <Code>{name}</Code>,
            value: <Code>{typeof value === 'string' ? value : JSON.stringify(value)}</Code>,
          }))}
        />
      )}
    </Card>
  );
}

function Code({ children }: { children: string }) {
  return <span className="break-all font-mono text-[0.8125rem]">{children}</span>;
}
