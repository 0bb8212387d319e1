'use client';
import type { AppView } from '@message-push/protocol/admin';
// As whom and where to connect; and what a network does to a client: disconnect, drop, come back.
import { PLATFORMS, type Platform, PUSH_LIMITS } from '@message-push/protocol/limits';
import { HeartPulse, Plug, PlugZap, Unplug } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { type FormEvent, useState } from 'react';
import { Button } from '@/components/ui/button.tsx';
import { Switch } from '@/components/ui/checkbox.tsx';
import { Combobox } from '@/components/ui/combobox.tsx';
import { Field } from '@/components/ui/field.tsx';
import { Input } from '@/components/ui/input.tsx';
import { Segmented } from '@/components/ui/segmented.tsx';
import type { AckMode } from './client-state.ts';
import type { TestClient } from './test-client.ts';

const ACK_MODES = ['auto', 'manual', 'off'] as const;

interface Problems {
  app?: string;
  uid?: string;
  gateway?: string;
}

export function ConnectionForm(props: {
  apps: readonly AppView[];
  initial: { app: string; uid: string };
  client: TestClient;
  ackMode: AckMode;
  onAckMode(mode: AckMode): void;
  autoReconnect: boolean;
  onAutoReconnect(on: boolean): void;
}) {
  const { apps, initial, client, ackMode, onAckMode, autoReconnect, onAutoReconnect } = props;
  const t = useTranslations('playground.form');
  const [app, setApp] = useState(initial.app);
  const [uid, setUid] = useState(initial.uid);
  const [gateway, setGateway] = useState('');
  const [platform, setPlatform] = useState<Platform>('h5');
  const [problems, setProblems] = useState<Problems>({});
  const { phase } = client.state;
  const busy = phase === 'token' || phase === 'connecting' || phase === 'login';

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const found: Problems = {
      ...(app === '' && { app: t('appMissing') }),
      ...(uid.trim() === '' && { uid: t('uidMissing') }),
      ...(gateway.trim() !== '' && !/^wss?:\/\/./.test(gateway.trim()) && { gateway: t('gatewayWrong') }),
    };
    setProblems(found);
    const [first] = Object.keys(found);
    if (first !== undefined) event.currentTarget.querySelector<HTMLElement>(`[data-field="${first}"] input`)?.focus();
    else client.connect({ app, uid: uid.trim(), gateway: gateway.trim(), platform });
  }

  return (
    <form onSubmit={submit} className="grid items-start gap-x-4 gap-y-3 @md:grid-cols-2">
      <div data-field="app">
        <Field label={t('app')} error={problems.app}>
          <Combobox
            value={app || null}
            onChange={(next) => setApp(next ?? '')}
            choices={apps.map(({ id, name }) => ({ value: id, label: id, note: name }))}
            placeholder={t('chooseApp')}
          />
        </Field>
      </div>
      <div data-field="uid">
        <Field label={t('uid')} hint={t('uidHint')} error={problems.uid}>
          <Input
            value={uid}
            onChange={(event) => setUid(event.target.value)}
            maxLength={PUSH_LIMITS.uidCharsMax}
            autoComplete="off"
            spellCheck={false}
            className="font-mono"
          />
        </Field>
      </div>
      <Field label={t('platform')}>
        <Segmented
          value={platform}
          onChange={setPlatform}
          options={PLATFORMS.map((value) => ({ value, label: value }))}
        />
      </Field>
      <div data-field="gateway">
        <Field label={t('gateway')} optional={t('optional')} error={problems.gateway}>
          <Input
            value={gateway}
            onChange={(event) => setGateway(event.target.value)}
            placeholder={t('gatewayAny')}
            autoComplete="off"
            spellCheck={false}
            className="font-mono text-xs"
          />
        </Field>
      </div>
      <Field label={t('ack')} hint={t(`ackHint.${ackMode}`)}>
        <Segmented
          value={ackMode}
          onChange={onAckMode}
          options={ACK_MODES.map((value) => ({ value, label: t(`ackModes.${value}`) }))}
        />
      </Field>
      <Switch checked={autoReconnect} onChange={onAutoReconnect} label={t('autoReconnect')} hint={t('backoff')} />
      <div className="col-span-full flex flex-wrap items-center gap-2 pt-1">
        <Button
          type="submit"
          kind={phase === 'open' ? 'secondary' : 'primary'}
          busy={busy}
          icon={<Plug aria-hidden size={15} />}
        >
          {phase === 'idle' || phase === 'closed' ? t('connect') : t('connectAnew')}
        </Button>
        {phase !== 'idle' && (
          <Button icon={<Unplug aria-hidden size={15} />} onClick={() => client.disconnect()}>
            {t('disconnect')}
          </Button>
        )}
        {phase === 'open' && (
          <>
            <Button
              size="small"
              icon={<PlugZap aria-hidden size={13} />}
              title={t('dropHint')}
              onClick={() => client.drop()}
            >
              {t('drop')}
            </Button>
            <Button size="small" icon={<HeartPulse aria-hidden size={13} />} onClick={() => client.heartbeat()}>
              {t('heartbeat')}
            </Button>
          </>
        )}
      </div>
    </form>
  );
}
