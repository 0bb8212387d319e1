'use client';
// The settings of an app by what they are about: its names, who may call and connect, how much, how long, and what is kept.
import { APP_LIMITS } from '@message-push/protocol/admin/limits';
import { Lock } from 'lucide-react';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { Switch } from '../ui/checkbox.tsx';
import { Field } from '../ui/field.tsx';
import { Input, Textarea } from '../ui/input.tsx';
import { Select } from '../ui/select.tsx';
import { useProblemText } from './problem-text.ts';
import { Section } from './section.tsx';
import { type Draft, type FieldName, itemsOf, TTL_UNITS, type TtlUnit } from './settings-form.ts';
import type { SettingsForm } from './use-settings.ts';

/** Fields of this tab whose draft is a text. */
type TextField = Exclude<{ [K in FieldName]: Draft[K] extends string ? K : never }[FieldName], 'passport_url'>;

export function SettingsTab({ form, may }: { form: SettingsForm; may: boolean }) {
  const t = useTranslations('apps.settings');
  return (
    <fieldset disabled={!may} className="min-w-0 space-y-4">
      <legend className="sr-only">{t('legend')}</legend>
      {!may && <ReadOnlyNote />}
      <Section title={t('names.title')} about={t('names.about')}>
        <Line form={form} field="name" />
        <Lines form={form} field="aliases" max={APP_LIMITS.aliasesMax} placeholder="old-app-id" />
      </Section>
      <Section title={t('doors.title')} about={t('doors.about')}>
        <Lines
          form={form}
          field="address_allow_list"
          max={APP_LIMITS.addressesMax}
          placeholder={'10.0.0.0/8\n2001:db8::/32'}
        />
        <Lines form={form} field="origins" max={APP_LIMITS.originsMax} placeholder="https://www.example.com" />
      </Section>
      <Section title={t('limits.title')} about={t('limits.about')}>
        <Line form={form} field="requests_per_second" unit={t('perSecond')} />
        <Line form={form} field="deliveries_per_second" unit={t('perSecond')} />
      </Section>
      <Section title={t('life.title')} about={t('life.about')}>
        <TimeToLive form={form} may={may} />
        <Line form={form} field="history_retention_days" unit={t('days')} />
        <Switch
          checked={form.draft.private_bodies}
          onChange={(checked) => form.set('private_bodies', checked)}
          label={t('private_bodies.label')}
          hint={t('private_bodies.hint')}
          disabled={!may}
        />
      </Section>
    </fieldset>
  );
}

/** Above what the operator may read, but not change. */
export function ReadOnlyNote() {
  const t = useTranslations('apps.settings');
  return (
    <p className="flex items-center gap-2 text-muted">
      <Lock aria-hidden size={14} className="shrink-0" />
      {t('readOnly')}
    </p>
  );
}

function Line({ form, field, unit }: { form: SettingsForm; field: TextField; unit?: string }) {
  return (
    <Labelled form={form} field={field}>
      {unit === undefined ? (
        <Input value={form.draft[field]} onChange={(event) => form.set(field, event.target.value)} autoComplete="off" />
      ) : (
        <div className="flex items-center gap-2">
          <Input
            value={form.draft[field]}
            onChange={(event) => form.set(field, event.target.value)}
            inputMode="numeric"
            autoComplete="off"
            className="max-w-40"
          />
          <span className="text-muted">{unit}</span>
        </div>
      )}
    </Labelled>
  );
}

/** A list with one item per line. */
function Lines(props: { form: SettingsForm; field: TextField; max: number; placeholder: string }) {
  const { form, field, max, placeholder } = props;
  const t = useTranslations('apps.settings');
  const text = form.draft[field];
  const count = itemsOf(text).length;
  return (
    <Labelled form={form} field={field} aside={t('items', { count, max })}>
      <Textarea
        value={text}
        onChange={(event) => form.set(field, event.target.value)}
        rows={Math.min(8, Math.max(2, text.split('\n').length + 1))}
        placeholder={placeholder}
        spellCheck={false}
        autoComplete="off"
        className="font-mono text-[0.8125rem]"
      />
    </Labelled>
  );
}

function TimeToLive({ form, may }: { form: SettingsForm; may: boolean }) {
  const t = useTranslations('apps.settings');
  const { amount, unit } = form.draft.default_ttl_s;
  const set = (change: Partial<Draft['default_ttl_s']>) =>
    form.set('default_ttl_s', { ...form.draft.default_ttl_s, ...change });
  // The keys are those of the type.
  const units = Object.keys(TTL_UNITS) as TtlUnit[];
  return (
    <Labelled form={form} field="default_ttl_s">
      <div className="flex items-center gap-2">
        <Input
          value={amount}
          onChange={(event) => set({ amount: event.target.value })}
          inputMode="numeric"
          autoComplete="off"
          className="max-w-40"
        />
        <Select
          label={t('unit')}
          value={unit}
          onChange={(next) => set({ unit: next })}
          options={units.map((one) => ({ value: one, label: t(`units.${one}`) }))}
          disabled={!may}
          className="max-w-36"
        />
      </div>
    </Labelled>
  );
}

function Labelled({
  form,
  field,
  aside,
  children,
}: {
  form: SettingsForm;
  field: TextField | 'default_ttl_s';
  aside?: ReactNode;
  children: ReactNode;
}) {
  const names = useTranslations('apps.field');
  const hints = useTranslations('apps.hint');
  const problem = useProblemText();
  return (
    <div data-field={field}>
      <Field label={names(field)} hint={hints(field)} error={problem(form.problems[field])} aside={aside}>
        {children}
      </Field>
    </div>
  );
}
