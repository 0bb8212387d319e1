'use client';
// Takes a message back from those who don't have it yet; says first how many have it already.
import type { DeliveryRow } from '@message-push/protocol/admin';
import { CornerUpLeft } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Button } from '@/components/ui/button.tsx';
import { ConfirmDialog } from '@/components/ui/confirm-dialog.tsx';
import { toast } from '@/components/ui/toast.tsx';
import { useFailureText } from '@/lib/failure-text.ts';
import { useRecall } from '@/lib/messages.ts';
import { isSettled } from '@/lib/receipts.ts';
import { useCan } from '@/lib/session.ts';

export function Recall({ id, app, rows }: { id: string; app: string; rows: readonly DeliveryRow[] }) {
  const t = useTranslations('trace.recall');
  const can = useCan();
  const text = useFailureText();
  const recall = useRecall(id);
  const [open, setOpen] = useState(false);
  const waiting = rows.filter((row) => !isSettled(row)).length;
  const have = rows.filter(({ status }) => status === 'written' || status === 'acked').length;
  if (!can('send', app) || (waiting === 0 && !open)) return null;

  function confirm() {
    recall.mutate(undefined, {
      onSuccess: ({ recalled, written }) => {
        setOpen(false);
        toast.ok(t('done', { recalled }), t('doneWritten', { written }));
      },
    });
  }

  return (
    <>
      <Button icon={<CornerUpLeft aria-hidden size={15} />} onClick={() => setOpen(true)}>
        {t('button')}
      </Button>
      <ConfirmDialog
        open={open}
        onOpenChange={setOpen}
        title={t('title')}
        action={t('action')}
        danger
        busy={recall.isPending}
        onConfirm={confirm}
        error={recall.error && text(recall.error).what}
      >
        <p>{t('waiting', { waiting })}</p>
        <p className="text-muted">{t('have', { have })}</p>
      </ConfirmDialog>
    </>
  );
}
