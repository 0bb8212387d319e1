'use client';
// The form of a message. Its button stays enabled: a press goes to the first field that needs care, else to the review.
import { SendHorizontal } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { type FormEvent, type KeyboardEvent, useEffect, useRef, useState } from 'react';
import { Button } from '@/components/ui/button.tsx';
import { Card, Kbd } from '@/components/ui/card.tsx';
import { Field } from '@/components/ui/field.tsx';
import { Select } from '@/components/ui/select.tsx';
import { ErrorState } from '@/components/ui/states.tsx';
import { useApps } from '@/lib/apps.ts';
import { type Draft, problemsOf } from '@/lib/push-draft.ts';
import { useCan } from '@/lib/session.ts';
import { ContentFields } from './content-fields.tsx';
import { useErrorTexts } from './errors.ts';
import { ExtrasField } from './extras-field.tsx';
import { Platforms } from './platforms.tsx';
import { RecipientsField } from './recipients-field.tsx';

const TTLS_S = [0, 300, 3_600, 86_400, 604_800, 2_592_000] as const;

export function SendForm({
  draft,
  onChange,
  onReview,
  onClear,
  failure,
}: {
  draft: Draft;
  onChange(change: Partial<Draft>): void;
  /** Everything is right. */
  onReview(): void;
  onClear(): void;
  /** Of the last try. */
  failure: Error | null;
}) {
  const t = useTranslations('send');
  const texts = useErrorTexts();
  const [tried, setTried] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const problems = problemsOf(draft);
  const errors = texts(tried ? problems : {}, failure);

  function submit(event?: FormEvent) {
    event?.preventDefault();
    if (Object.keys(problems).length === 0) return onReview();
    setTried(true);
    // The fields learn of their errors first.
    requestAnimationFrame(() => form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
  }

  function keyDown(event: KeyboardEvent) {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey) || event.nativeEvent.isComposing) return;
    event.preventDefault();
    submit();
  }

  return (
    <form ref={form} noValidate onSubmit={submit} onKeyDown={keyDown} aria-label={t('form')}>
      <Card>
        <div className="space-y-5">
          <AppField draft={draft} error={errors.app} onChange={onChange} />
          <RecipientsField
            app={draft.app}
            uids={draft.uids}
            onChange={(uids) => onChange({ uids })}
            error={errors.uids}
          />
          <div className="grid gap-5 sm:grid-cols-2">
            <Platforms value={draft.platforms} onChange={(platforms) => onChange({ platforms })} />
            <TtlField draft={draft} error={errors.ttlS} onChange={onChange} />
          </div>
          <ContentFields draft={draft} errors={errors} onChange={onChange} />
          <ExtrasField extras={draft.extras} onChange={(extras) => onChange({ extras })} error={errors.extras} />
        </div>
      </Card>
      {failure && (
        <div className="mt-3 rounded-lg border border-bad bg-surface">
          <ErrorState error={failure} title={t('notSent')} stillWorks={t('inputKept')} />
        </div>
      )}
      <div className="sticky bottom-0 z-10 mt-3 flex flex-wrap items-center gap-3 border-line border-t bg-bg/95 py-3 backdrop-blur-sm">
        <Button type="submit" kind="primary" icon={<SendHorizontal aria-hidden size={15} />}>
          {t('review')}
        </Button>
        <span className="text-muted text-xs max-sm:hidden">
          <Kbd>Ctrl</Kbd> <Kbd>Enter</Kbd>
        </span>
        <span className="ml-auto text-muted text-xs">{t('draftKept')}</span>
        <Button kind="quiet" onClick={onClear}>
          {t('clear')}
        </Button>
      </div>
    </form>
  );
}

interface PartProps {
  draft: Draft;
  error: string | undefined;
  onChange(change: Partial<Draft>): void;
}

function AppField({ draft, error, onChange }: PartProps) {
  const t = useTranslations('send');
  const can = useCan();
  const apps = (useApps().data ?? []).filter((app) => app.state === 'live' && can('send', app.id));
  const options = apps.map(({ id, name }) => ({ value: id, label: name === id ? id : t('appName', { name, id }) }));
  const only = apps.length === 1 ? apps[0]?.id : undefined;
  useEffect(() => {
    if (draft.app === '' && only !== undefined) onChange({ app: only });
  }, [draft.app, only, onChange]);
  // An app that is gone or may not be sent from stays visible, so that one sees what to change.
  const known = draft.app === '' || options.some(({ value }) => value === draft.app);
  return (
    <Field label={t('app')} error={error ?? (known || apps.length === 0 ? undefined : t('problem.appGone'))}>
      <Select
        value={draft.app === '' ? null : draft.app}
        onChange={(app) => onChange({ app })}
        options={known ? options : [...options, { value: draft.app, label: draft.app, disabled: true }]}
        placeholder={t('appPlaceholder')}
      />
    </Field>
  );
}

function TtlField({ draft, error, onChange }: PartProps) {
  const t = useTranslations('send');
  const values = ['default', ...TTLS_S.map(String)];
  const chosen = draft.ttlS === undefined ? 'default' : String(draft.ttlS);
  if (!values.includes(chosen)) values.push(chosen);
  return (
    <Field label={t('ttl')} error={error} hint={t('ttlHint')}>
      <Select
        value={chosen}
        onChange={(next) => onChange({ ttlS: next === 'default' ? undefined : Number(next) })}
        options={values.map((value) => ({ value, label: ttlLabel(t, value) }))}
      />
    </Field>
  );
}

function ttlLabel(t: ReturnType<typeof useTranslations<'send'>>, value: string): string {
  if (value === 'default') return t('ttlDefault');
  if (value === '0') return t('ttlOnline');
  const seconds = Number(value);
  if (seconds % 86_400 === 0) return t('days', { count: seconds / 86_400 });
  if (seconds % 3_600 === 0) return t('hours', { count: seconds / 3_600 });
  if (seconds % 60 === 0) return t('minutes', { count: seconds / 60 });
  return t('seconds', { count: seconds });
}
