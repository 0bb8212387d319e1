'use client';
// How the clients of an app prove who they are: which kinds of tokens count, and what each needs to work.
import type { AppView } from '@message-push/protocol/admin';
import { TOKEN_KINDS } from '@message-push/protocol/admin/limits';
import { CircleAlert, CircleCheck, TriangleAlert } from 'lucide-react';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { useSigningKeys } from '@/lib/apps.ts';
import { Switch } from '../ui/checkbox.tsx';
import { CodeBlock } from '../ui/code-block.tsx';
import { Field } from '../ui/field.tsx';
import { Input } from '../ui/input.tsx';
import { PassportTest } from './passport-test.tsx';
import { useProblemText } from './problem-text.ts';
import type { TokenKind } from './settings-form.ts';
import { ReadOnlyNote } from './settings-tab.tsx';
import type { SettingsForm } from './use-settings.ts';

export function KindsTab({
  app,
  form,
  may,
  toKeys,
}: {
  app: AppView;
  form: SettingsForm;
  may: boolean;
  /** Goes to the signing keys. */
  toKeys(): void;
}) {
  const t = useTranslations('apps.kinds');
  const keys = useSigningKeys(app.id).data;
  const problem = useProblemText();
  return (
    <div className="space-y-4">
      <p className="max-w-3xl text-muted">{t('about')}</p>
      {!may && <ReadOnlyNote />}
      <div role="alert">
        {form.problems.token_kinds && (
          <p className="flex items-start gap-1.5 text-bad">
            <CircleAlert aria-hidden size={15} className="mt-0.75 shrink-0" />
            {problem(form.problems.token_kinds)}
          </p>
        )}
      </div>
      <div data-field="token_kinds" className="space-y-4">
        <Kind form={form} kind="access" may={may}>
          <CodeBlock what={t('access.call')} code={tokenCall(app.id)} />
        </Kind>
        <Kind form={form} kind="jwt" may={may}>
          {keys && (
            <Fact ok={keys.length > 0}>
              {keys.length > 0 ? t('jwt.keys', { count: keys.length }) : t('jwt.noKey')}{' '}
              <button type="button" onClick={toKeys} className="rounded text-accent underline underline-offset-2">
                {t('jwt.toKeys')}
              </button>
            </Fact>
          )}
        </Kind>
        <Kind form={form} kind="passport" may={may}>
          <PassportFields app={app} form={form} may={may} />
        </Kind>
      </div>
    </div>
  );
}

function Kind(props: { form: SettingsForm; kind: TokenKind; may: boolean; children: ReactNode }) {
  const { form, kind, may, children } = props;
  const t = useTranslations('apps.kinds');
  const kinds = form.draft.token_kinds;
  const on = kinds.includes(kind);
  return (
    <section aria-label={t(`${kind}.name`)} className="space-y-3 rounded-lg border border-line bg-surface p-4">
      <Switch
        checked={on}
        onChange={(checked) =>
          form.set(
            'token_kinds',
            TOKEN_KINDS.filter((one) => (one === kind ? checked : kinds.includes(one))),
          )
        }
        label={<span className="font-semibold">{t(`${kind}.name`)}</span>}
        hint={<span className="text-[0.8125rem]">{t(`${kind}.about`)}</span>}
        disabled={!may}
      />
      {on && <div className="space-y-3 sm:pl-11.5">{children}</div>}
    </section>
  );
}

function PassportFields({ app, form, may }: { app: AppView; form: SettingsForm; may: boolean }) {
  const t = useTranslations('apps.kinds.passport');
  const names = useTranslations('apps.field');
  const problem = useProblemText();
  const stored = app.settings.passport_url ?? '';
  return (
    <>
      <div data-field="passport_url">
        <Field label={names('passport_url')} hint={t('urlHint')} error={problem(form.problems.passport_url)}>
          <Input
            value={form.draft.passport_url}
            onChange={(event) => form.set('passport_url', event.target.value)}
            type="url"
            inputMode="url"
            disabled={!may}
            placeholder="https://id.example.com/check"
            autoComplete="off"
            spellCheck={false}
            className="font-mono text-[0.8125rem]"
          />
        </Field>
      </div>
      {stored === '' && form.draft.passport_url.trim() === '' && <Fact ok={false}>{t('noUrl')}</Fact>}
      {may && stored !== '' && <PassportTest app={app.id} url={stored} dirty={form.changed.includes('passport_url')} />}
    </>
  );
}

function Fact({ ok, children }: { ok: boolean; children: ReactNode }) {
  const Icon = ok ? CircleCheck : TriangleAlert;
  return (
    <p className="flex items-start gap-1.5">
      <Icon aria-hidden size={15} className={`mt-0.75 shrink-0 ${ok ? 'text-ok' : 'text-warn'}`} />
      <span className="min-w-0">{children}</span>
    </p>
  );
}

function tokenCall(app: string): string {
  return [
    `curl -sS -X POST '${typeof location === 'undefined' ? '' : location.origin}/api/message-push/v1/tokens'`,
    `  -u '${app}:'"$MESSAGE_PUSH_APP_SECRET"`,
    `  -H 'Content-Type: application/json'`,
    `  -d '{"uid":"57098049","platform":"pc"}'`,
  ].join(' \\\n');
}
