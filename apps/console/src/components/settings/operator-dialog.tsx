'use client';
// Makes an operator, or changes name, role and apps of one.
import type { OperatorRow, StartPassword } from '@message-push/protocol/admin';
import { ADMIN_LIMITS } from '@message-push/protocol/admin/limits';
import { ROLES, type RoleName } from '@message-push/protocol/admin/rights';
import { useTranslations } from 'next-intl';
import { type FormEvent, useId, useState } from 'react';
import { Problem } from '@/components/sign-in/problem.tsx';
import { Button } from '@/components/ui/button.tsx';
import { Checkbox } from '@/components/ui/checkbox.tsx';
import { Dialog } from '@/components/ui/dialog.tsx';
import { Field } from '@/components/ui/field.tsx';
import { Input } from '@/components/ui/input.tsx';
import { Select } from '@/components/ui/select.tsx';
import { toast } from '@/components/ui/toast.tsx';
import { useApps } from '@/lib/apps.ts';
import { useFailureText } from '@/lib/failure-text.ts';
import { useChangeOperator, useCreateOperator } from '@/lib/operators.ts';
import type { Doing } from './operators.tsx';

interface Props {
  doing: Doing | null;
  onClose(): void;
  onMade(start: StartPassword | null): void;
}

export function OperatorDialog({ doing, onClose, onMade }: Props) {
  const t = useTranslations('settings.operators');
  const form = useId();
  const [busy, setBusy] = useState(false);
  const open = doing?.what === 'create' || doing?.what === 'change';
  const operator = doing?.what === 'change' ? doing.operator : undefined;
  return (
    <Dialog
      open={open}
      onOpenChange={(next) => !next && onClose()}
      title={operator ? t('changeTitle', { name: operator.name }) : t('createTitle')}
      description={operator ? operator.email : t('createText')}
      footer={
        <>
          <Button onClick={onClose}>{t('cancel')}</Button>
          <Button type="submit" form={form} kind="primary" busy={busy}>
            {operator ? t('save') : t('create')}
          </Button>
        </>
      }
    >
      {open && <OperatorForm id={form} operator={operator} onBusy={setBusy} onDone={onMade} />}
    </Dialog>
  );
}

function OperatorForm(props: {
  id: string;
  operator: OperatorRow | undefined;
  onBusy(busy: boolean): void;
  onDone(start: StartPassword | null): void;
}) {
  const { id, operator, onBusy, onDone } = props;
  const t = useTranslations('settings.operators');
  const text = useFailureText();
  const create = useCreateOperator();
  const change = useChangeOperator();
  const [role, setRole] = useState<RoleName>(operator?.role ?? 'viewer');
  const [apps, setApps] = useState<string[]>(operator?.apps ?? []);
  const error = create.error ?? change.error;

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    const name = String(data.get('name')).trim();
    const granted = role === 'owner' ? apps : [];
    onBusy(true);
    const settled = { onSettled: () => onBusy(false) };
    if (operator === undefined) {
      const body = { email: String(data.get('email')).trim(), name, role, apps: granted };
      create.mutate(body, { ...settled, onSuccess: (start) => onDone(start) });
    } else {
      change.mutate(
        { id: operator.id, name, role, apps: granted },
        {
          ...settled,
          onSuccess: () => {
            toast.ok(t('changed', { name }));
            onDone(null);
          },
        },
      );
    }
  }

  return (
    <form id={id} onSubmit={submit} className="space-y-4">
      {operator === undefined && (
        <Field label={t('email')}>
          <Input name="email" type="email" required autoComplete="off" maxLength={ADMIN_LIMITS.emailCharsMax} />
        </Field>
      )}
      <Field label={t('name')}>
        <Input
          name="name"
          required
          autoComplete="off"
          defaultValue={operator?.name ?? ''}
          maxLength={ADMIN_LIMITS.nameCharsMax}
        />
      </Field>
      <RoleField role={role} onChange={setRole} />
      {role === 'owner' && <AppsField apps={apps} onChange={setApps} />}
      <Problem>{error && text(error).what}</Problem>
    </form>
  );
}

function RoleField({ role, onChange }: { role: RoleName; onChange(role: RoleName): void }) {
  const t = useTranslations('settings.operators');
  const roles = useTranslations('shell.role');
  const may = useTranslations('settings.may');
  return (
    <Field label={t('role')} hint={may(role)}>
      <Select value={role} onChange={onChange} options={ROLES.map((value) => ({ value, label: roles(value) }))} />
    </Field>
  );
}

function AppsField({ apps, onChange }: { apps: string[]; onChange(apps: string[]): void }) {
  const t = useTranslations('settings.operators');
  const known = useApps().data ?? [];
  return (
    <fieldset className="space-y-1">
      <legend className="font-medium text-sm">{t('apps')}</legend>
      <div className="max-h-44 space-y-1 overflow-y-auto rounded-md border border-line p-2.5">
        {known.length === 0 && <p className="text-muted">{t('appsNone')}</p>}
        {known.map((app) => (
          <Checkbox
            key={app.id}
            checked={apps.includes(app.id)}
            onChange={(on) => onChange(on ? [...apps, app.id] : apps.filter((id) => id !== app.id))}
            label={app.name}
            hint={<span className="font-mono">{app.id}</span>}
          />
        ))}
      </div>
    </fieldset>
  );
}
