'use client';
// The conditions of the audit, kept in the address.
import { X } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { debounce, parseAsString, useQueryStates } from 'nuqs';
import { Button } from '@/components/ui/button.tsx';
import { Input } from '@/components/ui/input.tsx';
import { Select } from '@/components/ui/select.tsx';
import type { AuditFilter } from '@/lib/audit.ts';
import { GROUPS } from './actions.ts';

const text = parseAsString.withDefault('');
const TYPED_MS = 300;
const RANGES = ['', 'now-1h', 'now-24h', 'now-7d', 'now-30d'] as const;
const NONE: AuditFilter = { actor: '', action: '', target: '', from: '', to: '' };

export function useAuditFilter() {
  return useQueryStates({ actor: text, action: text, target: text, from: text, to: text }, { history: 'replace' });
}

export function Filters() {
  const t = useTranslations('audit');
  const [filter, setFilter] = useAuditFilter();
  const typed = { limitUrlUpdates: debounce(TYPED_MS) };
  const used = Object.values(filter).some((value) => value !== '');
  const ranges = [...new Set<string>([...RANGES, filter.from])];
  return (
    <search className="flex flex-wrap items-center gap-2">
      <Input
        type="search"
        aria-label={t('actor')}
        placeholder={t('actor')}
        value={filter.actor}
        onChange={(event) => void setFilter({ actor: event.target.value }, typed)}
        className="w-52 max-sm:w-full"
      />
      <Select
        label={t('action')}
        value={filter.action === '' ? 'all' : filter.action}
        onChange={(action) => void setFilter({ action: action === 'all' ? '' : action })}
        options={[
          { value: 'all', label: t('allActions') },
          ...GROUPS.map((group) => ({ value: `${group}.`, label: t(`groups.${group}`) })),
          ...(filter.action === '' || GROUPS.some((group) => `${group}.` === filter.action)
            ? []
            : [{ value: filter.action, label: filter.action }]),
        ]}
        className="w-44 max-sm:w-full"
      />
      <Input
        type="search"
        aria-label={t('target')}
        placeholder={t('target')}
        value={filter.target}
        onChange={(event) => void setFilter({ target: event.target.value }, typed)}
        className="w-52 max-sm:w-full"
      />
      <Select
        label={t('range')}
        value={filter.from === '' ? 'all' : filter.from}
        onChange={(from) => void setFilter({ from: from === 'all' ? '' : from })}
        options={ranges.map((from) => ({ value: from || 'all', label: rangeText(from, t) }))}
        className="w-40 max-sm:w-full"
      />
      {used && (
        <Button kind="quiet" icon={<X aria-hidden size={14} />} onClick={() => void setFilter(NONE)}>
          {t('clear')}
        </Button>
      )}
    </search>
  );
}

function rangeText(from: string, t: ReturnType<typeof useTranslations<'audit'>>): string {
  const known = RANGES.find((range) => range === from);
  return known === undefined ? from : t(`ranges.${known === '' ? 'all' : known}`);
}
