'use client';
// Issues a further secret of an app: for which environment, and until when.
import { useTranslations } from 'next-intl';
import { type FormEvent, useId, useState } from 'react';
import { secretCalls } from '@/lib/apps.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Field } from '../ui/field.tsx';
import { Segmented } from '../ui/segmented.tsx';
import { Select } from '../ui/select.tsx';
import { Failed } from './failed.tsx';
import type { Made } from './secret-dialog.tsx';
import { useOnce } from './use-once.ts';

const DAY_MS = 86_400_000;
export const LIFETIMES = ['never', '7', '30', '90', '365'] as const;
export type Lifetime = (typeof LIFETIMES)[number];
export type Environment = 'live' | 'test';

export interface IssueDialogProps {
  app: string;
  open: boolean;
  onOpenChange(open: boolean): void;
  onMade(made: Made): void;
}

export function IssueDialog(props: IssueDialogProps) {
  const { app, open, onOpenChange, onMade } = props;
  const t = useTranslations('apps.issue');
  const common = useTranslations('common');
  const form = useId();
  const once = useOnce();
  const [environment, setEnvironment] = useState<Environment>('live');
  const [lifetime, setLifetime] = useState<Lifetime>('never');

  async function submit(event: FormEvent) {
    event.preventDefault();
    const made = await once.run({ environment, lifetime }, (_, key) =>
      secretCalls.issue(app, { environment, expires_at: endOfLife(lifetime, Date.now()) }, key),
    );
    if (made) onMade({ kind: 'credential', app, ...made, startsTheHour: false });
  }

  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title={t('title')}
      description={t('about')}
      footer={
        <>
          <Button onClick={() => onOpenChange(false)}>{common('cancel')}</Button>
          <Button type="submit" form={form} kind="primary" busy={once.busy}>
            {t('action')}
          </Button>
        </>
      }
    >
      <form id={form} onSubmit={(event) => void submit(event)} className="space-y-4">
        <SecretFields {...{ environment, setEnvironment, lifetime, setLifetime }} />
        <Failed error={once.error} limit="credentials" />
      </form>
    </Dialog>
  );
}

export function SecretFields({
  environment,
  setEnvironment,
  lifetime,
  setLifetime,
}: {
  environment: Environment;
  setEnvironment(environment: Environment): void;
  lifetime: Lifetime;
  setLifetime(lifetime: Lifetime): void;
}) {
  const t = useTranslations('apps.issue');
  return (
    <>
      <EnvironmentField value={environment} onChange={setEnvironment} />
      <Field label={t('lifetime')} hint={lifetime === 'never' ? t('neverHint') : t('endsHint')}>
        <Select
          value={lifetime}
          onChange={setLifetime}
          options={LIFETIMES.map((value) => ({
            value,
            label: value === 'never' ? t('never') : t('days', { days: Number(value) }),
          }))}
        />
      </Field>
    </>
  );
}

/** The prefix of a secret. */
export function EnvironmentField({
  value,
  onChange,
}: {
  value: Environment;
  onChange(environment: Environment): void;
}) {
  const t = useTranslations('apps.issue');
  return (
    <Field label={t('environment')} hint={t('environmentHint')}>
      <Segmented
        value={value}
        onChange={onChange}
        options={[
          { value: 'live', label: <Prefix name={t('live')} prefix="ps_live_" /> },
          { value: 'test', label: <Prefix name={t('test')} prefix="ps_test_" /> },
        ]}
      />
    </Field>
  );
}

function Prefix({ name, prefix }: { name: string; prefix: string }) {
  return (
    <span className="inline-flex items-center gap-1.5">
      {name} <code className="font-mono font-normal text-muted">{prefix}</code>
    </span>
  );
}

/** When a secret of this lifetime ends; null = never. */
export function endOfLife(lifetime: Lifetime, now: number): number | null {
  return lifetime === 'never' ? null : now + Number(lifetime) * DAY_MS;
}
