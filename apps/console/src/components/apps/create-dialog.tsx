'use client';
// Makes an app: its name, its first secret, and who may call with it. Each step that fails says what was done and what was not.
import { useTranslations } from 'next-intl';
import { type FormEvent, useId } from 'react';
import { ApiFailure } from '@/lib/api.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Field } from '../ui/field.tsx';
import { Input, Textarea } from '../ui/input.tsx';
import { Failed } from './failed.tsx';
import { Fold } from './fold.tsx';
import { SecretFields } from './issue-dialog.tsx';
import { useProblemText } from './problem-text.ts';
import type { Made } from './secret-dialog.tsx';
import { type Creation, useCreation } from './use-creation.ts';

interface CreateDialogProps {
  open: boolean;
  onOpenChange(open: boolean): void;
  /** Without a secret where only the app could be made. */
  onCreated(app: string, secret: Made | undefined): void;
}

export function CreateDialog(props: CreateDialogProps) {
  const t = useTranslations('apps.create');
  const common = useTranslations('common');
  const form = useId();
  const creation = useCreation(props.onCreated);

  function change(open: boolean) {
    if (!open) creation.forget();
    props.onOpenChange(open);
  }

  return (
    <Dialog
      open={props.open}
      onOpenChange={change}
      title={t('title')}
      description={t('about')}
      size="medium"
      footer={
        <>
          <Button onClick={() => change(false)}>{common('cancel')}</Button>
          <Button type="submit" form={form} kind="primary" busy={creation.busy}>
            {t('action')}
          </Button>
        </>
      }
    >
      <CreateForm id={form} creation={creation} />
    </Dialog>
  );
}

function CreateForm({ id, creation }: { id: string; creation: Creation }) {
  const t = useTranslations('apps.create');
  const common = useTranslations('common');
  const problem = useProblemText();
  const { draft, problems, set } = creation;

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = event.currentTarget;
    const first = creation.submit();
    if (first === undefined) return;
    if (first === 'addresses' || first === 'requests') form.querySelector('details')?.setAttribute('open', '');
    form.querySelector<HTMLElement>(`[data-field="${first}"] :is(input, textarea)`)?.focus();
  }

  return (
    <form id={id} onSubmit={submit} noValidate className="space-y-4">
      <div data-field="name">
        <Field label={t('name')} hint={t('nameHint')} error={problem(problems.name)}>
          <Input value={draft.name} onChange={(event) => set({ name: event.target.value })} autoComplete="off" />
        </Field>
      </div>
      <div data-field="id">
        <Field label={t('id')} optional={common('optional')} hint={t('idHint')} error={problem(problems.id)}>
          <Input
            value={draft.id}
            onChange={(event) => set({ id: event.target.value })}
            autoComplete="off"
            spellCheck={false}
            className="font-mono"
          />
        </Field>
      </div>
      <fieldset className="space-y-4">
        <legend className="mb-2 font-semibold">{t('secret')}</legend>
        <SecretFields
          environment={draft.environment}
          setEnvironment={(environment) => set({ environment })}
          lifetime={draft.lifetime}
          setLifetime={(lifetime) => set({ lifetime })}
        />
      </fieldset>
      <Limits creation={creation} />
      <Failed error={creation.error instanceof ApiFailure && creation.told ? null : creation.error} />
    </form>
  );
}

/** What most apps leave as it is. */
function Limits({ creation: { draft, problems, set } }: { creation: Creation }) {
  const t = useTranslations('apps.create');
  const names = useTranslations('apps.field');
  const hints = useTranslations('apps.hint');
  const common = useTranslations('common');
  const problem = useProblemText();
  return (
    <Fold title={t('limits')}>
      <div className="space-y-4 px-4 pb-4">
        <div data-field="addresses">
          <Field
            label={names('address_allow_list')}
            optional={common('optional')}
            hint={hints('address_allow_list')}
            error={problem(problems.addresses)}
          >
            <Textarea
              value={draft.addresses}
              onChange={(event) => set({ addresses: event.target.value })}
              rows={2}
              placeholder="10.0.0.0/8"
              spellCheck={false}
              className="font-mono text-[0.8125rem]"
            />
          </Field>
        </div>
        <div data-field="requests">
          <Field
            label={names('requests_per_second')}
            optional={common('optional')}
            hint={hints('requests_per_second')}
            error={problem(problems.requests)}
          >
            <Input
              value={draft.requests}
              onChange={(event) => set({ requests: event.target.value })}
              inputMode="numeric"
              placeholder={t('default')}
              autoComplete="off"
              className="max-w-40"
            />
          </Field>
        </div>
      </div>
    </Fold>
  );
}
