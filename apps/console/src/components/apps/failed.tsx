'use client';
// Why a form was refused, above its buttons: in words, with the code to copy.
import { CircleAlert } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { ApiFailure } from '@/lib/api.ts';
import { useFailureText } from '@/lib/failure-text.ts';

/** `limit`: what there may be so many of, where RATE_LIMITED without a wait means that there are too many already. */
export function Failed({ error, limit }: { error: Error | null; limit?: 'credentials' | 'keys' }) {
  const t = useTranslations('apps');
  const common = useTranslations('common');
  const text = useFailureText();
  const full = limit && error instanceof ApiFailure && error.code === 'RATE_LIMITED';
  const { what, todo } = full
    ? { what: t(`full.${limit}.what`), todo: t(`full.${limit}.todo`) }
    : error
      ? text(error)
      : { what: '', todo: undefined };
  return (
    <div role="alert">
      {error && (
        <div className="flex items-start gap-2 rounded-md border border-bad bg-bad-tint px-3 py-2">
          <CircleAlert aria-hidden size={16} className="mt-0.5 shrink-0 text-bad" />
          <div className="min-w-0 break-words">
            <p className="font-medium">{what}</p>
            {todo && <p className="text-muted">{todo}</p>}
            {error instanceof ApiFailure && (
              <p className="mt-0.5 text-muted text-xs">
                {common('errorCode')} <code className="select-all font-mono">{error.code}</code>
                {error.requestId && (
                  <>
                    {' · '}
                    {common('requestId')} <code className="select-all break-all font-mono">{error.requestId}</code>
                  </>
                )}
              </p>
            )}
          </div>
        </div>
      )}
    </div>
  );
}
