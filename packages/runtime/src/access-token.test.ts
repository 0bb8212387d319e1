// Access tokens and app JWTs: accepted only when signed by a known key, whole, and in their time.
import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { type AccessClaims, signAccessToken, verifyAccessToken, verifyHs256 } from './access-token.ts';

const claims: AccessClaims = { app: 'shop', uid: '57098049', platform: 'pc', iat: 1000, exp: 2000, jti: 'j1' };
const text = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const key = { id: 'k1', secret: Buffer.from('0123456789abcdef0123456789abcdef') };

function jwt(payload: unknown, header: unknown = { alg: 'HS256', typ: 'JWT' }, secret = key.secret): string {
  const body = `${text(header)}.${text(payload)}`;
  return `${body}.${createHmac('sha256', secret).update(body).digest('base64url')}`;
}

test('an access token says what was signed, under either secret, until it ends', () => {
  const token = signAccessToken(claims, 'old secret');
  expect(token).toMatch(/^mp1\.[\w-]+\.[\w-]{43}$/);
  expect(verifyAccessToken(token, ['new secret', 'old secret'], 1999)).toEqual({ ok: true, claims });
  expect(verifyAccessToken(token, ['new secret', 'old secret'], 2000)).toEqual({ ok: false, reason: 'expired' });
  expect(verifyAccessToken(token, ['new secret'], 1500)).toEqual({ ok: false, reason: 'signature' });
});

test('a device id and the absence of a platform survive the round trip', () => {
  const { platform: _, ...rest } = claims;
  const token = signAccessToken({ ...rest, device_id: 'tab-1' }, 's');
  expect(verifyAccessToken(token, ['s'], 1500)).toEqual({ ok: true, claims: { ...rest, device_id: 'tab-1' } });
});

test.each(['a', '中', '😀'])(
  'uids of 64 and devices of 128 characters like %s pass, longer ones do not',
  (character) => {
    const longest = { ...claims, uid: character.repeat(64), device_id: character.repeat(128) };
    expect(verifyAccessToken(signAccessToken(longest, 's'), ['s'], 1500)).toEqual({ ok: true, claims: longest });
    const tooLong = { ...claims, uid: character.repeat(65) };
    expect(verifyAccessToken(signAccessToken(tooLong, 's'), ['s'], 1500)).toEqual({ ok: false, reason: 'malformed' });
  },
);

test('no single changed character of an access token passes', () => {
  const token = signAccessToken(claims, 's');
  for (let i = 0; i < token.length; i++) {
    const changed = token.slice(0, i) + (token[i] === 'A' ? 'B' : 'A') + token.slice(i + 1);
    expect(verifyAccessToken(changed, ['s'], 1500).ok, `position ${i}`).toBe(false);
  }
});

test('text that is no access token is malformed, whatever it is', () => {
  for (const bad of ['', 'mp1.', 'mp1..', 'mp2.a.b', 'a.b.c', `mp1.${'a'.repeat(5000)}.b`])
    expect(verifyAccessToken(bad, ['s'], 1500)).toEqual({ ok: false, reason: 'malformed' });
});

test('a signature by the bare secret, without the label, is refused', () => {
  const body = `mp1.${text(claims)}`;
  const forged = `${body}.${createHmac('sha256', 's').update(body).digest('base64url')}`;
  expect(verifyAccessToken(forged, ['s'], 1500)).toEqual({ ok: false, reason: 'signature' });
});

test('an app JWT names its person by uid or sub, as text or safe integer', () => {
  const check = (payload: object) => verifyHs256(jwt({ exp: 2000, ...payload }), [key], 1500);
  expect(check({ sub: 'u1' })).toEqual({ ok: true, claims: { uid: 'u1', iat: 0, exp: 2000 } });
  expect(check({ uid: 57098049, sub: 'x', iat: 1400, device_id: 'd', jti: 'j' })).toEqual({
    ok: true,
    claims: { uid: '57098049', iat: 1400, exp: 2000, device_id: 'd', jti: 'j' },
  });
  for (const bad of [
    {},
    { uid: 2 ** 53 },
    { uid: 1.5 },
    { uid: '' },
    { uid: 'a\0b' },
    { uid: 'a'.repeat(65) },
    { uid: {} },
  ])
    expect(check(bad)).toEqual({ ok: false, reason: 'malformed' });
});

test('an app JWT is held to its times', () => {
  expect(verifyHs256(jwt({ uid: 'u', exp: 1500 }), [key], 1500)).toEqual({ ok: false, reason: 'expired' });
  expect(verifyHs256(jwt({ uid: 'u', exp: 2000, nbf: 1501 }), [key], 1500)).toEqual({ ok: false, reason: 'expired' });
  expect(verifyHs256(jwt({ uid: 'u', exp: 2000, nbf: 1500 }), [key], 1500).ok).toBe(true);
  expect(verifyHs256(jwt({ uid: 'u' }), [key], 1500)).toEqual({ ok: false, reason: 'malformed' });
  expect(verifyHs256(jwt({ uid: 'u', exp: 'never' }), [key], 1500)).toEqual({ ok: false, reason: 'malformed' });
});

test('the algorithm is pinned: none, other HMACs and critical extensions are refused', () => {
  const payload = { uid: 'u', exp: 2000 };
  for (const header of [{ alg: 'none' }, { alg: 'HS512' }, { alg: 'hs256' }, {}, [], { alg: 'HS256', crit: ['b64'] }])
    expect(verifyHs256(jwt(payload, header), [key], 1500)).toEqual({ ok: false, reason: 'malformed' });
  expect(verifyHs256(`${text({ alg: 'none' })}.${text(payload)}.`, [key], 1500).ok).toBe(false);
});

test('either of two live keys verifies, another one does not', () => {
  const other = { id: 'k2', secret: Buffer.from('another key of thirty-two bytes!') };
  const token = jwt({ uid: 'u', exp: 2000 }, undefined, other.secret);
  expect(verifyHs256(token, [key, other], 1500).ok).toBe(true);
  expect(verifyHs256(token, [key], 1500)).toEqual({ ok: false, reason: 'signature' });
  expect(verifyHs256(token, [], 1500)).toEqual({ ok: false, reason: 'signature' });
});

test('random text never throws', () => {
  let seed = 7;
  const next = () => (seed = (seed * 1103515245 + 12345) & 0x7fffffff);
  for (let i = 0; i < 2000; i++) {
    const random = Array.from({ length: next() % 60 }, () => String.fromCharCode(next() % 0x3000)).join('');
    expect(verifyHs256(`${random}.${random}.${random}`, [key], 1).ok).toBe(false);
    expect(verifyAccessToken(`mp1.${random}.${random}`, ['s'], 1).ok).toBe(false);
  }
});
