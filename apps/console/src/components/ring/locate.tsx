'use client';
import type { Location } from '@message-push/protocol/admin';
// Where a uid lives: asked of the platform, with the nodes that really hold its sessions.
import { PUSH_LIMITS } from '@message-push/protocol/limits';
import type { UseQueryResult } from '@tanstack/react-query';
import { ArrowRight, CircleCheck, Info, LocateFixed, TriangleAlert, X } from 'lucide-react';
import Link from 'next/link';
import { useTranslations } from 'next-intl';
import { type FormEvent, type ReactNode, useEffect, useState } from 'react';
import { Button, IconButton } from '@/components/ui/button.tsx';
import { Card } from '@/components/ui/card.tsx';
import { Combobox } from '@/components/ui/combobox.tsx';
import { Field } from '@/components/ui/field.tsx';
import { Input } from '@/components/ui/input.tsx';
import { Skeleton } from '@/components/ui/skeleton.tsx';
import { ErrorState } from '@/components/ui/states.tsx';
import { useApps } from '@/lib/apps.ts';
import { type Circle, hex, ownerAt } from './circle.ts';
import { NodeName } from './node-name.tsx';
import type { RingChoices } from './plan.ts';

export function Locate(props: {
  choices: RingChoices;
  query: UseQueryResult<Location, Error>;
  colours: ReadonlyMap<string, number>;
  /** The ring of the plan; absent without one. */
  after: Circle | undefined;
}) {
  const { choices, query } = props;
  const t = useTranslations('ring.locate');
  return (
    <Card title={t('title')}>
      <LocateForm key={`${choices.uid} ${choices.app}`} choices={choices} busy={query.isLoading} />
      <div aria-live="polite">{choices.uid !== '' && <Found {...props} />}</div>
    </Card>
  );
}

function LocateForm({ choices, busy }: { choices: RingChoices; busy: boolean }) {
  const t = useTranslations('ring.locate');
  const apps = useApps().data ?? [];
  const [uid, setUid] = useState(choices.uid);
  const [app, setApp] = useState<string | null>(choices.app || null);
  const [missing, setMissing] = useState(false);
  const only = apps.length === 1 ? apps[0]?.id : undefined;
  useEffect(() => {
    if (only !== undefined && choices.uid === '') setApp((chosen) => chosen ?? only);
  }, [only, choices.uid]);

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    if (uid.trim() === '') {
      setMissing(true);
      event.currentTarget.querySelector('input')?.focus();
    } else choices.locate(uid.trim(), app ?? '');
  }

  return (
    <form onSubmit={submit} className="grid items-start gap-3 sm:grid-cols-[minmax(0,1fr)_minmax(0,1fr)_auto]">
      <Field label={t('uid')} error={missing && t('uidMissing')}>
        <Input
          value={uid}
          onChange={(event) => {
            setUid(event.target.value);
            setMissing(false);
          }}
          maxLength={PUSH_LIMITS.uidCharsMax}
          autoComplete="off"
          spellCheck={false}
          className="font-mono"
        />
      </Field>
      <Field label={t('app')} optional={t('optional')}>
        <Combobox
          value={app}
          onChange={setApp}
          choices={apps.map(({ id, name }) => ({ value: id, label: id, note: name }))}
          placeholder={t('anyApp')}
          clearable
        />
      </Field>
      <div className="flex gap-1 sm:pt-6">
        <Button type="submit" kind="primary" busy={busy} icon={<LocateFixed aria-hidden size={15} />}>
          {t('locate')}
        </Button>
        {choices.uid !== '' && (
          <IconButton label={t('clear')} onClick={() => choices.locate('', choices.app)}>
            <X aria-hidden size={16} />
          </IconButton>
        )}
      </div>
    </form>
  );
}

function Found({ choices, query, colours, after }: Parameters<typeof Locate>[0]) {
  const t = useTranslations('ring.locate');
  if (query.data === undefined) {
    if (query.error !== null) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
    return <Skeleton className="mt-4 h-12" />;
  }
  const { uid, hash, point, node, ring_version: version } = query.data;
  return (
    <div className="mt-4 space-y-2 border-line border-t pt-4">
      <p className="flex flex-wrap items-center gap-x-1.5 gap-y-1">
        {t.rich('livesOn', {
          uid,
          code: (chunks) => <code className="break-all font-mono font-semibold text-[0.8125rem]">{chunks}</code>,
          node: () => <NodeName id={node} colour={colours.get(node)} className="font-semibold" />,
        })}
      </p>
      <p className="text-muted text-xs">
        {t.rich('because', {
          hash: hex(hash),
          point: hex(point),
          version,
          code: (chunks) => <code className="whitespace-nowrap font-mono text-text">{chunks}</code>,
        })}
      </p>
      <Sessions location={query.data} app={choices.app} colours={colours} />
      {after && <InPlan location={query.data} after={after} colours={colours} />}
      {choices.app !== '' && (
        <Link
          href={`/users/${encodeURIComponent(uid)}?app=${encodeURIComponent(choices.app)}`}
          className="inline-flex items-center gap-1 text-accent underline-offset-2 hover:underline"
        >
          {t('openUser')}
          <ArrowRight aria-hidden size={14} />
        </Link>
      )}
    </div>
  );
}

/** Whether the sessions are where the ring says. */
function Sessions(props: { location: Location; app: string; colours: ReadonlyMap<string, number> }) {
  const { location, app, colours } = props;
  const t = useTranslations('ring.locate');
  const { bound, node } = location;
  if (app === '' || bound === undefined) return <Fact icon="info">{t('sayApp')}</Fact>;
  if (bound.length === 0) return <Fact icon="info">{t('offline')}</Fact>;
  if (bound.every((id) => id === node)) return <Fact icon="ok">{t('boundHere')}</Fact>;
  return (
    <Fact icon="warn">
      {t('boundElsewhere')}{' '}
      {bound.map((id) => (
        <NodeName key={id} id={id} colour={colours.get(id)} className="mr-2" />
      ))}
    </Fact>
  );
}

function InPlan(props: { location: Location; after: Circle; colours: ReadonlyMap<string, number> }) {
  const t = useTranslations('ring.locate');
  const to = ownerAt(props.after, props.location.hash)?.id;
  if (to === undefined) return <Fact icon="warn">{t('planNobody')}</Fact>;
  if (to === props.location.node) return <Fact icon="ok">{t('planStays')}</Fact>;
  return (
    <Fact icon="warn">
      {t('planMoves')} <NodeName id={to} colour={props.colours.get(to)} />
    </Fact>
  );
}

const ICONS = {
  ok: <CircleCheck aria-hidden size={15} className="mt-0.5 shrink-0 text-ok" />,
  info: <Info aria-hidden size={15} className="mt-0.5 shrink-0 text-muted" />,
  warn: <TriangleAlert aria-hidden size={15} className="mt-0.5 shrink-0 text-warn" />,
};

function Fact({ icon, children }: { icon: keyof typeof ICONS; children: ReactNode }) {
  return (
    <div className="flex items-start gap-2">
      {ICONS[icon]}
      <span className="min-w-0">{children}</span>
    </div>
  );
}
