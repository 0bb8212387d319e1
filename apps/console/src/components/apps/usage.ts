// How much a credential is used, and whether it can be revoked without refusing anybody: from its requests per minute.
import type { CredentialView } from '@message-push/protocol/admin';

const MINUTE_MS = 60_000;
/** What counts as being used now, minutes. */
export const RECENT_MINUTES = 5;
/** Quiet for so long: nobody but rare jobs can still have it. The api counts no further back. */
export const QUIET_MS = 60 * MINUTE_MS;
/** Used within this time: revoking asks for the AppID. */
const TYPED_WITHIN_MS = 24 * 60 * MINUTE_MS;

export interface Usage {
  /** Requests of the last minutes, the present one last. */
  perMinute: number[];
  /** Requests within the last `RECENT_MINUTES`. */
  recent: number;
  /** The most in one minute. */
  peak: number;
  /** Epoch milliseconds; null = never. */
  lastAt: number | null;
}

export type Verdict =
  /** Never used, or quiet for `QUIET_MS`, while its successor is in use or there never was a caller. */
  | { kind: 'safe'; quietMs: number | null }
  /** Quiet, but not for long. */
  | { kind: 'wait'; quietMs: number; peak: number }
  /** Quiet too, but the new one was never used: the callers have nothing else yet. */
  | { kind: 'unproven' }
  | { kind: 'busy'; recent: number; addresses: number };

/** `seen` (the last use in the database) may be some seconds behind the counters, and these know nothing from before the api's start. */
export function usageOf({ use, last_used_at }: CredentialView, now: number): Usage {
  const perMinute = use.per_minute;
  let lastAt = last_used_at;
  const newest = perMinute.findLastIndex((count) => count > 0);
  if (newest >= 0) {
    const minute = Math.floor(now / MINUTE_MS) * MINUTE_MS - (perMinute.length - 1 - newest) * MINUTE_MS;
    lastAt = Math.max(lastAt ?? 0, minute);
  }
  const recent = perMinute.slice(-RECENT_MINUTES).reduce((sum, count) => sum + count, 0);
  return { perMinute, recent, peak: Math.max(0, ...perMinute), lastAt };
}

/** Whether an old credential can go; `successor` is the newest one that lives on. */
export function verdictOf(credential: CredentialView, successor: CredentialView | undefined, now: number): Verdict {
  const { recent, peak, lastAt } = usageOf(credential, now);
  if (lastAt === null) return { kind: 'safe', quietMs: null };
  if (recent > 0) return { kind: 'busy', recent, addresses: credential.use.addresses.length };
  if (successor === undefined || usageOf(successor, now).lastAt === null) return { kind: 'unproven' };
  const quietMs = Math.max(0, now - lastAt);
  return quietMs >= QUIET_MS ? { kind: 'safe', quietMs } : { kind: 'wait', quietMs, peak };
}

/** Whether revoking it asks for the AppID. */
export function needsTyping(credential: CredentialView, now: number): boolean {
  const { lastAt } = usageOf(credential, now);
  return lastAt !== null && now - lastAt < TYPED_WITHIN_MS;
}

/** Whether a request with it would be accepted, as far as the page knows. */
export function isUsable({ state, expires_at }: CredentialView, now: number): boolean {
  return (state === 'live' || state === 'grace') && (expires_at === null || expires_at > now);
}
