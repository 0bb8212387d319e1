'use client';
// A region without its content.
import { Inbox } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { Button } from '@/components/ui/button.tsx';
import { Card } from '@/components/ui/card.tsx';
import { CodeBlock } from '@/components/ui/code-block.tsx';
import { EmptyState } from '@/components/ui/empty-state.tsx';
import { Skeleton, SkeletonLines } from '@/components/ui/skeleton.tsx';
import { ErrorState } from '@/components/ui/states.tsx';
import { ApiFailure } from '@/lib/api.ts';

const FAILURE = new ApiFailure(503, 'ARCHIVE_UNAVAILABLE', '', { requestId: '0b7c2f1e-5a4d-4c3b-9e8f-1a2b3c4d5e6f' });
const SAMPLE = JSON.stringify(
  { cmd: 'MESSAGE', data: { title: '…', ttl_s: 86_400, online: true, extras: null } },
  null,
  2,
);

export function States() {
  const t = useTranslations('gallery');
  const word = t('word');
  return (
    <Card title={t('states')} flush>
      <EmptyState icon={<Inbox aria-hidden size={28} />} title={word} actions={<Button kind="primary">{word}</Button>}>
        {t('sentence')}
      </EmptyState>
      <div className="border-line border-y">
        <ErrorState error={FAILURE} title={word} stillWorks={t('sentence')} onRetry={() => undefined} />
      </div>
      <div className="space-y-4 p-4">
        <Skeleton className="h-8 w-40" />
        <SkeletonLines />
        <CodeBlock code={SAMPLE} what={word} language="json" />
      </div>
    </Card>
  );
}
