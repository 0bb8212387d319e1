'use client';
// Extras: pairs of key and value, or the text itself when it is something else.
import { PUSH_LIMITS } from '@message-push/protocol/limits';
import { Plus, X } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { type ReactNode, useState } from 'react';
import { Button, IconButton } from '@/components/ui/button.tsx';
import { Field } from '@/components/ui/field.tsx';
import { Counter, Input, Textarea } from '@/components/ui/input.tsx';
import { Segmented } from '@/components/ui/segmented.tsx';
import { extrasOf, pairsOf } from '@/lib/push-draft.ts';

interface Props {
  extras: string;
  onChange(extras: string): void;
}

export function ExtrasField({ extras, onChange, error }: Props & { error: ReactNode }) {
  const t = useTranslations('send');
  const common = useTranslations('common');
  const [asText, setAsText] = useState(false);
  const noPairs = pairsOf(extras) === undefined;
  const counter = <Counter text={extras} max={PUSH_LIMITS.extrasBytesMax} unit="bytes" />;
  return (
    <div className="space-y-2">
      {asText || noPairs || error ? (
        <Field
          label={t('extras')}
          optional={common('optional')}
          hint={noPairs ? t('extrasNoPairs') : undefined}
          error={error}
          aside={counter}
        >
          <Textarea
            value={extras}
            onChange={(event) => onChange(event.target.value)}
            rows={3}
            spellCheck={false}
            className="font-mono text-[0.8125rem]"
          />
        </Field>
      ) : (
        <fieldset className="min-w-0">
          <div className="mb-1 flex items-baseline justify-between gap-3">
            <legend className="float-left font-medium text-sm">
              {t('extras')}
              <span className="ml-1.5 font-normal text-faint text-xs">{common('optional')}</span>
            </legend>
            <span className="text-muted text-xs">{extras !== '' && counter}</span>
          </div>
          <Pairs extras={extras} onChange={onChange} />
        </fieldset>
      )}
      <Segmented
        label={t('extrasAs')}
        value={asText || noPairs ? 'text' : 'pairs'}
        onChange={(next) => setAsText(next === 'text')}
        options={[
          { value: 'pairs', label: t('pairs') },
          { value: 'text', label: t('text') },
        ]}
      />
    </div>
  );
}

function Pairs({ extras, onChange }: Props) {
  const t = useTranslations('send');
  // Rows whose key is not typed yet are no part of the extras: what is shown is kept here, as long as it belongs to the text.
  const [kept, setKept] = useState({ extras, pairs: pairsOf(extras) ?? [] });
  const pairs = kept.extras === extras ? kept.pairs : (pairsOf(extras) ?? []);

  function change(next: [string, string][]) {
    const text = extrasOf(next);
    setKept({ extras: text, pairs: next });
    onChange(text);
  }
  const put = (index: number, pair: [string, string]) => change(pairs.map((old, at) => (at === index ? pair : old)));

  return (
    <div className="space-y-1.5">
      {pairs.map(([key, value], index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a row is its place while its key is typed
        <div key={index} className="flex items-center gap-1.5">
          <Input
            value={key}
            aria-label={t('extraKey', { row: index + 1 })}
            placeholder={t('key')}
            onChange={(event) => put(index, [event.target.value, value])}
            className="font-mono text-[0.8125rem]"
          />
          <Input
            value={value}
            aria-label={t('extraValue', { row: index + 1 })}
            placeholder={t('value')}
            onChange={(event) => put(index, [key, event.target.value])}
            className="font-mono text-[0.8125rem]"
          />
          <IconButton
            size="small"
            label={t('removePair', { row: index + 1 })}
            onClick={() => change(pairs.filter((_, at) => at !== index))}
          >
            <X aria-hidden size={14} />
          </IconButton>
        </div>
      ))}
      <Button size="small" icon={<Plus aria-hidden size={13} />} onClick={() => change([...pairs, ['', '']])}>
        {t('addPair')}
      </Button>
    </div>
  );
}
