// Who a token belongs to: our access token, the app's own JWT, or a word of the app's passport.
import { ApiError } from '@message-push/protocol';
import { type Clock, verifyAccessToken, verifyHs256 } from '@message-push/runtime';
import type { Credentials } from './credentials.ts';
import type { KnownApp } from './directory.ts';
import type { Passport } from './passport.ts';
import type { Revocations } from './revocations.ts';
import type { Identity } from './session.ts';

export interface AuthenticateDeps {
  clusterSecrets: string[];
  clock: Clock;
  passport: Pick<Passport, 'uidOf'>;
  revocations: Pick<Revocations, 'has'>;
}

const ACCESS_PREFIX = 'mp1.';
const INVALID = () => new ApiError('INVALID_TOKEN');

/**
 * The identity at once for tokens that are verified here, a promise of it where the passport is asked. Throws or rejects with
 * INVALID_TOKEN or PASSPORT_UNAVAILABLE. Which kinds count is a setting of the app; each kind is recognised by its form, and what is
 * neither an access token nor a valid JWT is the passport's to judge.
 */
export function authenticate(
  deps: AuthenticateDeps,
  known: KnownApp,
  credentials: Credentials,
): Identity | Promise<Identity> {
  const { token_kinds: kinds, passport_url } = known.app.settings;
  const { token } = credentials;
  const nowS = deps.clock.now() / 1000;
  if (token.startsWith(ACCESS_PREFIX) && kinds.includes('access')) return byAccessToken(deps, known, token, nowS);
  if (kinds.includes('jwt') && isJwtForm(token)) {
    const identity = byJwt(deps, known, token, nowS);
    if (identity !== undefined) return identity;
  }
  if (!kinds.includes('passport') || passport_url === undefined) throw INVALID();
  return deps.passport.uidOf(passport_url, credentials).then((uid) => identityOf({ uid }));
}

function byAccessToken(deps: AuthenticateDeps, known: KnownApp, token: string, nowS: number): Identity {
  const check = verifyAccessToken(token, deps.clusterSecrets, nowS);
  if (!check.ok || check.claims.app !== known.id) throw INVALID();
  const { uid, device_id, iat, exp, jti } = check.claims;
  const identity: Identity = { uid, device: device_id ?? '', issuedAt: iat, expiresAt: exp, jti };
  if (deps.revocations.has(known.id, identity)) throw INVALID();
  return identity;
}

/** Undefined when no key of the app has signed it: it may be a passport's token. */
function byJwt(deps: AuthenticateDeps, known: KnownApp, token: string, nowS: number): Identity | undefined {
  const check = verifyHs256(token, known.keys, nowS);
  if (!check.ok) {
    if (check.reason === 'expired') throw INVALID();
    return undefined;
  }
  const { uid, device_id, iat, exp, jti } = check.claims;
  const identity: Identity = { uid, device: device_id ?? '', issuedAt: iat, expiresAt: exp, jti: jti ?? '' };
  if (deps.revocations.has(known.id, identity)) throw INVALID();
  return identity;
}

/** A token whose times nobody told. */
export function identityOf({ uid }: { uid: string }): Identity {
  return { uid, device: '', issuedAt: 0, expiresAt: 0, jti: '' };
}

function isJwtForm(token: string): boolean {
  const first = token.indexOf('.');
  return first > 0 && token.indexOf('.', first + 1) > 0;
}
