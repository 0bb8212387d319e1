'use client';
// Small things that tell a fact: states, times, ids, figures.
import { DELIVERY_STATUSES } from '@message-push/protocol/status';
import { useTranslations } from 'next-intl';
import { Badge, NODE_STATES, NodeStateBadge, StatusBadge } from '@/components/ui/badge.tsx';
import { Card, DefinitionList, Figure } from '@/components/ui/card.tsx';
import { fillOf, Patterns, Swatch } from '@/components/ui/category.tsx';
import { Bars, Sparkline } from '@/components/ui/charts.tsx';
import { MessageId, Uid } from '@/components/ui/ids.tsx';
import { Time } from '@/components/ui/time.tsx';

const TONES = ['neutral', 'accent', 'ok', 'warn', 'bad', 'note'] as const;
const AT = Date.UTC(2026, 10, 23, 14, 30, 5, 123);
const VALUES = [3, 5, 4, 8, 12, 9, null, 4, 6, 15, 11, 8, 9, 10];
const CATEGORIES = Array.from({ length: 14 }, (_, index) => index);
const MESSAGE = '019ab3c4d5e67f8091a2b3c4d5e6f708';
const UID = '57098049';
const FIGURE = '42,118';

export function Marks() {
  const t = useTranslations('gallery');
  const word = t('word');
  return (
    <Card title={t('marks')}>
      <div className="space-y-4">
        <div className="flex flex-wrap gap-1.5">
          {DELIVERY_STATUSES.map((status) => (
            <StatusBadge key={status} status={status} />
          ))}
          {NODE_STATES.map((state) => (
            <NodeStateBadge key={state} state={state} />
          ))}
          {TONES.map((tone) => (
            <Badge key={tone} tone={tone}>
              {tone}
            </Badge>
          ))}
        </div>
        <div className="flex flex-wrap items-center gap-4">
          <Time at={AT} />
          <Time at={AT} show="stamp" plain />
          <Time at={AT} show="clock" plain />
          <Uid uid={UID} app="demo" />
          <MessageId id={MESSAGE} />
        </div>
        <div className="grid grid-cols-3 gap-4">
          <dl>
            <Figure name={word} value={FIGURE} note={t('sentence')} />
          </dl>
          <Sparkline values={VALUES} label={t('sentence')} />
          <Bars values={VALUES} label={t('sentence')} colour="var(--ok)" />
        </div>
        <div className="flex flex-wrap gap-3">
          {CATEGORIES.map((index) => (
            <span key={index} className="inline-flex items-center gap-1">
              <Swatch index={index} />
              {index + 1}
            </span>
          ))}
        </div>
        <svg role="img" aria-label={word} viewBox="0 0 280 20" className="w-full">
          <Patterns count={CATEGORIES.length} />
          {CATEGORIES.map((index) => (
            <rect key={index} x={index * 20} width={18} height={20} fill={fillOf(index)} />
          ))}
        </svg>
        <DefinitionList
          items={[
            { name: word, value: t('sentence') },
            { name: word, value: <Uid uid={UID} /> },
          ]}
        />
      </div>
    </Card>
  );
}
