'use client';
import type { PreviewRow } from '@message-push/protocol/admin';
// Who a message is for: typed, pasted or from a file; each with whether they are online and the node they land on.
import { PUSH_LIMITS } from '@message-push/protocol/limits';
import { FileUp, X } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { type ReactNode, useDeferredValue, useMemo, useRef } from 'react';
import { Button } from '@/components/ui/button.tsx';
import { cx } from '@/components/ui/class-names.ts';
import { Field } from '@/components/ui/field.tsx';
import { TokenInput } from '@/components/ui/token-input.tsx';
import { addTokens } from '@/components/ui/tokens.ts';
import { usePreview } from '@/lib/messages.ts';
import { isUid, uidsOfFile } from '@/lib/recipients.ts';

/** So many are listed with their node; of more only the sums are told. */
const LISTED_MAX = 50;

export function RecipientsField({
  app,
  uids,
  onChange,
  error,
}: {
  app: string;
  uids: string[];
  onChange(uids: string[]): void;
  error: ReactNode;
}) {
  const t = useTranslations('send');
  const rows = useReach(app, uids);
  const byUid = useMemo(() => new Map(rows.map((row) => [row.uid, row])), [rows]);
  return (
    <div className="space-y-2">
      <Field
        label={t('recipients')}
        hint={t('recipientsHint')}
        error={error}
        aside={
          <span className={cx(uids.length > PUSH_LIMITS.uidsMax && 'font-medium text-bad')}>
            {t('counter', { count: uids.length, max: PUSH_LIMITS.uidsMax })}
          </span>
        }
      >
        <TokenInput
          tokens={uids}
          onChange={onChange}
          placeholder={t('recipientsPlaceholder')}
          problem={(uid) => (isUid(uid) ? undefined : t('problem.badUid'))}
          adornment={(uid) => <OnlineDot row={byUid.get(uid)} />}
        />
      </Field>
      <div className="flex flex-wrap items-center gap-2">
        <FromFile onRead={(read) => onChange(addTokens(uids, read).tokens)} />
        {uids.length > 1 && (
          <Button size="small" kind="quiet" icon={<X aria-hidden size={13} />} onClick={() => onChange([])}>
            {t('removeAll')}
          </Button>
        )}
      </div>
      <Reach rows={rows} />
    </div>
  );
}

/** Where the present recipients are; those of them that can be uids. */
export function useReach(app: string, uids: readonly string[]): PreviewRow[] {
  const asked = useDeferredValue(useMemo(() => uids.filter(isUid).slice(0, PUSH_LIMITS.uidsMax), [uids]));
  const found = usePreview(app, asked).data;
  return useMemo(() => {
    const wanted = new Set(uids);
    return (found ?? []).filter((row) => wanted.has(row.uid));
  }, [found, uids]);
}

export function reachOf(rows: readonly PreviewRow[]): { online: number; nodes: number } {
  const online = rows.filter((row) => row.online);
  return { online: online.length, nodes: new Set(online.flatMap(({ node }) => node ?? [])).size };
}

function OnlineDot({ row }: { row: PreviewRow | undefined }) {
  const t = useTranslations('send');
  if (row === undefined) return <span aria-hidden className="size-2 shrink-0 rounded-full border border-field" />;
  const text = row.online ? t('online') : t('offline');
  return (
    <span className={cx('size-2 shrink-0 rounded-full', row.online ? 'bg-ok' : 'border-2 border-field')}>
      <span className="sr-only">{text}</span>
    </span>
  );
}

function Reach({ rows }: { rows: PreviewRow[] }) {
  const t = useTranslations('send');
  if (rows.length === 0) return null;
  const { online, nodes } = reachOf(rows);
  return (
    <details className="group rounded-md border border-line bg-sunken" open={rows.length <= 5}>
      <summary className="px-3 py-1.5 text-muted text-xs -outline-offset-2">
        {t('reach', { online, nodes, offline: rows.length - online })}
      </summary>
      <ul className="max-h-44 divide-y divide-line overflow-y-auto border-line border-t">
        {rows.slice(0, LISTED_MAX).map((row) => (
          <li key={row.uid} className="flex items-center gap-2 px-3 py-1 text-xs">
            <span
              aria-hidden
              className={cx('size-2 shrink-0 rounded-full', row.online ? 'bg-ok' : 'border-2 border-field')}
            />
            <span className="min-w-0 flex-1 truncate font-mono">{row.uid}</span>
            <span className={row.online ? 'text-ok' : 'text-muted'}>{row.online ? t('online') : t('offline')}</span>
            <span className="max-w-[45%] truncate font-mono text-muted">{row.node ?? t('noNode')}</span>
          </li>
        ))}
        {rows.length > LISTED_MAX && (
          <li className="px-3 py-1 text-muted text-xs">{t('andMore', { count: rows.length - LISTED_MAX })}</li>
        )}
      </ul>
    </details>
  );
}

function FromFile({ onRead }: { onRead(uids: string[]): void }) {
  const t = useTranslations('send');
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <Button size="small" icon={<FileUp aria-hidden size={13} />} onClick={() => input.current?.click()}>
        {t('fromFile')}
      </Button>
      <input
        ref={input}
        type="file"
        accept=".csv,.txt,.tsv,text/csv,text/plain"
        aria-label={t('fromFile')}
        className="hidden"
        onChange={async (event) => {
          const file = event.target.files?.[0];
          event.target.value = '';
          if (file) onRead(uidsOfFile(await file.text()));
        }}
      />
    </>
  );
}
