'use client';
// One test client: its connection, its frames, and messages to it. Alone in three columns, beside others one below the other.
import type { AppView } from '@message-push/protocol/admin';
import { Trash2 } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useEffect, useState } from 'react';
import { announce } from '@/components/ui/announcer.tsx';
import { IconButton } from '@/components/ui/button.tsx';
import { Card } from '@/components/ui/card.tsx';
import { cx } from '@/components/ui/class-names.ts';
import type { AckMode } from './client-state.ts';
import { ConnectionForm } from './connection-form.tsx';
import { ConnectionFacts, PhaseBadge } from './connection-state.tsx';
import { FrameLogView } from './frame-list.tsx';
import { QuickSend } from './quick-send.tsx';
import { useTestClient } from './use-test-client.ts';

export function ClientPanel(props: {
  number: number;
  wide: boolean;
  apps: readonly AppView[];
  initial: { app: string; uid: string };
  onRemove?: () => void;
}) {
  const { number, wide, apps, initial, onRemove } = props;
  const t = useTranslations('playground');
  const { client, deviceId } = useTestClient();
  const { state } = client;
  const [ackMode, setAckMode] = useState<AckMode>('auto');
  const [autoReconnect, setAutoReconnect] = useState(true);
  useEffect(() => {
    client.ackMode = ackMode;
    client.autoReconnect = autoReconnect;
  }, [client, ackMode, autoReconnect]);
  const phase = t(`phase.${state.phase}`);
  useEffect(() => {
    if (state.phase === 'open' || state.phase === 'closed' || state.phase === 'waiting')
      announce(t('announced', { number, phase }));
  }, [state.phase, phase, number, t]);
  return (
    <Card
      flush
      title={t('client', { number })}
      note={<PhaseBadge state={state} />}
      actions={
        onRemove && (
          <IconButton label={t('remove', { number })} onClick={onRemove}>
            <Trash2 aria-hidden size={15} />
          </IconButton>
        )
      }
    >
      <div
        className={cx(
          'divide-line max-lg:divide-y',
          wide
            ? 'lg:grid lg:grid-cols-[18rem_minmax(0,1fr)_16rem] lg:divide-x xl:grid-cols-[19rem_minmax(0,1fr)_17rem]'
            : 'divide-y',
        )}
      >
        <div className="@container min-w-0 p-4">
          <ConnectionForm
            apps={apps}
            initial={initial}
            client={client}
            ackMode={ackMode}
            onAckMode={setAckMode}
            autoReconnect={autoReconnect}
            onAutoReconnect={setAutoReconnect}
          />
          <ConnectionFacts state={state} deviceId={deviceId} />
        </div>
        <FrameLogView client={client} ackMode={ackMode} tall={wide} />
        <div className="min-w-0 p-4">
          <QuickSend client={client} />
        </div>
      </div>
    </Card>
  );
}
