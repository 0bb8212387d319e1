'use client';
// The last look before sending: to how many, how many of them now, and what. More than a hundred have to be counted by hand.
import { useTranslations } from 'next-intl';
import { ConfirmDialog } from '@/components/ui/confirm-dialog.tsx';
import { useFailureText } from '@/lib/failure-text.ts';
import type { Draft } from '@/lib/push-draft.ts';
import { reachOf, useReach } from './recipients-field.tsx';

/** More recipients than this: their number has to be typed. */
const TYPED_OVER = 100;

export function ReviewDialog({
  open,
  onOpenChange,
  draft,
  busy,
  failure,
  onSend,
}: {
  open: boolean;
  onOpenChange(open: boolean): void;
  draft: Draft;
  busy: boolean;
  failure: Error | null;
  onSend(): void;
}) {
  const t = useTranslations('send');
  const text = useFailureText();
  const rows = useReach(draft.app, draft.uids);
  const { online, nodes } = reachOf(rows);
  const count = draft.uids.length;
  return (
    <ConfirmDialog
      open={open}
      onOpenChange={onOpenChange}
      title={rows.length < count ? t('reviewTitle', { count }) : t('reviewTitleOnline', { count, online, nodes })}
      description={t('reviewText', { app: draft.app })}
      action={t('send', { count })}
      busy={busy}
      onConfirm={onSend}
      {...(count > TYPED_OVER ? { typed: String(count) } : {})}
      error={failure && `${text(failure).what} ${text(failure).todo ?? ''}`}
    >
      <div className="space-y-1 rounded-md border border-line bg-sunken p-3">
        {draft.title !== '' && (
          <p dir="auto" className="wrap-anywhere line-clamp-2 font-medium">
            {draft.title}
          </p>
        )}
        <p dir="auto" className="wrap-anywhere line-clamp-5 whitespace-pre-wrap text-muted">
          {draft.content}
        </p>
      </div>
    </ConfirmDialog>
  );
}
