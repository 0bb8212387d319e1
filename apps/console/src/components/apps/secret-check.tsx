'use client';
// "Which secret is this?": reads a pasted secret in the browser alone and says whether it is whole and which one of the app it is.
import type { CredentialView } from '@message-push/protocol/admin';
import { CircleAlert, CircleCheck } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Field } from '../ui/field.tsx';
import { Input } from '../ui/input.tsx';
import { Fold } from './fold.tsx';
import { readSecret } from './secret-format.ts';
import { isUsable } from './usage.ts';

const HINT_CHARS = 4;

export function SecretCheck({ credentials, now }: { credentials: readonly CredentialView[]; now: number }) {
  const t = useTranslations('apps.check');
  const [text, setText] = useState('');
  return (
    <Fold card title={t('title')}>
      <div className="space-y-3 px-4 pb-4">
        <Field label={t('label')} hint={t('hint')}>
          <Input
            type="password"
            value={text}
            onChange={(event) => setText(event.target.value)}
            autoComplete="off"
            spellCheck={false}
            data-1p-ignore
            className="max-w-xl font-mono"
          />
        </Field>
        <div role="status">{text.trim() !== '' && <Reading text={text.trim()} {...{ credentials, now }} />}</div>
      </div>
    </Fold>
  );
}

function Reading({ text, credentials, now }: { text: string; credentials: readonly CredentialView[]; now: number }) {
  const t = useTranslations('apps.check');
  const reading = readSecret(text);
  if (reading.kind === 'damaged') return <Line bad>{t('damaged')}</Line>;
  // Secrets that were taken over from elsewhere have no checksum: only their end can be compared.
  const match = credentials.find(({ hint }) => text.endsWith(hint) && hint.length <= HINT_CHARS);
  if (match === undefined) return <Line bad>{t(reading.kind === 'whole' ? 'otherApp' : 'foreign')}</Line>;
  const usable = isUsable(match, now);
  return <Line bad={!usable}>{t(usable ? 'works' : 'ended', { hint: match.hint, state: match.state })}</Line>;
}

function Line({ bad = false, children }: { bad?: boolean; children: string }) {
  const Icon = bad ? CircleAlert : CircleCheck;
  return (
    <p className="flex items-start gap-1.5">
      <Icon aria-hidden size={15} className={`mt-0.75 shrink-0 ${bad ? 'text-bad' : 'text-ok'}`} />
      <span className="min-w-0">{children}</span>
    </p>
  );
}
