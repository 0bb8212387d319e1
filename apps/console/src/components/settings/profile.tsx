'use client';
// Oneself: the name others see, and how this browser shows things.
import { ADMIN_LIMITS } from '@message-push/protocol/admin/limits';
import { useTranslations } from 'next-intl';
import { type FormEvent, useState } from 'react';
import { Button } from '@/components/ui/button.tsx';
import { Card, DefinitionList } from '@/components/ui/card.tsx';
import { Field } from '@/components/ui/field.tsx';
import { Input } from '@/components/ui/input.tsx';
import { Loaded } from '@/components/ui/loaded.tsx';
import { SkeletonLines } from '@/components/ui/skeleton.tsx';
import { toast } from '@/components/ui/toast.tsx';
import { useFailureText } from '@/lib/failure-text.ts';
import { useChangeProfile } from '@/lib/security.ts';
import { useSession } from '@/lib/session.ts';
import { Appearance } from './appearance.tsx';

export function Profile() {
  const t = useTranslations('settings.profile');
  const session = useSession();
  return (
    <div className="space-y-5">
      <Card title={t('account')}>
        <Loaded query={session} skeleton={<SkeletonLines lines={4} />}>
          {({ operator, apps }) => (
            <div className="space-y-5">
              <NameForm name={operator.name} />
              <Rights email={operator.email} role={operator.role} apps={apps} />
            </div>
          )}
        </Loaded>
      </Card>
      <Appearance />
    </div>
  );
}

function NameForm({ name }: { name: string }) {
  const t = useTranslations('settings.profile');
  const text = useFailureText();
  const change = useChangeProfile();
  const [typed, setTyped] = useState(name);
  const [missing, setMissing] = useState(false);

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const next = typed.trim();
    setMissing(next === '');
    if (next === '') return event.currentTarget.querySelector('input')?.focus();
    change.mutate({ name: next }, { onSuccess: () => toast.ok(t('saved')) });
  }

  return (
    <form onSubmit={submit} className="flex max-w-md items-start gap-2">
      <Field
        label={t('name')}
        hint={t('nameHint')}
        error={missing ? t('nameMissing') : change.error && text(change.error).what}
        className="flex-1"
      >
        <Input
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
          maxLength={ADMIN_LIMITS.nameCharsMax}
          autoComplete="name"
        />
      </Field>
      <Button type="submit" busy={change.isPending} className="mt-6">
        {t('save')}
      </Button>
    </form>
  );
}

function Rights({
  email,
  role,
  apps,
}: {
  email: string;
  role: 'viewer' | 'owner' | 'operator' | 'admin';
  apps: string[] | undefined;
}) {
  const t = useTranslations('settings.profile');
  const roles = useTranslations('shell.role');
  const may = useTranslations('settings.may');
  const items = [
    { key: 'email', name: t('email'), value: email },
    {
      key: 'role',
      name: t('role'),
      value: (
        <>
          {roles(role)} <span className="text-muted">{may(role)}</span>
        </>
      ),
    },
    ...(apps === undefined
      ? []
      : [
          {
            key: 'apps',
            name: t('apps'),
            value: apps.length > 0 ? <span className="font-mono">{apps.join(', ')}</span> : t('noApps'),
          },
        ]),
  ];
  return <DefinitionList items={items} />;
}
