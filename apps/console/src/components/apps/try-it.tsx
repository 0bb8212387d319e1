'use client';
// A real call with a secret that was just made: it sends nothing, and says in words and colour whether the secret works.
import { CircleAlert, CircleCheck, Play, TriangleAlert } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { type TryResult, tryCredential } from '@/lib/apps.ts';
import { Button } from '../ui/button.tsx';
import { cx } from '../ui/class-names.ts';
import type { Made } from './secret-dialog.tsx';

const LOOKS = {
  works: { Icon: CircleCheck, tone: 'text-ok' },
  address: { Icon: TriangleAlert, tone: 'text-warn' },
  refused: { Icon: CircleAlert, tone: 'text-bad' },
  noAnswer: { Icon: CircleAlert, tone: 'text-bad' },
} as const;

export function TryIt({ made }: { made: Made & { kind: 'credential' } }) {
  const t = useTranslations('apps.secret.try');
  const [busy, setBusy] = useState(false);
  const [result, setResult] = useState<TryResult>();

  async function press() {
    setBusy(true);
    setResult(await tryCredential(made.app, made.secret, () => performance.now()));
    setBusy(false);
  }

  const works = result?.kind === 'works';
  return (
    <div
      className={cx(
        'flex flex-wrap items-center gap-x-3 gap-y-2 rounded-md border px-3 py-2.5 transition-colors',
        works ? 'border-ok bg-ok-tint' : 'border-line',
      )}
    >
      <Button size="small" icon={<Play aria-hidden size={13} />} busy={busy} onClick={() => void press()}>
        {t('button')}
      </Button>
      <div className="min-w-0 flex-1 basis-60 text-xs">
        <div role="status">{result && <Result result={result} />}</div>
        {!result && <p className="text-muted">{made.startsTheHour ? t('startsTheHour') : t('about')}</p>}
      </div>
    </div>
  );
}

function Result({ result }: { result: TryResult }) {
  const t = useTranslations('apps.secret.try');
  const { Icon, tone } = LOOKS[result.kind];
  const values = { ms: result.kind === 'works' ? result.ms : 0, code: result.kind === 'refused' ? result.code : '' };
  return (
    <p className={cx('flex items-start gap-1.5 font-medium', tone)}>
      <Icon aria-hidden size={14} className="mt-0.5 shrink-0" />
      <span className="min-w-0 break-words">{t(result.kind, values)}</span>
    </p>
  );
}
