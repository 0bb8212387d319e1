'use client';
// A page that failed as a whole: the shell stays, so that one can go elsewhere.
import { useTranslations } from 'next-intl';
import { Button } from '@/components/ui/button.tsx';
import { EmptyState } from '@/components/ui/empty-state.tsx';

export default function Failed({ reset }: { error: Error; reset: () => void }) {
  const t = useTranslations('shell.failed');
  const common = useTranslations('common');
  return (
    <EmptyState
      title={<h1 className="text-lg">{t('title')}</h1>}
      actions={<Button onClick={reset}>{common('retry')}</Button>}
    >
      {t('text')}
    </EmptyState>
  );
}
