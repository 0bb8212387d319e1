'use client';
// Adds a signing key: one that is made here and shown once, or one that the app brings along.
import { useTranslations } from 'next-intl';
import { type FormEvent, useId, useState } from 'react';
import { secretCalls } from '@/lib/apps.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Field } from '../ui/field.tsx';
import { Input } from '../ui/input.tsx';
import { Segmented } from '../ui/segmented.tsx';
import { Failed } from './failed.tsx';
import { base64urlBytes } from './snippets.ts';
import { useOnce } from './use-once.ts';

const BYTES_MIN = 16;
const BYTES_MAX = 512;
/** RFC 7518: a key for HS256 has at least the size of the hash. */
const BYTES_ADVISED = 32;

interface KeyDialogProps {
  app: string;
  open: boolean;
  onOpenChange(open: boolean): void;
  onAdded(key: { id: string; secret?: string | undefined }): void;
}

export function KeyDialog(props: KeyDialogProps) {
  const t = useTranslations('apps.keys.adding');
  const common = useTranslations('common');
  const form = useId();
  const once = useOnce();

  async function add(secret: string | undefined) {
    const body = secret === undefined ? {} : { secret };
    const key = await once.run(body, (sent, repeated) => secretCalls.addKey(props.app, sent, repeated));
    if (key) props.onAdded(secret === undefined ? key : { id: key.id });
  }

  return (
    <Dialog
      open={props.open}
      onOpenChange={props.onOpenChange}
      title={t('title')}
      description={t('about')}
      footer={
        <>
          <Button onClick={() => props.onOpenChange(false)}>{common('cancel')}</Button>
          <Button type="submit" form={form} kind="primary" busy={once.busy}>
            {t('action')}
          </Button>
        </>
      }
    >
      <KeyForm id={form} onAdd={(secret) => void add(secret)} />
      <div className="mt-4">
        <Failed error={once.error} limit="keys" />
      </div>
    </Dialog>
  );
}

/** Lives only while the dialog is open: a key that was pasted is gone with it. */
function KeyForm({ id, onAdd }: { id: string; onAdd(secret: string | undefined): void }) {
  const t = useTranslations('apps.keys.adding');
  const [from, setFrom] = useState<'made' | 'own'>('made');
  const [text, setText] = useState('');
  const [tried, setTried] = useState(false);
  const secret = text.trim();
  const bytes = base64urlBytes(secret);
  const fits = bytes !== undefined && bytes >= BYTES_MIN && bytes <= BYTES_MAX;
  const problem = secret === '' ? t('missing') : bytes === undefined ? t('notBase64url') : t('size', { bytes });

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    if (from === 'made') onAdd(undefined);
    else if (fits) onAdd(secret.replace(/=+$/, ''));
    else {
      setTried(true);
      event.currentTarget.querySelector('input')?.focus();
    }
  }

  return (
    <form id={id} onSubmit={submit} className="space-y-4">
      <Field label={t('from')} hint={t(from === 'made' ? 'madeHint' : 'ownHint')}>
        <Segmented
          value={from}
          onChange={setFrom}
          options={[
            { value: 'made', label: t('made') },
            { value: 'own', label: t('own') },
          ]}
        />
      </Field>
      {from === 'own' && (
        <Field
          label={t('key')}
          error={!fits && (tried || (secret !== '' && bytes === undefined)) && problem}
          hint={fits && bytes < BYTES_ADVISED ? t('short', { bytes, advised: BYTES_ADVISED }) : t('keyHint')}
          aside={bytes !== undefined && t('bytes', { bytes })}
        >
          <Input
            type="password"
            value={text}
            onChange={(event) => setText(event.target.value)}
            autoComplete="off"
            spellCheck={false}
            data-1p-ignore
            className="font-mono"
          />
        </Field>
      )}
    </form>
  );
}
