'use client';
// The usual clauses without typing: status (several), app, node, platform and content type (one each).
import { statusesIn } from '@message-push/protocol/admin/query-language';
import { Check, ChevronDown } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { type ReactNode, useState } from 'react';
import { StatusBadge } from '@/components/ui/badge.tsx';
import { Button } from '@/components/ui/button.tsx';
import { cx } from '@/components/ui/class-names.ts';
import { Popover } from '@/components/ui/popover.tsx';
import { useSuggestions } from '@/lib/messages.ts';
import { clauseValue, withClause } from '@/lib/query-edit.ts';

const STATUSES = [
  'acked',
  'written',
  'offline',
  'routed',
  'queued',
  'accepted',
  'expired',
  'recalled',
  'dead',
] as const;
const SINGLE = ['app', 'node', 'platform', 'content_type'] as const;

export function Facets({ q, onChange }: { q: string; onChange(q: string): void }) {
  return (
    <>
      <StatusFacet q={q} onChange={onChange} />
      {SINGLE.map((field) => (
        <ValueFacet key={field} field={field} q={q} onChange={onChange} />
      ))}
    </>
  );
}

function StatusFacet({ q, onChange }: { q: string; onChange(q: string): void }) {
  const t = useTranslations('messages');
  const chosen = statusesIn(clauseValue(q, 'status') ?? '') ?? [];

  function toggle(status: (typeof STATUSES)[number]) {
    const next = STATUSES.filter((one) => (one === status) !== chosen.includes(one));
    onChange(withClause(q, 'status', next.length === 0 ? undefined : next.join(',')));
  }

  return (
    <Popover title={t('field.status')} trigger={<Trigger name={t('field.status')} count={chosen.length} />}>
      <ul className="space-y-0.5">
        {STATUSES.map((status) => (
          <li key={status}>
            <Option chosen={chosen.includes(status)} onPress={() => toggle(status)}>
              <StatusBadge status={status} />
            </Option>
          </li>
        ))}
      </ul>
    </Popover>
  );
}

function ValueFacet(props: { field: (typeof SINGLE)[number]; q: string; onChange(q: string): void }) {
  const { field, q, onChange } = props;
  const t = useTranslations('messages');
  const [open, setOpen] = useState(false);
  const values = useSuggestions(open ? field : undefined, '').data;
  const chosen = clauseValue(q, field);
  return (
    <Popover
      open={open}
      onOpenChange={setOpen}
      title={t(`field.${field}`)}
      trigger={<Trigger name={t(`field.${field}`)} count={chosen === undefined ? 0 : 1} />}
    >
      {values?.length === 0 && <p className="px-2 text-muted">{t('noValues')}</p>}
      <ul className="max-w-72 space-y-0.5">
        {(values ?? []).map((value) => (
          <li key={value}>
            <Option
              chosen={value === chosen}
              onPress={() => onChange(withClause(q, field, value === chosen ? undefined : value))}
            >
              <span className="truncate font-mono text-[0.8125rem]">{value}</span>
            </Option>
          </li>
        ))}
      </ul>
    </Popover>
  );
}

function Trigger({ name, count, ...more }: { name: string; count: number } & Record<string, unknown>) {
  return (
    <Button {...more} className={cx(count > 0 && 'border-accent text-accent')}>
      {name}
      {count > 0 && <span className="rounded bg-accent-tint px-1 text-xs">{count}</span>}
      <ChevronDown aria-hidden size={14} className="text-muted" />
    </Button>
  );
}

function Option({ chosen, onPress, children }: { chosen: boolean; onPress(): void; children: ReactNode }) {
  return (
    <button
      type="button"
      aria-pressed={chosen}
      onClick={onPress}
      className="flex min-h-8 w-full items-center gap-2 rounded px-2 text-left hover:bg-hover"
    >
      <span className="inline-flex w-4 shrink-0 justify-center">{chosen && <Check aria-hidden size={14} />}</span>
      {children}
    </button>
  );
}
