// Tokens that are verified without a look-up: our own access tokens and the JWTs (HS256) that apps sign themselves.
import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';

/** What an access token says. Times in epoch seconds. */
export interface AccessClaims {
  app: string;
  uid: string;
  /** Platform family, `pc` or `mobile`. */
  platform?: string;
  device_id?: string;
  iat: number;
  exp: number;
  /** Unique per token: what a revocation names. */
  jti: string;
}

/** What an app's own JWT says to us; `uid` from its claim `uid`, else from `sub`. `iat` is 0 where the JWT has none. */
export interface JwtClaims {
  uid: string;
  device_id?: string;
  iat: number;
  exp: number;
  jti?: string;
}

/** A key an app signs its JWTs with; at least 32 bytes are recommended by RFC 7518. */
export interface HmacKey {
  id: string;
  secret: Uint8Array;
}

export type TokenRefusal = 'malformed' | 'signature' | 'expired';
export type TokenCheck<C> = { ok: true; claims: C } | { ok: false; reason: TokenRefusal };

const PREFIX = 'mp1.';
/** Separates this use of the cluster secret from every other. */
const KEY_LABEL = 'message-push access token v1';
/** Longest token that is looked at: bounds the work of a refusal. */
const TOKEN_CHARS_MAX = 4096;
const UID_CHARS_MAX = 64;
const DEVICE_CHARS_MAX = 128;

/** A token `mp1.<claims>.<HMAC-SHA-256>` in base64url, signed with a key derived from the cluster secret. */
export function signAccessToken(claims: AccessClaims, secret: string): string {
  const body = PREFIX + Buffer.from(JSON.stringify(claims)).toString('base64url');
  return `${body}.${hmac(body, derivedKey(secret))}`;
}

/** Whether one of the cluster secrets signed this token and it has not ended at `nowS` (epoch seconds). Hot path: 5 µs. */
export function verifyAccessToken(token: string, secrets: string[], nowS: number): TokenCheck<AccessClaims> {
  if (!token.startsWith(PREFIX) || token.length > TOKEN_CHARS_MAX) return refuse('malformed');
  const dot = token.lastIndexOf('.');
  if (dot <= PREFIX.length) return refuse('malformed');
  const body = token.slice(0, dot);
  const signature = token.slice(dot + 1);
  if (!secrets.some((secret) => equalText(hmac(body, derivedKey(secret)), signature))) return refuse('signature');
  const claims = accessClaims(decoded(body.slice(PREFIX.length)));
  if (claims === undefined) return refuse('malformed');
  return claims.exp <= nowS ? refuse('expired') : { ok: true, claims };
}

/**
 * Whether one of these keys signed this JWT and it is valid at `nowS` (epoch seconds). The algorithm is HS256 whatever the
 * header says; a header that says something else, or names critical extensions, is malformed. `exp` is required; a token before
 * its `nbf` counts as expired.
 */
export function verifyHs256(jwt: string, keys: readonly HmacKey[], nowS: number): TokenCheck<JwtClaims> {
  if (jwt.length > TOKEN_CHARS_MAX) return refuse('malformed');
  const first = jwt.indexOf('.');
  const last = jwt.lastIndexOf('.');
  if (first < 1 || last <= first + 1 || jwt.indexOf('.', first + 1) !== last) return refuse('malformed');
  if (!isHs256Header(jwt.slice(0, first))) return refuse('malformed');
  const body = jwt.slice(0, last);
  const signature = jwt.slice(last + 1);
  if (!keys.some((key) => equalText(hmac(body, keyObject(key.secret)), signature))) return refuse('signature');
  const payload = decoded(jwt.slice(first + 1, last));
  const claims = jwtClaims(payload);
  if (payload === undefined || claims === undefined) return refuse('malformed');
  const nbf = payload.nbf;
  if (nbf !== undefined && typeof nbf !== 'number') return refuse('malformed');
  return claims.exp <= nowS || (nbf !== undefined && nbf > nowS) ? refuse('expired') : { ok: true, claims };
}

function refuse(reason: TokenRefusal): { ok: false; reason: TokenRefusal } {
  return { ok: false, reason };
}

function hmac(text: string, key: KeyObject): string {
  return createHmac('sha256', key).update(text).digest('base64url');
}

/** Constant time in the content. The text is compared, not its bytes: base64url has several spellings of the same bytes. */
function equalText(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}

/** Derived keys by cluster secret: two are live while rotating. */
const derivedKeys = new Map<string, KeyObject>();
const DERIVED_KEYS_MAX = 16;

function derivedKey(secret: string): KeyObject {
  const known = derivedKeys.get(secret);
  if (known !== undefined) return known;
  const key = createSecretKey(createHmac('sha256', secret).update(KEY_LABEL).digest());
  if (derivedKeys.size >= DERIVED_KEYS_MAX) derivedKeys.clear();
  derivedKeys.set(secret, key);
  return key;
}

const keyObjects = new WeakMap<Uint8Array, KeyObject>();

function keyObject(secret: Uint8Array): KeyObject {
  const known = keyObjects.get(secret);
  if (known !== undefined) return known;
  const key = createSecretKey(secret);
  keyObjects.set(secret, key);
  return key;
}

/** The header of the last JWT that passed: apps send the same one each time. */
let lastGoodHeader = '';

function isHs256Header(header: string): boolean {
  if (header === lastGoodHeader) return true;
  const parsed = decoded(header);
  if (parsed?.alg !== 'HS256' || parsed.crit !== undefined) return false;
  lastGoodHeader = header;
  return true;
}

/** The JSON object in a base64url text, undefined for anything else. */
function decoded(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
    // Narrowed to an object just here; its fields stay unknown.
    return isObject(value) ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function accessClaims(value: Record<string, unknown> | undefined): AccessClaims | undefined {
  if (value === undefined) return undefined;
  const { app, platform, device_id, iat, exp, jti } = value;
  const uid = uidOf(value.uid);
  if (!isText(app, UID_CHARS_MAX) || uid === undefined || !isText(jti, DEVICE_CHARS_MAX)) return undefined;
  if (!Number.isSafeInteger(iat) || !Number.isSafeInteger(exp)) return undefined;
  if (platform !== undefined && !isText(platform, 32)) return undefined;
  if (device_id !== undefined && !isText(device_id, DEVICE_CHARS_MAX)) return undefined;
  // isSafeInteger is no type guard.
  const claims: AccessClaims = { app, uid, iat: iat as number, exp: exp as number, jti };
  if (platform !== undefined) claims.platform = platform;
  if (device_id !== undefined) claims.device_id = device_id;
  return claims;
}

function jwtClaims(value: Record<string, unknown> | undefined): JwtClaims | undefined {
  if (value === undefined) return undefined;
  const { exp, iat, jti, device_id } = value;
  const uid = uidOf(value.uid ?? value.sub);
  if (uid === undefined || typeof exp !== 'number') return undefined;
  if (device_id !== undefined && !isText(device_id, DEVICE_CHARS_MAX)) return undefined;
  const claims: JwtClaims = { uid, iat: typeof iat === 'number' ? Math.floor(iat) : 0, exp };
  if (device_id !== undefined) claims.device_id = device_id;
  if (isText(jti, DEVICE_CHARS_MAX)) claims.jti = jti;
  return claims;
}

/** A uid given as a number means its decimal text; beyond 2^53 it was rounded already. */
function uidOf(value: unknown): string | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? String(value) : undefined;
  return isText(value, UID_CHARS_MAX) ? value : undefined;
}

/** A text of 1 to `charsMax` characters (code points, of which one takes up to two units of a string). */
function isText(value: unknown, charsMax: number): value is string {
  if (typeof value !== 'string' || value.length === 0 || value.includes('\0')) return false;
  return value.length <= charsMax || (value.length <= 2 * charsMax && [...value].length <= charsMax);
}
