'use client';
// A ring without nodes: what that means, and what to check, in order.
import type { RingView } from '@message-push/protocol/admin';
import { CircleDashed } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { Button } from '@/components/ui/button.tsx';
import { Card } from '@/components/ui/card.tsx';
import { EmptyState } from '@/components/ui/empty-state.tsx';
import { useRefreshRing } from '@/lib/ring.ts';

const STEPS = ['runs', 'registered', 'reached', 'leader'] as const;

export function RingEmpty({ ring }: { ring: RingView }) {
  const t = useTranslations('ring.empty');
  const refresh = useRefreshRing();
  return (
    <Card>
      <EmptyState
        icon={<CircleDashed aria-hidden size={56} strokeWidth={1} />}
        title={t('title')}
        actions={<Button onClick={() => void refresh()}>{t('again')}</Button>}
      >
        <p>{t('text')}</p>
        <ol className="mx-auto mt-4 max-w-md list-decimal space-y-1.5 pl-6 text-left">
          {STEPS.map((step) => (
            <li key={step}>
              {t.rich(step, {
                leader: ring.leader ?? t('noLeader'),
                code: (chunks) => <code className="font-mono text-[0.8125rem] text-text">{chunks}</code>,
              })}
            </li>
          ))}
        </ol>
      </EmptyState>
    </Card>
  );
}
