'use client';
// Replaces the secrets of an app: how long the old ones go on, drawn before it is done.
import type { AppView } from '@message-push/protocol/admin';
import { TriangleAlert } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { type FormEvent, type ReactNode, useId, useState } from 'react';
import { secretCalls } from '@/lib/apps.ts';
import { useNow } from '@/lib/now.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Field } from '../ui/field.tsx';
import { Input } from '../ui/input.tsx';
import { Select } from '../ui/select.tsx';
import { Time } from '../ui/time.tsx';
import { Failed } from './failed.tsx';
import { type Environment, EnvironmentField } from './issue-dialog.tsx';
import { endOf, GRACES, type Grace } from './rotation.ts';
import type { Made } from './secret-dialog.tsx';
import { isUsable, needsTyping } from './usage.ts';
import { useOnce } from './use-once.ts';

const DEFAULT_GRACE = '86400';

interface RotateDialogProps {
  app: AppView;
  open: boolean;
  onOpenChange(open: boolean): void;
  onMade(made: Made): void;
}

export function RotateDialog(props: RotateDialogProps) {
  const { app, open, onOpenChange, onMade } = props;
  const t = useTranslations('apps.rotate');
  const common = useTranslations('common');
  const form = useId();
  const once = useOnce();

  async function rotate(grace: Grace, environment: Environment) {
    const made = await once.run({ grace_s: grace, environment }, (body, key) => secretCalls.rotate(app.id, body, key));
    if (made) onMade({ kind: 'credential', app: app.id, ...made, startsTheHour: grace === 'first_use' });
  }

  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title={t('title')}
      description={t('about')}
      size="medium"
      footer={
        <>
          <Button onClick={() => onOpenChange(false)}>{common('cancel')}</Button>
          <Button type="submit" form={form} kind="primary" busy={once.busy}>
            {t('action')}
          </Button>
        </>
      }
    >
      <RotateForm id={form} app={app} onRotate={(grace, environment) => void rotate(grace, environment)} />
      <div className="mt-4">
        <Failed error={once.error} limit="credentials" />
      </div>
    </Dialog>
  );
}

function RotateForm({
  id,
  app,
  onRotate,
}: {
  id: string;
  app: AppView;
  onRotate(grace: Grace, environment: Environment): void;
}) {
  const t = useTranslations('apps.rotate');
  const now = useNow();
  const [choice, setChoice] = useState(DEFAULT_GRACE);
  const [environment, setEnvironment] = useState<Environment>('live');
  const [typed, setTyped] = useState('');
  const [wrong, setWrong] = useState(false);
  const grace: Grace = choice === 'first_use' ? choice : Number(choice);
  const old = app.credentials.filter((one) => isUsable(one, now));
  const breaks = grace === 0 && old.some((one) => needsTyping(one, now));

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    if (breaks && typed.trim() !== app.id) {
      setWrong(true);
      event.currentTarget.querySelector<HTMLInputElement>('input[name="confirm"]')?.focus();
    } else onRotate(grace, environment);
  }

  return (
    <form id={id} onSubmit={submit} className="space-y-4">
      <Field label={t('grace')} hint={t('graceHint')}>
        <Select
          value={choice}
          onChange={setChoice}
          options={GRACES.map((value) => ({ value: String(value), label: <GraceName grace={value} /> }))}
        />
      </Field>
      <EnvironmentField value={environment} onChange={setEnvironment} />
      <Plan old={old.map(({ hint }) => hint)} grace={grace} now={now} />
      {breaks && (
        <Breaks
          app={app.id}
          typed={typed}
          wrong={wrong}
          onType={(text) => {
            setTyped(text);
            setWrong(false);
          }}
        />
      )}
    </form>
  );
}

/** Ending them at once refuses somebody: asks for the AppID. */
function Breaks(props: { app: string; typed: string; wrong: boolean; onType(text: string): void }) {
  const { app, typed, wrong, onType } = props;
  const t = useTranslations('apps.rotate');
  const code = (chunks: ReactNode) => <code className="break-all font-mono">{chunks}</code>;
  return (
    <>
      <p className="flex items-start gap-2 text-warn">
        <TriangleAlert aria-hidden size={16} className="mt-0.5 shrink-0" />
        {t('breaks')}
      </p>
      <Field label={t.rich('type', { app, code })} error={wrong && t('typedDiffers')}>
        <Input
          name="confirm"
          value={typed}
          onChange={(event) => onType(event.target.value)}
          autoComplete="off"
          spellCheck={false}
          className="font-mono"
        />
      </Field>
    </>
  );
}

function GraceName({ grace }: { grace: (typeof GRACES)[number] }) {
  const t = useTranslations('apps.rotate.graces');
  return t(`g${grace}`);
}

/** What will happen, as steps in time. */
function Plan({ old, grace, now }: { old: string[]; grace: Grace; now: number }) {
  const t = useTranslations('apps.rotate.plan');
  const end = endOf(grace, now);
  const names = old.map((hint) => `…${hint}`).join(', ');
  const steps = [
    { key: 'new', text: t('new') },
    ...(old.length === 0 || grace === 0 ? [] : [{ key: 'both', text: t('both', { names, count: old.length }) }]),
    ...(old.length === 0
      ? []
      : [{ key: 'end', text: t(grace === 0 ? 'atOnce' : 'ends', { names, count: old.length }) }]),
  ];
  return (
    <ol className="space-y-0 rounded-md border border-line bg-sunken px-3 py-2.5">
      {steps.map(({ key, text }, index) => (
        <li key={key} className="relative flex gap-2.5 pb-2.5 last:pb-0">
          {index < steps.length - 1 && (
            <span aria-hidden className="absolute top-4 bottom-0 left-[0.21875rem] w-px bg-line-strong" />
          )}
          <span
            aria-hidden
            className={`mt-1.5 size-2 shrink-0 rounded-full ${key === 'end' ? 'border-2 border-muted' : 'bg-accent'}`}
          />
          <span className="min-w-0 break-words">
            {text}
            {key === 'end' && grace !== 0 && (
              <span className="block text-muted text-xs">
                {end === null ? t('afterFirstUse') : <Time at={end} show="stamp" plain />}
              </span>
            )}
          </span>
        </li>
      ))}
    </ol>
  );
}
