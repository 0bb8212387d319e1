'use client';
// "What if": nodes to take out and to put in, what that would move, and whether to go on. Changes nothing.
import type { RingView, SimulationView } from '@message-push/protocol/admin';
import type { UseQueryResult } from '@tanstack/react-query';
import { Plus } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { type FormEvent, useState } from 'react';
import { Badge } from '@/components/ui/badge.tsx';
import { Button } from '@/components/ui/button.tsx';
import { Card } from '@/components/ui/card.tsx';
import { Field } from '@/components/ui/field.tsx';
import { Input } from '@/components/ui/input.tsx';
import { ErrorState } from '@/components/ui/states.tsx';
import { useCapacity } from './capacity.ts';
import { type OutlookRow, outlookOf, verdictOf } from './outlook.ts';
import { OutlookTable } from './outlook-table.tsx';
import type { RingChoices } from './plan.ts';
import { SimulationSummary, VerdictNote } from './verdict.tsx';

const ID_CHARS_MAX = 128;

export function WhatIf(props: {
  ring: RingView;
  choices: RingChoices;
  simulation: UseQueryResult<SimulationView, Error>;
  colours: ReadonlyMap<string, number>;
  isolated: string | undefined;
  onPoint(id: string | undefined): void;
}) {
  const { ring, choices, simulation, colours, isolated, onPoint } = props;
  const t = useTranslations('ring.whatIf');
  const data = choices.planned ? simulation.data : undefined;
  const lone = ring.nodes.length < 2;
  const removed = new Set(choices.plan.remove);
  return (
    <Card
      flush
      title={t('title')}
      note={choices.planned && <Badge tone="note">{t('nothingChanged')}</Badge>}
      actions={
        choices.planned && (
          <Button size="small" onClick={choices.clear}>
            {t('clear')}
          </Button>
        )
      }
    >
      <p className="px-4 pt-3 pb-1 text-muted text-xs">{lone ? t('loneNode') : t('explain')}</p>
      <OutlookTable
        label={t('table')}
        rows={data ? outlookOf(data) : rowsOf(ring)}
        changed={data !== undefined}
        colours={colours}
        isolated={isolated}
        onPoint={onPoint}
        {...(!lone && { removed, onToggle: choices.toggle, onUnadd: choices.unadd })}
      />
      <div aria-live="polite" className={data || simulation.error ? 'space-y-3 border-line border-t p-4' : undefined}>
        {choices.planned && simulation.error && (
          <ErrorState error={simulation.error} onRetry={() => void simulation.refetch()} />
        )}
        {data && <Result ring={ring} simulation={data} />}
      </div>
      {!lone && (
        <div className="grid gap-x-6 gap-y-3 border-line border-t px-4 py-3 sm:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
          <AddNode ids={ring.nodes.map(({ id }) => id)} choices={choices} />
          <CapacityField />
        </div>
      )}
    </Card>
  );
}

function rowsOf({ nodes }: RingView): OutlookRow[] {
  return nodes
    .map(({ id, share, uids }): OutlookRow => ({ id, before: share, after: share, usersAfter: uids, kind: 'stays' }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

function Result({ ring, simulation }: { ring: RingView; simulation: SimulationView }) {
  const [capacity] = useCapacity();
  const verdict = verdictOf(outlookOf(simulation), ring.nodes, capacity);
  return (
    <>
      <SimulationSummary simulation={simulation} />
      <VerdictNote verdict={verdict} capacity={capacity} />
    </>
  );
}

/** What the hint is measured against. */
function CapacityField() {
  const t = useTranslations('ring.whatIf');
  const [capacity, say] = useCapacity();
  return (
    <Field label={t('capacity')} hint={t('capacityHint')}>
      <Input
        inputMode="numeric"
        value={capacity === undefined ? '' : String(capacity)}
        placeholder={t('capacityUnknown')}
        onChange={(event) => {
          const digits = event.target.value.replace(/\D/g, '').slice(0, 9);
          say(digits === '' ? undefined : Number(digits));
        }}
      />
    </Field>
  );
}

function AddNode({ ids, choices }: { ids: readonly string[]; choices: RingChoices }) {
  const t = useTranslations('ring.whatIf');
  const [name, setName] = useState('');
  const [error, setError] = useState<string>();

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const id = name.trim();
    const taken = ids.includes(id) || choices.plan.add.some((one) => one.id === id);
    if (id === '' || taken) {
      setError(taken ? t('addTaken') : t('addMissing'));
      event.currentTarget.querySelector('input')?.focus();
    } else {
      choices.add(id);
      setName('');
    }
  }

  return (
    <form onSubmit={submit} className="flex items-start gap-2">
      <Field label={t('addLabel')} hint={t('addHint')} error={error} className="flex-1">
        <Input
          value={name}
          onChange={(event) => {
            setName(event.target.value);
            setError(undefined);
          }}
          placeholder={t('addPlaceholder')}
          maxLength={ID_CHARS_MAX}
          autoComplete="off"
          spellCheck={false}
          className="font-mono"
        />
      </Field>
      <div className="pt-6">
        <Button type="submit" icon={<Plus aria-hidden size={15} />}>
          {t('add')}
        </Button>
      </div>
    </form>
  );
}
