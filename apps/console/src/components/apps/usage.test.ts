// "Safe to revoke" is said only when nobody is refused by it, as far as the counters reach.
import type { CredentialView } from '@message-push/protocol/admin';
import { expect, test } from 'vitest';
import { isUsable, needsTyping, QUIET_MS, usageOf, verdictOf } from './usage.ts';

const MINUTE = 60_000;
const NOW = 1_800_000_000_000; // a full minute
const silent = Array.from({ length: 60 }, () => 0);

function credential(given: Partial<CredentialView> & { perMinute?: Record<number, number> } = {}): CredentialView {
  const { perMinute = {}, ...more } = given;
  const addresses = Object.keys(perMinute).length > 0 ? [{ ip: '10.0.0.4', count: 1, last_at: NOW }] : [];
  return {
    id: 'c1',
    app: 'demo',
    hint: 'a1B2',
    state: 'grace',
    created_at: NOW - 86_400_000,
    expires_at: NOW + 86_400_000,
    revoked_at: null,
    last_used_at: null,
    use: { per_minute: silent.map((_, index) => perMinute[59 - index] ?? 0), addresses },
    ...more,
  };
}

const used = credential({ id: 'c2', state: 'live', expires_at: null, last_used_at: NOW - MINUTE });
const fresh = credential({ id: 'c2', state: 'live', expires_at: null });

test('never used: safe, whatever the new one does', () => {
  expect(verdictOf(credential(), fresh, NOW)).toEqual({ kind: 'safe', quietMs: null });
});

test('used in the last five minutes: busy, with the requests that would be refused', () => {
  const busy = credential({ last_used_at: NOW - MINUTE, perMinute: { 0: 2, 4: 3, 5: 100 } });
  expect(verdictOf(busy, used, NOW)).toEqual({ kind: 'busy', recent: 5, addresses: 1 });
});

test('quiet for less than an hour: wait, with how busy it was', () => {
  const quiet = credential({ last_used_at: NOW - 14 * MINUTE, perMinute: { 14: 3, 20: 7 } });
  expect(verdictOf(quiet, used, NOW)).toEqual({ kind: 'wait', quietMs: 14 * MINUTE, peak: 7 });
});

test('quiet for an hour while the new one is used: safe', () => {
  const quiet = credential({ last_used_at: NOW - QUIET_MS });
  expect(verdictOf(quiet, used, NOW)).toEqual({ kind: 'safe', quietMs: QUIET_MS });
  expect(verdictOf(credential({ last_used_at: NOW - QUIET_MS + 1 }), used, NOW).kind).toBe('wait');
});

test('quiet, but the new one was never used or there is none: not called safe', () => {
  const quiet = credential({ last_used_at: NOW - 2 * QUIET_MS });
  expect(verdictOf(quiet, fresh, NOW)).toEqual({ kind: 'unproven' });
  expect(verdictOf(quiet, undefined, NOW)).toEqual({ kind: 'unproven' });
});

test('the counters know a use before the database does, and the database one from before the api started', () => {
  expect(usageOf(credential({ perMinute: { 3: 1 } }), NOW + 5_000).lastAt).toBe(NOW - 3 * MINUTE);
  expect(usageOf(credential({ last_used_at: NOW - 9 * MINUTE }), NOW).lastAt).toBe(NOW - 9 * MINUTE);
});

test('revoking asks for the AppID when it was used in the last 24 hours', () => {
  expect(needsTyping(credential(), NOW)).toBe(false);
  expect(needsTyping(credential({ last_used_at: NOW - 86_400_000 }), NOW)).toBe(false);
  expect(needsTyping(credential({ last_used_at: NOW - 86_399_999 }), NOW)).toBe(true);
  expect(needsTyping(credential({ perMinute: { 0: 1 } }), NOW)).toBe(true);
});

test('a credential past its end is not usable, even before the api says so', () => {
  expect(isUsable(credential(), NOW)).toBe(true);
  expect(isUsable(credential({ expires_at: NOW }), NOW)).toBe(false);
  expect(isUsable(credential({ expires_at: null }), NOW)).toBe(true);
  for (const state of ['expired', 'revoked'] as const) expect(isUsable(credential({ state }), NOW)).toBe(false);
});
