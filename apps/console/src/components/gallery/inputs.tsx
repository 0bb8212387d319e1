'use client';
// What is typed, chosen and switched.
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Card } from '@/components/ui/card.tsx';
import { Checkbox, Switch } from '@/components/ui/checkbox.tsx';
import { Combobox } from '@/components/ui/combobox.tsx';
import { Field } from '@/components/ui/field.tsx';
import { Counter, Input, Textarea } from '@/components/ui/input.tsx';
import { Segmented } from '@/components/ui/segmented.tsx';
import { Select } from '@/components/ui/select.tsx';
import { Tabs } from '@/components/ui/tabs.tsx';
import { TokenInput } from '@/components/ui/token-input.tsx';

const LETTERS = ['a', 'b', 'c'];
const CHOICES = LETTERS.map((value) => ({ value, label: value }));
const LONG = 64;

export function Inputs() {
  const t = useTranslations('gallery');
  const [letter, setLetter] = useState('a');
  const [on, setOn] = useState(true);
  const [text, setText] = useState('');
  const [tokens, setTokens] = useState(['57098049', '57098050', 'x'.repeat(LONG), 'bad id']);
  const word = t('word');
  const problem = (token: string) => (token.includes(' ') ? t('sentence') : undefined);
  return (
    <Card title={t('inputs')}>
      <div className="space-y-4">
        <div className="grid gap-4 sm:grid-cols-2">
          <Field label={word} hint={t('sentence')}>
            <Input placeholder={word} />
          </Field>
          <Field label={word} error={t('sentence')} optional={word}>
            <Input defaultValue={word} />
          </Field>
          <Field label={word}>
            <Input disabled defaultValue={word} />
          </Field>
          <Field label={word}>
            <Select value={letter} onChange={setLetter} options={CHOICES} />
          </Field>
          <Field label={word}>
            <Combobox value={letter} onChange={(next) => setLetter(next ?? 'a')} choices={CHOICES} clearable />
          </Field>
          <Field label={word}>
            <Segmented value={letter} onChange={setLetter} options={CHOICES} />
          </Field>
        </div>
        <Field label={word} aside={<Counter text={text} max={LETTERS.length * LETTERS.length} unit="bytes" />}>
          <Textarea value={text} onChange={(event) => setText(event.target.value)} />
        </Field>
        <Field label={word} hint={t('sentence')}>
          <TokenInput tokens={tokens} onChange={setTokens} problem={problem} />
        </Field>
        <div className="flex flex-wrap gap-6">
          <Checkbox checked={on} onChange={setOn} label={word} hint={t('sentence')} />
          <Checkbox checked={false} indeterminate onChange={setOn} label={word} />
          <Checkbox checked={on} disabled onChange={setOn} label={word} />
          <Switch checked={on} onChange={setOn} label={word} />
          <Switch checked={!on} onChange={(next) => setOn(!next)} label={word} />
        </div>
        <Tabs
          value={letter}
          onChange={setLetter}
          label={word}
          tabs={CHOICES.map(({ value, label }) => ({ value, label, content: <p>{label}</p> }))}
        />
      </div>
    </Card>
  );
}
