'use client';
// The start password of an operator, shown once.
import type { StartPassword } from '@message-push/protocol/admin';
import { useTranslations } from 'next-intl';
import { Button } from '@/components/ui/button.tsx';
import { CodeBlock } from '@/components/ui/code-block.tsx';
import { Dialog } from '@/components/ui/dialog.tsx';

export function StartPasswordDialog({ start, onClose }: { start: StartPassword | null; onClose(): void }) {
  const t = useTranslations('settings.operators');
  return (
    <Dialog
      open={start !== null}
      onOpenChange={(open) => !open && onClose()}
      title={t('startTitle', { name: start?.operator.name ?? '' })}
      description={t('startText')}
      footer={
        <Button kind="primary" onClick={onClose}>
          {t('startDone')}
        </Button>
      }
    >
      {start && <CodeBlock code={start.start_password} what={t('startPassword')} />}
    </Dialog>
  );
}
