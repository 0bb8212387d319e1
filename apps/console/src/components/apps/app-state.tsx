'use client';
// Whether an app is live, and what may be done about it: disable, enable, and delete once it is disabled.
import type { AppView } from '@message-push/protocol/admin';
import { CircleCheck, CirclePause, Ellipsis, PowerOff, Trash2, Zap } from 'lucide-react';
import { useRouter } from 'next/navigation';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { useChangeApp, useDeleteApp } from '@/lib/apps.ts';
import { useFailureText } from '@/lib/failure-text.ts';
import { useNow } from '@/lib/now.ts';
import { Badge } from '../ui/badge.tsx';
import { Button, IconButton } from '../ui/button.tsx';
import { ConfirmDialog } from '../ui/confirm-dialog.tsx';
import { Menu, MenuItem, MenuLine } from '../ui/menu.tsx';
import { toast } from '../ui/toast.tsx';
import { isUsable, needsTyping } from './usage.ts';

export function AppStateBadge({ state }: { state: AppView['state'] }) {
  const t = useTranslations('apps.state');
  return (
    <Badge tone={state === 'live' ? 'ok' : 'warn'} icon={state === 'live' ? CircleCheck : CirclePause}>
      {t(state)}
    </Badge>
  );
}

/** What an app's page says above all else while it is disabled. */
export function DisabledNote({ app, may }: { app: AppView; may: boolean }) {
  const t = useTranslations('apps.disabled');
  const change = useEnable(app);
  if (app.state === 'live') return null;
  return (
    <div
      role="status"
      className="mb-4 flex flex-wrap items-center gap-x-3 gap-y-2 rounded-lg bg-warn-tint px-4 py-2.5 text-warn"
    >
      <CirclePause aria-hidden size={16} className="shrink-0" />
      <p className="min-w-0 flex-1 basis-64">{t('note')}</p>
      {may && (
        <Button size="small" icon={<Zap aria-hidden size={13} />} busy={change.isPending} onClick={change.enable}>
          {t('enable')}
        </Button>
      )}
    </div>
  );
}

/** Everything but the everyday, behind three dots. */
export function AppMenu({ app }: { app: AppView }) {
  const t = useTranslations('apps.menu');
  const [dialog, setDialog] = useState<'disable' | 'delete' | null>(null);
  const change = useEnable(app);
  const live = app.state === 'live';
  return (
    <>
      <Menu
        trigger={
          <IconButton label={t('label')} kind="secondary">
            <Ellipsis aria-hidden size={16} />
          </IconButton>
        }
      >
        {live ? (
          <MenuItem icon={<PowerOff aria-hidden size={14} />} onSelect={() => setDialog('disable')}>
            {t('disable')}
          </MenuItem>
        ) : (
          <MenuItem icon={<Zap aria-hidden size={14} />} onSelect={change.enable}>
            {t('enable')}
          </MenuItem>
        )}
        <MenuLine />
        <MenuItem danger icon={<Trash2 aria-hidden size={14} />} disabled={live} onSelect={() => setDialog('delete')}>
          {t(live ? 'deleteLater' : 'delete')}
        </MenuItem>
      </Menu>
      <DisableDialog app={app} open={dialog === 'disable'} onClose={() => setDialog(null)} />
      <DeleteDialog app={app} open={dialog === 'delete'} onClose={() => setDialog(null)} />
    </>
  );
}

interface DialogProps {
  app: AppView;
  open: boolean;
  onClose(): void;
}

function DisableDialog({ app, open, onClose }: DialogProps) {
  const t = useTranslations('apps.disable');
  const now = useNow(open);
  const change = useChangeApp(app.id);
  const text = useFailureText();
  const used = open && app.credentials.some((one) => isUsable(one, now) && needsTyping(one, now));

  function close() {
    change.reset();
    onClose();
  }

  function confirm() {
    const onSuccess = () => {
      toast.ok(t('done', { name: app.name }));
      close();
    };
    change.mutate({ state: 'disabled' }, { onSuccess });
  }

  return (
    <ConfirmDialog
      open={open}
      onOpenChange={(next) => !next && close()}
      title={t('title', { name: app.name })}
      description={t('about')}
      action={t('action')}
      danger
      busy={change.isPending}
      onConfirm={confirm}
      error={change.error && text(change.error).what}
      {...(used ? { typed: app.id } : {})}
    >
      {used && <p>{t('used')}</p>}
    </ConfirmDialog>
  );
}

function DeleteDialog({ app, open, onClose }: DialogProps) {
  const t = useTranslations('apps.delete');
  const router = useRouter();
  const remove = useDeleteApp(app.id);
  const text = useFailureText();

  function close() {
    remove.reset();
    onClose();
  }

  function confirm() {
    const onSuccess = () => {
      toast.ok(t('done', { name: app.name }));
      router.push('/apps');
    };
    remove.mutate(app.id, { onSuccess });
  }

  return (
    <ConfirmDialog
      open={open}
      onOpenChange={(next) => !next && close()}
      title={t('title', { name: app.name })}
      description={t('about')}
      action={t('action')}
      danger
      busy={remove.isPending}
      onConfirm={confirm}
      error={remove.error && text(remove.error).what}
      typed={app.id}
    />
  );
}

function useEnable(app: AppView) {
  const t = useTranslations('apps.disabled');
  const change = useChangeApp(app.id);
  const text = useFailureText();
  return {
    isPending: change.isPending,
    enable: () =>
      change.mutate(
        { state: 'live' },
        {
          onSuccess: () => toast.ok(t('enabled', { name: app.name })),
          onError: (error) => toast.bad(text(error).what),
        },
      ),
  };
}
