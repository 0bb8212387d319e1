'use client';
// What can be done to a person as a whole: closing all sessions, erasing all data; both are asked for first.
import { Eraser, Unplug } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Button } from '@/components/ui/button.tsx';
import { ConfirmDialog } from '@/components/ui/confirm-dialog.tsx';
import { toast } from '@/components/ui/toast.tsx';
import { useFailureText } from '@/lib/failure-text.ts';
import { useDisconnect, useErase } from '@/lib/users.ts';

export function DisconnectAll({ app, uid, sessions }: { app: string; uid: string; sessions: number }) {
  const t = useTranslations('users.orders');
  const text = useFailureText();
  const disconnect = useDisconnect(app, uid);
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button icon={<Unplug aria-hidden size={15} />} onClick={() => setOpen(true)}>
        {t('disconnect')}
      </Button>
      <ConfirmDialog
        open={open}
        onOpenChange={setOpen}
        title={t('disconnectTitle', { count: sessions })}
        description={t('disconnectText')}
        action={t('disconnectAction')}
        danger
        busy={disconnect.isPending}
        error={disconnect.error && `${text(disconnect.error).what} ${text(disconnect.error).todo ?? ''}`}
        onConfirm={() =>
          disconnect.mutate(null, {
            onSuccess: ({ sessions: closed }) => {
              toast.ok(t('disconnected', { count: closed }));
              setOpen(false);
            },
          })
        }
      />
    </>
  );
}

export function EraseUser({ app, uid }: { app: string; uid: string }) {
  const t = useTranslations('users.orders');
  const text = useFailureText();
  const erase = useErase(app, uid);
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button icon={<Eraser aria-hidden size={15} />} onClick={() => setOpen(true)}>
        {t('erase')}
      </Button>
      <ConfirmDialog
        open={open}
        onOpenChange={setOpen}
        title={t('eraseTitle')}
        description={t('eraseText')}
        action={t('eraseAction')}
        danger
        typed={uid}
        busy={erase.isPending}
        error={erase.error && `${text(erase.error).what} ${text(erase.error).todo ?? ''}`}
        onConfirm={() =>
          erase.mutate(undefined, {
            onSuccess: () => {
              toast.ok(t('erased'));
              setOpen(false);
            },
          })
        }
      />
    </>
  );
}
