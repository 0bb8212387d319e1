'use client';
// Asks the passport of an app about one token, as the gateway would, and says what it answered and how long it took.
import { CircleAlert, CircleCheck, Play } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { type FormEvent, useState } from 'react';
import { usePassportTest } from '@/lib/apps.ts';
import { useFailureText } from '@/lib/failure-text.ts';
import { Button } from '../ui/button.tsx';
import { Field } from '../ui/field.tsx';
import { Input } from '../ui/input.tsx';
import { Segmented } from '../ui/segmented.tsx';

export function PassportTest({ app, url, dirty }: { app: string; url: string; dirty: boolean }) {
  const t = useTranslations('apps.passport');
  const test = usePassportTest(app);
  const [token, setToken] = useState('');
  const [platform, setPlatform] = useState<'pc' | 'mobile'>('pc');
  const [missing, setMissing] = useState(false);

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    if (token.trim() === '') {
      setMissing(true);
      event.currentTarget.querySelector('input')?.focus();
    } else if (!test.isPending) test.mutate({ token: token.trim(), platform });
  }

  return (
    <form onSubmit={submit} className="space-y-3 rounded-md border border-line bg-sunken p-3">
      <div>
        <h2 className="font-medium text-sm">{t('title')}</h2>
        <p className="break-words text-muted text-xs">
          {dirty ? t('dirty') : t.rich('about', { url: () => <code className="break-all font-mono">{url}</code> })}
        </p>
      </div>
      <div className="flex flex-wrap items-start gap-3">
        <Field label={t('token')} error={missing && t('missing')} className="min-w-0 flex-1 basis-56">
          <Input
            value={token}
            onChange={(event) => {
              setToken(event.target.value);
              setMissing(false);
            }}
            autoComplete="off"
            spellCheck={false}
            className="font-mono"
          />
        </Field>
        <Field label={t('platform')}>
          <Segmented
            value={platform}
            onChange={setPlatform}
            options={[
              { value: 'pc', label: 'pc' },
              { value: 'mobile', label: 'mobile' },
            ]}
          />
        </Field>
        <div className="mt-6.25">
          <Button type="submit" icon={<Play aria-hidden size={13} />} busy={test.isPending}>
            {t('action')}
          </Button>
        </div>
      </div>
      <div role="status">
        {!test.isPending && (test.data || test.error) && <Outcome result={test.data} error={test.error} />}
      </div>
    </form>
  );
}

function Outcome({
  result,
  error,
}: {
  result: { ok: boolean; ms: number; uid?: string | undefined; problem?: string | undefined } | undefined;
  error: Error | null;
}) {
  const t = useTranslations('apps.passport');
  const text = useFailureText();
  const ok = result?.ok === true;
  const Icon = ok ? CircleCheck : CircleAlert;
  return (
    <div className={`flex items-start gap-1.5 ${ok ? 'text-ok' : 'text-bad'}`}>
      <Icon aria-hidden size={15} className="mt-0.75 shrink-0" />
      <div className="min-w-0 break-words">
        <p className="font-medium">
          {error
            ? text(error).what
            : ok
              ? t('yes', { uid: result.uid ?? '', ms: result.ms })
              : t(result?.problem ? 'failed' : 'no', { ms: result?.ms ?? 0 })}
        </p>
        {result?.problem && <p className="text-muted">{result.problem}</p>}
      </div>
    </div>
  );
}
