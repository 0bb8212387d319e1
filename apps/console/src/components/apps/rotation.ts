// A rotation as a line of time: when the new secret came, when the old one ends, and where in between we are.
import type { CredentialView } from '@message-push/protocol/admin';
import { GRACE_S } from '@message-push/protocol/admin/limits';
import { isUsable } from './usage.ts';

export type Grace = number | 'first_use';
/** What is offered, seconds; the api takes any up to 30 days. */
export const GRACES = [...GRACE_S, 'first_use'] as const;

export interface Rotation {
  /** The newest that lives on. */
  next: CredentialView;
  /** Those that end, newest first. */
  old: CredentialView[];
  startedAt: number;
  /** When the last old one ends; null = one hour after the first use of the new one. */
  endsAt: number | null;
  /** 0..1; null without an end. */
  progress: number | null;
}

/** The rotation under way; undefined when no old secret is left. */
export function rotationOf(credentials: readonly CredentialView[], now: number): Rotation | undefined {
  const usable = credentials.filter((one) => isUsable(one, now)).sort((a, b) => b.created_at - a.created_at);
  const old = usable.filter(({ state }) => state === 'grace');
  const next = usable.find(({ state }) => state === 'live');
  if (next === undefined || old.length === 0) return undefined;
  const ends = old.map(({ expires_at }) => expires_at);
  const endsAt = ends.includes(null) ? null : Math.max(...ends.map((end) => end ?? 0));
  const startedAt = next.created_at;
  return { next, old, startedAt, endsAt, progress: endsAt === null ? null : shareOf(now, startedAt, endsAt) };
}

function shareOf(now: number, from: number, to: number): number {
  return to <= from ? 1 : Math.min(1, Math.max(0, (now - from) / (to - from)));
}

/** When the old ones would end if it were rotated now; null = not known before the first use. */
export function endOf(grace: Grace, now: number): number | null {
  return grace === 'first_use' ? null : now + grace * 1000;
}
