// A failure in the reader's words: what happened, and what to do about it.
import { useTranslations } from 'next-intl';
import { useCallback } from 'react';
import { ApiFailure } from './api.ts';

export interface FailureText {
  what: string;
  todo: string | undefined;
}

export function useFailureText(): (error: Error) => FailureText {
  const t = useTranslations('errors');
  return useCallback(
    (error) => {
      if (!(error instanceof ApiFailure)) return { what: t('page.what'), todo: t('page.todo') };
      if (error.code === 'RATE_LIMITED') {
        return { what: t('rateLimited.what'), todo: t('rateLimited.todo', { seconds: error.retryAfterS ?? 60 }) };
      }
      const known = KINDS[error.code];
      // What the api refuses it words itself: it names the field, the limit or the thing, in the page's language.
      if (known === undefined && error.status < 500 && error.message !== '')
        return { what: error.message, todo: undefined };
      const kind = known ?? (error.status >= 500 ? 'server' : 'other');
      return { what: t(`${kind}.what`, { code: error.code }), todo: t(`${kind}.todo`) };
    },
    [t],
  );
}

const KINDS: Record<
  string,
  | 'noAnswer'
  | 'badAnswer'
  | 'forbidden'
  | 'signedOut'
  | 'wrongPassword'
  | 'busy'
  | 'bus'
  | 'unknownFate'
  | 'state'
  | 'database'
  | 'archive'
  | 'node'
  | 'mismatch'
> = {
  NO_ANSWER: 'noAnswer',
  API_UNAVAILABLE: 'noAnswer',
  BAD_ANSWER: 'badAnswer',
  FORBIDDEN: 'forbidden',
  NOT_SIGNED_IN: 'signedOut',
  WRONG_PASSWORD: 'wrongPassword',
  IN_PROGRESS: 'busy',
  OVERLOADED: 'busy',
  DRAINING: 'busy',
  NOT_READY: 'busy',
  BUS_UNAVAILABLE: 'bus',
  PUBLISH_UNKNOWN: 'unknownFate',
  STATE_UNAVAILABLE: 'state',
  DATABASE_UNAVAILABLE: 'database',
  ARCHIVE_UNAVAILABLE: 'archive',
  NOT_RECORDED: 'archive',
  NODE_UNAVAILABLE: 'node',
  IDEMPOTENCY_MISMATCH: 'mismatch',
};
