// The part of the specification that speaks of credentials, peppers and signing keys.
import { expect, test } from 'vitest';
import { refusal, type Suite, unique } from './conformance-suite.ts';
import { looksLikeSecret } from './secrets.ts';

const HOUR_MS = 3_600_000;

export function credentialTests(suite: () => Suite): void {
  const at = (ms = 0) => new Date(suite().time.now + ms);
  const newApp = async () => (await suite().database.apps.create({ name: 'x' })).id;
  const check = async (app: string, secret: string, now = at()) => {
    const result = await suite().database.credentials.check(app, secret, now);
    return result.ok ? 'ok' : result.reason;
  };

  test('an issued secret is checked, shown once and known by its last characters', async () => {
    const { database } = suite();
    const app = await newApp();
    const { credential, secret } = await database.credentials.issue(app);
    expect(secret).toMatch(/^ps_live_/);
    expect(looksLikeSecret(secret)).toBe(true);
    expect(await database.credentials.check(app, secret, at())).toEqual({
      ok: true,
      app: await database.apps.get(app),
      credential,
    });
    expect(await database.credentials.list(app)).toEqual([credential]);
    expect(credential).toEqual({
      id: credential.id,
      app,
      hint: secret.slice(-4),
      state: 'live',
      created_at: at(),
      expires_at: null,
      revoked_at: null,
      last_used_at: null,
      until_use_of: null,
    });
    expect(await database.credentials.get(credential.id)).toEqual(credential);
    expect(await database.credentials.get('none')).toBeUndefined();
    expect((await database.credentials.issue(app, { environment: 'test' })).secret).toMatch(/^ps_test_/);
    expect(await refusal(database.credentials.issue(unique('no')))).toBe('NOT_FOUND');
  });

  test('a wrong, foreign, revoked or expired secret and that of a disabled app are told apart', async () => {
    const { database } = suite();
    const [app, other] = [await newApp(), await newApp()];
    const { credential, secret } = await database.credentials.issue(app, { expires_at: at(HOUR_MS) });
    const { secret: foreign } = await database.credentials.issue(other);
    expect(await check(app, secret)).toBe('ok');
    expect(await check(app, `${secret}x`)).toBe('wrong');
    expect(await check(app, foreign)).toBe('wrong');
    expect(await check(app, '')).toBe('wrong');
    expect(await check(unique('no'), secret)).toBe('unknown');
    expect(await check('nul\0', 'nul\0')).toBe('unknown');
    expect(await check(app, secret, at(HOUR_MS - 1))).toBe('ok');
    expect(await check(app, secret, at(HOUR_MS))).toBe('expired');
    await database.apps.update(app, { state: 'disabled' });
    expect(await check(app, secret)).toBe('disabled');
    const revoked = await database.credentials.revoke(credential.id);
    expect(revoked).toMatchObject({ state: 'revoked', revoked_at: at() });
    expect(await database.credentials.revoke(credential.id)).toEqual(revoked);
    expect(await check(app, secret)).toBe('revoked');
    expect(await refusal(database.credentials.revoke('no such id'))).toBe('NOT_FOUND');
  });

  test('a rotation leaves the old secret its grace time, and never lengthens a life', async () => {
    const { database } = suite();
    const app = await newApp();
    const short = await database.credentials.issue(app, { expires_at: at(1000) });
    const long = await database.credentials.issue(app);
    const fresh = await database.credentials.rotate(app, 3600);
    const states = new Map((await database.credentials.list(app)).map((one) => [one.id, one]));
    expect(states.get(short.credential.id)).toMatchObject({ state: 'grace', expires_at: at(1000) });
    expect(states.get(long.credential.id)).toMatchObject({ state: 'grace', expires_at: at(HOUR_MS) });
    expect(await check(app, long.secret)).toBe('ok');
    expect(await check(app, long.secret, at(HOUR_MS))).toBe('expired');
    expect(await check(app, fresh.secret, at(HOUR_MS))).toBe('ok');
    await database.credentials.rotate(app, 0);
    expect(await check(app, fresh.secret)).toBe('revoked');
  });

  test('a rotation until the first use leaves the old secrets an hour from then on, and never lengthens a life', async () => {
    const { database } = suite();
    const app = await newApp();
    const short = await database.credentials.issue(app, { expires_at: at(1000) });
    const long = await database.credentials.issue(app);
    const unused = await database.credentials.rotate(app, 'first_use');
    const fresh = await database.credentials.rotate(app, 'first_use', 'test');
    expect(fresh.secret).toMatch(/^ps_test_/);
    const stored = async () => new Map((await database.credentials.list(app)).map((one) => [one.id, one]));
    for (const { credential } of [short, long, unused])
      expect((await stored()).get(credential.id)).toMatchObject({ state: 'grace', until_use_of: fresh.credential.id });
    expect(await check(app, long.secret, at(1000 * HOUR_MS))).toBe('ok');
    const before = await database.changes();
    await database.credentials.used([{ id: long.credential.id, at: at() }]);
    expect(await database.changes()).toBe(before);
    await database.credentials.used([{ id: fresh.credential.id, at: at(5000) }]);
    expect(await database.changes()).not.toBe(before);
    await database.credentials.used([{ id: fresh.credential.id, at: at(2 * HOUR_MS) }]);
    const after = await stored();
    expect(after.get(short.credential.id)).toMatchObject({ expires_at: at(1000), until_use_of: null });
    for (const { credential } of [long, unused])
      expect(after.get(credential.id)).toMatchObject({ expires_at: at(5000 + HOUR_MS), until_use_of: null });
    expect(after.get(fresh.credential.id)).toMatchObject({ state: 'live', expires_at: null });
  });

  test('a rotation of an app that does not exist changes nothing', async () => {
    const { database } = suite();
    const before = await database.changes();
    expect(await refusal(database.credentials.rotate(unique('no'), 60))).toBe('NOT_FOUND');
    expect(await database.changes()).toBe(before);
  });

  test('a pair of the original can be imported, once or again, but not when its secret was revoked', async () => {
    const { database } = suite();
    const app = await newApp();
    const secret = '0123456789abcdef';
    const imported = await database.credentials.import(app, secret);
    expect(imported.hint).toBe('cdef');
    expect(await check(app, secret)).toBe('ok');
    expect(await check(app, secret.toUpperCase())).toBe('wrong');
    expect(await database.credentials.import(app, secret)).toEqual(imported);
    await database.credentials.revoke(imported.id);
    expect(await check(app, secret)).toBe('revoked');
    expect(await refusal(database.credentials.import(app, secret))).toBe('TAKEN secret');
    for (const bad of ['short77', 'x'.repeat(129), 'line\nbreak']) {
      expect(await refusal(database.credentials.import(app, bad))).toBe('INVALID_BODY secret');
    }
  });

  test('the number of usable credentials is bounded, also when many are issued at once', async () => {
    const { bench } = suite();
    const open = () => bench.open({ env: { APP_CREDENTIALS_MAX: '3' } });
    const opened = await Promise.all([open(), open()]);
    const app = await newApp();
    const many = [...opened, ...opened, ...opened, ...opened].map((database) => database.credentials.issue(app));
    const issued = (await Promise.allSettled(many)).filter((one) => one.status === 'fulfilled');
    expect(issued).toHaveLength(3);
    const { credentials } = suite().database;
    expect(await credentials.list(app)).toHaveLength(3);
    expect(await refusal(opened[0].credentials.issue(app))).toBe('RATE_LIMITED');
    await credentials.revoke(issued[0]?.value.credential.id ?? '');
    await opened[1].credentials.issue(app);
    await Promise.all(opened.map((database) => database.close()));
  });

  test('a last use moves forward only, and an unknown id does no harm', async () => {
    const { database } = suite();
    const app = await newApp();
    const { credential } = await database.credentials.issue(app);
    const uses = [at(2000), at(5000), at(3000)].map((time) => ({ id: credential.id, at: time }));
    await database.credentials.used([...uses, { id: 'unknown', at: at() }]);
    await database.credentials.used([{ id: credential.id, at: at(1000) }]);
    await database.credentials.used([]);
    expect(await database.credentials.list(app)).toMatchObject([{ last_used_at: at(5000) }]);
  });

  test('a pepper is replaced without a new secret: both verify, a use renews the row, then the old one can go', async () => {
    const { bench } = suite();
    const [old, fresh] = ['a'.repeat(40), 'b'.repeat(40)];
    const withPeppers = (peppers: string) => bench.open({ env: { PEPPER: peppers } });
    const before = await withPeppers(old);
    const app = await newApp();
    const { secret } = await before.credentials.issue(app);
    const idle = await before.credentials.issue(app);
    const key = await before.keys.add(app);
    await before.close();

    const both = await withPeppers(`${fresh},${old}`);
    expect(await both.credentials.check(app, secret, at())).toMatchObject({ ok: true });
    expect(await both.credentials.check(app, secret, at())).toMatchObject({ ok: true });
    await both.close();

    const after = await withPeppers(fresh);
    expect(await after.credentials.check(app, secret, at())).toMatchObject({ ok: true });
    expect(await after.credentials.check(app, idle.secret, at())).toEqual({ ok: false, reason: 'wrong' });
    expect(await after.keys.live(app)).toEqual([{ ...key, secret: Buffer.from(key.secret) }]);
    await after.close();
  });

  test('an app has at most two signing keys, which read back as they were made', async () => {
    const { database } = suite();
    const app = await newApp();
    const first = await database.keys.add(app);
    const own = new Uint8Array(64).fill(7);
    const second = await database.keys.add(app, own);
    expect(first.secret.length).toBe(32);
    const live = await database.keys.live(app);
    expect(live.map(({ id }) => id).sort()).toEqual([first.id, second.id].sort());
    expect(Buffer.from(live.find(({ id }) => id === second.id)?.secret ?? [])).toEqual(Buffer.from(own));
    expect(await refusal(database.keys.add(app))).toBe('RATE_LIMITED');
    await database.keys.remove(first.id);
    expect(await refusal(database.keys.remove(first.id))).toBe('NOT_FOUND');
    expect(await refusal(database.keys.add(app, new Uint8Array(15)))).toBe('INVALID_BODY secret');
    expect(await refusal(database.keys.add(unique('no')))).toBe('NOT_FOUND');
  });

  test('a stored signing key cannot be put under another name', async () => {
    const { database, bench } = suite();
    const app = await newApp();
    const { id } = await database.keys.add(app);
    await bench.sql('UPDATE signing_keys SET id = $2 WHERE id = $1', [id, `${id}-other`]);
    await expect(database.keys.live(app)).rejects.toThrow();
    await database.keys.remove(`${id}-other`);
  });
}
