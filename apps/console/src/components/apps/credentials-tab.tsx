'use client';
// The secrets of an app: those that work with their use, a rotation under way, and those that have ended.
import type { AppView, CredentialView } from '@message-push/protocol/admin';
import { KeyRound, Plus, RefreshCw } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useRef, useState } from 'react';
import { useAppsChanged } from '@/lib/apps.ts';
import { useNow } from '@/lib/now.ts';
import { useCan } from '@/lib/session.ts';
import { Button } from '../ui/button.tsx';
import { Card } from '../ui/card.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { CredentialItem } from './credential-item.tsx';
import { EndedCredentials } from './ended-credentials.tsx';
import { IssueDialog } from './issue-dialog.tsx';
import { PairExplained } from './pair-explained.tsx';
import { RevokeDialog } from './revoke-dialog.tsx';
import { RotateDialog } from './rotate-dialog.tsx';
import { rotationOf } from './rotation.ts';
import { RotationLine } from './rotation-line.tsx';
import { SecretCheck } from './secret-check.tsx';
import { type Made, SecretDialog } from './secret-dialog.tsx';
import { isUsable, verdictOf } from './usage.ts';
import { useFocusKept } from './use-focus-kept.ts';

export function CredentialsTab({ app }: { app: AppView }) {
  const now = useNow();
  const may = useCan()('credentials', app.id);
  const [dialog, setDialog] = useState<'issue' | 'rotate' | null>(null);
  const [revoking, setRevoking] = useState<CredentialView>();
  const usable = app.credentials.filter((one) => isUsable(one, now));
  const rotation = rotationOf(app.credentials, now);
  const secret = useMadeSecret(() => setDialog(null));
  const close = (open: boolean) => setDialog(open ? dialog : null);
  return (
    <div className="space-y-4">
      {rotation && <RotationLine rotation={rotation} />}
      <Usable
        app={app}
        usable={usable}
        now={now}
        freshId={secret.freshId}
        may={may}
        open={setDialog}
        onRevoke={setRevoking}
      />
      <EndedCredentials credentials={app.credentials.filter((one) => !isUsable(one, now))} />
      {app.credentials.length > 0 && <SecretCheck credentials={app.credentials} now={now} />}
      <IssueDialog app={app.id} open={dialog === 'issue'} onOpenChange={close} onMade={secret.onMade} />
      <RotateDialog app={app} open={dialog === 'rotate'} onOpenChange={close} onMade={secret.onMade} />
      <SecretDialog made={secret.made} onDone={secret.onDone} finalFocus={secret.finalFocus} />
      <RevokeDialog app={app} credential={revoking} onClose={() => setRevoking(undefined)} />
    </div>
  );
}

/** The secrets that work, and what can be done about them. */
function Usable(props: {
  app: AppView;
  usable: readonly CredentialView[];
  now: number;
  freshId: string | undefined;
  may: boolean;
  open(dialog: 'issue' | 'rotate'): void;
  onRevoke(credential: CredentialView): void;
}) {
  const { app, usable, now, freshId, may, open, onRevoke } = props;
  const t = useTranslations('apps.credentials');
  const list = useRef<HTMLDivElement>(null);
  useFocusKept(usable, list);
  const actions = may && usable.length > 0 && <Actions open={open} />;
  return (
    <div ref={list} tabIndex={-1} className="rounded-lg">
      <Card title={t('title')} note={t('note')} flush actions={actions}>
        {usable.length === 0 ? (
          <NoSecret app={app} onIssue={may ? () => open('issue') : undefined} />
        ) : (
          <ul className="divide-y divide-line">
            {usable.map((one) => (
              <CredentialItem
                key={one.id}
                credential={one}
                now={now}
                verdict={usable.length > 1 ? verdictAmong(one, usable, now) : undefined}
                onRevoke={may ? () => onRevoke(one) : undefined}
                fresh={one.id === freshId}
              />
            ))}
          </ul>
        )}
      </Card>
    </div>
  );
}

function Actions({ open }: { open(dialog: 'issue' | 'rotate'): void }) {
  const t = useTranslations('apps.credentials');
  return (
    <>
      <Button size="small" icon={<Plus aria-hidden size={14} />} onClick={() => open('issue')}>
        {t('issue')}
      </Button>
      <Button size="small" kind="primary" icon={<RefreshCw aria-hidden size={13} />} onClick={() => open('rotate')}>
        {t('rotate')}
      </Button>
    </>
  );
}

function NoSecret({ app, onIssue }: { app: AppView; onIssue: (() => void) | undefined }) {
  const t = useTranslations('apps.credentials');
  return (
    <EmptyState
      icon={<KeyRound aria-hidden size={28} />}
      title={t(app.credentials.length === 0 ? 'none' : 'noneLeft')}
      actions={
        onIssue && (
          <Button kind="primary" onClick={onIssue}>
            {t('issueFirst')}
          </Button>
        )
      }
    >
      <PairExplained app={app.id} />
    </EmptyState>
  );
}

/** A verdict is about secrets that others can take the place of: all but the newest that lives on. */
function verdictAmong(credential: CredentialView, usable: readonly CredentialView[], now: number) {
  const successor = usable
    .filter(({ state }) => state === 'live')
    .reduce<CredentialView | undefined>(
      (newest, one) => (newest && newest.created_at >= one.created_at ? newest : one),
      undefined,
    );
  return successor === undefined || successor.id === credential.id ? undefined : verdictOf(credential, successor, now);
}

/** The secret that was just made; once it is stored the focus goes to its row, and nothing of it is left. */
function useMadeSecret(onMade: () => void) {
  const [made, setMade] = useState<Made | null>(null);
  const [freshId, setFreshId] = useState<string>();
  const changed = useAppsChanged();
  return {
    made,
    freshId,
    onMade(next: Made) {
      onMade();
      setMade(next);
      if (next.kind === 'credential') setFreshId(next.credential.id);
      changed();
    },
    onDone: () => setMade(null),
    finalFocus: () => (freshId === undefined ? null : document.getElementById(`credential-${freshId}`)),
  };
}
