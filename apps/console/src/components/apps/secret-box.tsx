'use client';
// The pair of AppID and secret to copy, by itself, as environment variables and as a first call. Hidden text is not in the page at all.
import { Eye, EyeOff, KeyRound } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { type ReactNode, useState } from 'react';
import { Button } from '../ui/button.tsx';
import { CopyButton } from '../ui/copy-button.tsx';
import { ScrollBox } from '../ui/scroll-box.tsx';
import { Tabs } from '../ui/tabs.tsx';
import type { Made } from './secret-dialog.tsx';
import { curlOf, envOf, jwtOf, keyEnvOf, masked } from './snippets.ts';

export function SecretBox({ made, onCopied }: { made: Made; onCopied(): void }) {
  const t = useTranslations('apps.secret');
  const [shown, setShown] = useState(false);
  const visible = (secret: string) => (shown ? secret : masked(secret));
  return (
    <div className="space-y-4">
      <dl className="divide-y divide-line rounded-md border border-line">
        <Line
          name={t(`name.${made.kind}`)}
          value={visible(made.secret)}
          copy={
            <>
              <CopyButton text={made.secret} what={t(`name.${made.kind}`)} onCopied={onCopied}>
                {t('copy')}
              </CopyButton>
              <Button
                size="small"
                kind="quiet"
                icon={shown ? <EyeOff aria-hidden size={14} /> : <Eye aria-hidden size={14} />}
                onClick={() => setShown(!shown)}
              >
                {shown ? t('hide') : t('show')}
              </Button>
            </>
          }
        />
        <Line name={t('appId')} value={made.app} copy={<CopyButton text={made.app} what={t('appId')} />} />
      </dl>
      <Snippets made={made} visible={visible} onCopied={onCopied} />
    </div>
  );
}

function Line({ name, value, copy }: { name: string; value: string; copy: ReactNode }) {
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1 px-3 py-2">
      <dt className="flex w-24 shrink-0 items-center gap-1.5 text-muted text-xs">
        <KeyRound aria-hidden size={13} />
        {name}
      </dt>
      <dd className="flex min-w-0 flex-1 basis-64 flex-wrap items-center justify-end gap-1.5">
        <span className="min-w-0 flex-1 basis-44 break-all font-mono text-[0.8125rem]">{value}</span>
        {copy}
      </dd>
    </div>
  );
}

function Snippets({ made, visible, onCopied }: { made: Made; visible(secret: string): string; onCopied(): void }) {
  const t = useTranslations('apps.secret');
  const [tab, setTab] = useState<'env' | 'code'>('env');
  const { app, secret, kind } = made;
  const env = kind === 'credential' ? envOf : keyEnvOf;
  const code = (text: string) => (kind === 'credential' ? curlOf(`${location.origin}/api`, app, text) : jwtOf());
  return (
    <Tabs
      label={t('snippets')}
      value={tab}
      onChange={setTab}
      tabs={[
        {
          value: 'env',
          label: '.env',
          content: (
            <Snippet shown={env(app, visible(secret))} copied={env(app, secret)} what=".env" onCopied={onCopied} />
          ),
        },
        {
          value: 'code',
          label: kind === 'credential' ? 'cURL' : 'Node.js',
          content: (
            <Snippet
              shown={code(visible(secret))}
              copied={code(secret)}
              what={kind === 'credential' ? 'cURL' : 'Node.js'}
              {...(kind === 'credential' ? { onCopied } : {})}
            />
          ),
        },
      ]}
    />
  );
}

/** Shows one text and copies another: the secret is in the clipboard before it is on the screen. */
function Snippet(props: { shown: string; copied: string; what: string; onCopied?(): void }) {
  const { shown, copied, what, onCopied } = props;
  return (
    <div className="relative -mt-1 rounded-md border border-line bg-sunken">
      <ScrollBox label={what} className="max-h-56 overflow-auto rounded-md p-3 pr-11 -outline-offset-2">
        <pre className="whitespace-pre-wrap font-mono text-[0.8125rem] leading-relaxed [overflow-wrap:anywhere]">
          {shown}
        </pre>
      </ScrollBox>
      <div className="absolute top-1.5 right-1.5 rounded-md bg-sunken">
        <CopyButton text={copied} what={what} {...(onCopied ? { onCopied } : {})} />
      </div>
    </div>
  );
}
