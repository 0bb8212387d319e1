'use client';
// The keys that an app signs its own tokens with: at most two live, so that one can be replaced without a gap.
import type { AppView } from '@message-push/protocol/admin';
import { FileKey, KeySquare, Plus } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useRef, useState } from 'react';
import { type SigningKey, useAppsChanged, useRemoveKey, useSigningKeys } from '@/lib/apps.ts';
import { useFailureText } from '@/lib/failure-text.ts';
import { useCan } from '@/lib/session.ts';
import { Badge } from '../ui/badge.tsx';
import { Button } from '../ui/button.tsx';
import { Card } from '../ui/card.tsx';
import { ConfirmDialog } from '../ui/confirm-dialog.tsx';
import { CopyButton } from '../ui/copy-button.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { Loaded } from '../ui/loaded.tsx';
import { SkeletonLines } from '../ui/skeleton.tsx';
import { Time } from '../ui/time.tsx';
import { toast } from '../ui/toast.tsx';
import { KeyDialog } from './key-dialog.tsx';
import { type Made, SecretDialog } from './secret-dialog.tsx';
import { useFocusKept } from './use-focus-kept.ts';
import { useLast } from './use-last.ts';

const KEYS_MAX = 2;
const NO_KEYS: readonly SigningKey[] = [];

export function KeysTab({ app }: { app: AppView }) {
  const t = useTranslations('apps.keys');
  const keys = useSigningKeys(app.id);
  const may = useCan()('credentials', app.id);
  const changed = useAppsChanged();
  const [adding, setAdding] = useState(false);
  const [made, setMade] = useState<Made | null>(null);
  const [madeId, setMadeId] = useState<string>();
  const [removing, setRemoving] = useState<SigningKey>();
  const full = (keys.data?.length ?? 0) >= KEYS_MAX;

  function added(key: { id: string; secret?: string | undefined }) {
    setAdding(false);
    changed();
    setMadeId(key.id);
    if (key.secret === undefined) toast.ok(t('added'));
    else setMade({ kind: 'key', app: app.id, id: key.id, secret: key.secret });
  }

  return (
    <div className="space-y-4">
      <p className="max-w-3xl text-muted">{t('about')}</p>
      <Keys
        keys={keys}
        onAdd={may && !full ? () => setAdding(true) : undefined}
        onRemove={may ? setRemoving : undefined}
      />
      {full && <p className="max-w-3xl text-muted">{t('full')}</p>}
      <KeyDialog app={app.id} open={adding} onOpenChange={setAdding} onAdded={added} />
      <SecretDialog
        made={made}
        onDone={() => setMade(null)}
        finalFocus={() => (madeId === undefined ? null : document.getElementById(`key-${madeId}`))}
      />
      <RemoveDialog
        app={app.id}
        signingKey={removing}
        left={keys.data?.length ?? 0}
        onClose={() => setRemoving(undefined)}
      />
    </div>
  );
}

function Keys({
  keys,
  onAdd,
  onRemove,
}: {
  keys: ReturnType<typeof useSigningKeys>;
  onAdd: (() => void) | undefined;
  onRemove: ((key: SigningKey) => void) | undefined;
}) {
  const t = useTranslations('apps.keys');
  const list = useRef<HTMLDivElement>(null);
  useFocusKept(keys.data ?? NO_KEYS, list);
  const add = onAdd && (
    <Button size="small" icon={<Plus aria-hidden size={14} />} onClick={onAdd}>
      {t('add')}
    </Button>
  );
  return (
    <div ref={list} tabIndex={-1} className="rounded-lg">
      <Card
        title={t('title')}
        note={keys.data && t('count', { count: keys.data.length, max: KEYS_MAX })}
        flush
        actions={add}
      >
        <Loaded query={keys} title={t('notLoaded')} skeleton={<Waiting />}>
          {(rows) =>
            rows.length === 0 ? (
              <EmptyState icon={<FileKey aria-hidden size={28} />} title={t('none')}>
                {t('noneAbout')}
              </EmptyState>
            ) : (
              <ul className="divide-y divide-line">
                {rows.map((key) => (
                  <KeyRow key={key.id} signingKey={key} onRemove={onRemove && (() => onRemove(key))} />
                ))}
              </ul>
            )
          }
        </Loaded>
      </Card>
    </div>
  );
}

function Waiting() {
  return (
    <div className="p-4">
      <SkeletonLines lines={2} />
    </div>
  );
}

function KeyRow({ signingKey, onRemove }: { signingKey: SigningKey; onRemove: (() => void) | undefined }) {
  const t = useTranslations('apps.keys');
  const { id, created_at } = signingKey;
  return (
    <li
      id={`key-${id}`}
      tabIndex={-1}
      className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3 -outline-offset-2"
    >
      <KeySquare aria-hidden size={16} className="shrink-0 text-muted" />
      <div className="min-w-0 flex-1 basis-56">
        <div className="flex flex-wrap items-center gap-2">
          <code className="min-w-0 break-all font-mono text-[0.8125rem]">{id}</code>
          <CopyButton text={id} what={t('id')} />
          <Badge>HS256</Badge>
        </div>
        {created_at !== undefined && (
          <p className="text-muted text-xs">{t.rich('made', { time: () => <Time at={created_at} /> })}</p>
        )}
      </div>
      {onRemove && (
        <Button size="small" onClick={onRemove} aria-label={t('removeNamed', { id })}>
          {t('remove')}
        </Button>
      )}
    </li>
  );
}

function RemoveDialog({
  app,
  signingKey,
  left,
  onClose,
}: {
  app: string;
  signingKey: SigningKey | undefined;
  left: number;
  onClose(): void;
}) {
  const t = useTranslations('apps.keys.removal');
  const remove = useRemoveKey(app);
  const text = useFailureText();
  const last = useLast(signingKey);

  function close() {
    remove.reset();
    onClose();
  }

  function confirm() {
    if (last === undefined) return;
    const onSuccess = () => {
      toast.ok(t('done'));
      close();
    };
    remove.mutate(last.id, { onSuccess });
  }

  return (
    <ConfirmDialog
      open={signingKey !== undefined}
      onOpenChange={(open) => !open && close()}
      title={t('title')}
      description={t('about')}
      action={t('action')}
      danger
      busy={remove.isPending}
      onConfirm={confirm}
      error={remove.error && text(remove.error).what}
    >
      <p className="break-all font-mono text-[0.8125rem]">{last?.id}</p>
      {left <= 1 && <p className="font-medium text-warn">{t('last')}</p>}
    </ConfirmDialog>
  );
}
