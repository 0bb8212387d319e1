// Apps and their credentials in the console: what it shows, refuses and changes, and how soon that holds for callers.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { looksLikeSecret } from '@message-push/database';
import { ApiError } from '@message-push/protocol';
import { type AppView, appViewSchema, newSecretSchema } from '@message-push/protocol/admin';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { basic, call, openWorld, pushBody, type RunningApi, replaced, type World } from '../../world.ts';
import { operatorAt, type TestOperator } from './fixture-operators.ts';

let world: World;
let api: RunningApi;
let admin: TestOperator;
// Several apis and many calls on a machine that may be busy.
vi.setConfig({ testTimeout: 60_000 });
const SLOW = { timeout: 30_000, interval: 20 };
const FAST = { API_REVOCATION_POLL_MS: '50', API_LAST_USE_MS: '100', API_SIGN_INS_PER_MINUTE: '1000' };

beforeAll(async () => {
  world = await openWorld();
  api = await world.api(FAST);
  admin = await operatorAt(world, api, 'admin');
}, 60_000);

afterAll(() => world.close());

async function appView(id: string): Promise<AppView> {
  const answer = await admin.ask('GET', `/apps/${id}`);
  expect(answer.status).toBe(200);
  return appViewSchema.parse(answer.body.data[0]);
}

const newApp = async () => {
  const answer = await admin.ask('POST', '/apps', { name: 'Shop' });
  return appViewSchema.parse(answer.body.data[0]).id;
};
const issue = async (app: string, body: unknown = {}) => {
  const answer = await admin.ask('POST', `/apps/${app}/credentials`, body);
  return newSecretSchema.parse(answer.body.data[0]);
};
const rotate = async (app: string, grace_s: unknown) => {
  const answer = await admin.ask('POST', `/apps/${app}/credentials/rotate`, { grace_s });
  return newSecretSchema.parse(answer.body.data[0]);
};
/** Status of a call of the app's back end. */
const use = async (id: string, secret: string, at: RunningApi = api) =>
  (await call(at, basic({ id, secret }), 'GET', '/pushes')).status;

describe('an app', () => {
  test('is made, found, changed field by field, disabled and removed', async () => {
    const made = await admin.ask('POST', '/apps', { name: '商城', aliases: ['shop-old'] });
    const { id } = appViewSchema.parse(made.body.data[0]);
    expect(await appView(id)).toMatchObject({ name: '商城', created_by: admin.email, credentials: [] });
    expect((await admin.ask('GET', '/apps')).body.data.map((app) => app.id)).toContain(id);
    const settings = {
      passport_url: 'https://passport.example/x',
      origins: ['https://a.example'],
      private_bodies: true,
    };
    await admin.ask('PATCH', `/apps/${id}`, { settings });
    const changed = await admin.ask('PATCH', `/apps/${id}`, { settings: { passport_url: null, default_ttl_s: 60 } });
    const { passport_url: _gone, ...kept } = settings;
    expect(appViewSchema.parse(changed.body.data[0]).settings).toMatchObject({ ...kept, default_ttl_s: 60 });
    expect((await appView(id)).settings).not.toHaveProperty('passport_url');
    const remove = (confirm: string) => admin.ask('DELETE', `/apps/${id}`, { confirm });
    expect((await remove(id)).body.error).toBe('NOT_DISABLED');
    await admin.ask('PATCH', `/apps/${id}`, { state: 'disabled' });
    expect((await remove('another')).body.error).toBe('CONFIRM');
    expect((await remove(id)).status).toBe(200);
    for (const path of [`/apps/${id}`, '/apps/a%00b'])
      expect((await admin.ask('GET', path)).body.error).toBe('NOT_FOUND');
    expect((await admin.ask('POST', '/apps', { name: 'again', aliases: ['shop-old'] })).status).toBe(200);
  });

  test.each([
    [{ settings: { passport_url: 'ftp://x' } }, 'settings.passport_url'],
    [{ settings: { address_allow_list: ['10.0.0.0/8', '10.0.0.0/99'] } }, 'settings.address_allow_list[1]'],
    [{ settings: { token_kinds: ['cookie'] } }, 'settings.token_kinds[0]'],
    [{ settings: { default_ttl_s: -1 } }, 'settings.default_ttl_s'],
    [{ settings: { requests_per_second: 1.5 } }, 'settings.requests_per_second'],
    [{ name: '' }, 'name'],
    [{ aliases: ['ok', ''] }, 'aliases[1]'],
    [{ state: 'gone' }, 'state'],
  ])('refuses %j and names the field', async (change, path) => {
    const answer = await admin.ask('PATCH', `/apps/${(await world.app()).id}`, change);
    expect([answer.status, answer.body.error, answer.body.details?.[0]?.path]).toEqual([400, 'INVALID_BODY', path]);
  });

  test('shares its names with no other', async () => {
    const id = await newApp();
    await admin.ask('PATCH', `/apps/${id}`, { aliases: ['one-name'] });
    const answer = await admin.ask('PATCH', `/apps/${await newApp()}`, { aliases: ['one-name'] });
    expect([answer.status, answer.body.error]).toEqual([409, 'TAKEN']);
  });

  test('is enabled and disabled only by those who make apps, its settings are its owner’s too', async () => {
    const id = await newApp();
    const owner = await operatorAt(world, api, 'owner', [id]);
    expect((await owner.ask('PATCH', `/apps/${id}`, { settings: { private_bodies: true } })).status).toBe(200);
    expect((await owner.ask('PATCH', `/apps/${id}`, { name: 'x', state: 'disabled' })).body.error).toBe('FORBIDDEN');
    expect(await appView(id)).toMatchObject({ name: 'Shop', state: 'live' });
    const { credential } = await issue(await newApp());
    expect((await owner.ask('POST', `/credentials/${credential.id}/revoke`, {})).body.error).toBe('FORBIDDEN');
  });

  test('shows what it sent by the hour, and is shown without when the history is away', async () => {
    const app = await world.app();
    const c_time = Date.now();
    const record = {
      message_id: 'a'.repeat(32),
      app: app.id,
      message: { content: 'x' },
      c_time,
      ttl_s: 60,
      accepted: 2,
    };
    const place = { uids: ['1', '2'], partition: 0, offset: 0, seq: '1', queued_at: c_time };
    await world.archive.write({ pushes: [{ ...record, ...place }], receipts: [] });
    const { pushes_24h = [] } = await appView(app.id);
    expect([pushes_24h.length, pushes_24h.at(-1)]).toEqual([24, 2]);
    const histogram = () => Promise.reject(new ApiError('ARCHIVE_UNAVAILABLE'));
    const without = await world.api(FAST, { archive: replaced(world.archive, { histogram }) });
    const { ask } = await operatorAt(world, without, 'viewer');
    const answer = await ask('GET', `/apps/${app.id}`);
    expect([answer.status, 'pushes_24h' in (answer.body.data[0] ?? {})]).toEqual([200, false]);
  });
});

describe('a credential', () => {
  test('is shown once, works at once, and counts its uses by minute and address', async () => {
    const id = await newApp();
    const { secret, credential } = await issue(id, { environment: 'test' });
    expect(secret).toMatch(/^ps_test_/);
    expect(looksLikeSecret(secret)).toBe(true);
    expect(credential).toMatchObject({ app: id, hint: secret.slice(-4), state: 'live', last_used_at: null });
    for (let n = 0; n < 3; n++) expect(await use(id, secret)).toBe(200);
    const [shown] = (await appView(id)).credentials;
    expect(shown?.use.per_minute).toHaveLength(60);
    expect(shown?.use.per_minute.reduce((total, count) => total + count)).toBe(3);
    expect(shown?.use.addresses).toEqual([{ ip: '127.0.0.1', count: 3, last_at: shown?.last_used_at }]);
    expect(JSON.stringify(await appView(id))).not.toContain(secret);
  });

  test('may end by itself, but not in the past', async () => {
    const id = await newApp();
    const expires_at = Date.now() + 3_600_000;
    expect((await issue(id, { expires_at })).credential.expires_at).toBe(expires_at);
    const late = await admin.ask('POST', `/apps/${id}/credentials`, { expires_at: 5 });
    expect([late.body.error, late.body.details?.[0]?.path]).toEqual(['INVALID_BODY', 'expires_at']);
  });

  test('that was revoked is refused everywhere within a second, by an api that knows it too', async () => {
    const id = await newApp();
    const { secret, credential } = await issue(id);
    const second = await world.api(FAST);
    for (const each of [api, second]) expect(await use(id, secret, each)).toBe(200);
    const revoke = (confirm?: string) => admin.ask('POST', `/credentials/${credential.id}/revoke`, { confirm });
    const asked = await revoke();
    expect([asked.status, asked.body.error, asked.body.msg.includes(id)]).toEqual([409, 'CONFIRM', true]);
    expect(await use(id, secret)).toBe(200);
    const since = performance.now();
    expect((await revoke(id)).body.data[0]).toMatchObject({ state: 'revoked' });
    for (const each of [api, second]) await expect.poll(() => use(id, secret, each), SLOW).toBe(403);
    expect(performance.now() - since).toBeLessThan(1_000);
    expect((await revoke()).status).toBe(200);
  });

  test('that was not used lately is revoked without a confirmation', async () => {
    const { credential } = await issue(await newApp());
    expect((await admin.ask('POST', `/credentials/${credential.id}/revoke`, {})).status).toBe(200);
  });

  test('is rotated under load without one refusal in the grace time, and refused when it is over', async () => {
    const app = await world.app({ requests_per_second: 100_000 });
    let secret = app.secret;
    let running = true;
    const statuses: number[] = [];
    const caller = async () => {
      while (running) {
        // Each to another person: no one of them reaches a limit.
        const body = pushBody([statuses.length]);
        const answer = await call(api, basic({ id: app.id, secret }), 'POST', '/push', body);
        statuses.push(answer.status);
      }
    };
    const callers = Promise.all([caller(), caller(), caller(), caller()]);
    const calls = (count: number) => expect.poll(() => statuses.length, SLOW).toBeGreaterThan(count);
    await calls(50);
    const fresh = await rotate(app.id, 3_600);
    const seen = statuses.length;
    await calls(seen + 100);
    secret = fresh.secret;
    await calls(seen + 200);
    running = false;
    await callers;
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect((await appView(app.id)).credentials.map(({ state }) => state)).toEqual(['live', 'grace']);
    world.time.aheadMs += 3_600_000;
    expect(await use(app.id, app.secret)).toBe(403);
    expect(await use(app.id, fresh.secret)).toBe(200);
    world.time.aheadMs -= 3_600_000;
    expect((await appView(app.id)).credentials.map(({ state }) => state)).toEqual(['live', 'grace']);
  });

  test('that was rotated without a grace time is refused within a second', async () => {
    const app = await world.app();
    expect(await use(app.id, app.secret)).toBe(200);
    const { secret } = await rotate(app.id, 0);
    await expect.poll(() => use(app.id, app.secret), { ...SLOW, timeout: 1_000 }).toBe(403);
    expect(await use(app.id, secret)).toBe(200);
  });

  test('that waits for the first use of the new one has an hour from then on', async () => {
    const app = await world.app();
    const { secret, credential } = await rotate(app.id, 'first_use');
    const old = async () => (await appView(app.id)).credentials.find(({ id }) => id !== credential.id);
    expect(await old()).toMatchObject({ state: 'grace', expires_at: null, until_use_of: credential.id });
    expect(await use(app.id, app.secret)).toBe(200);
    expect((await old())?.expires_at).toBeNull();
    const since = Date.now();
    expect(await use(app.id, secret)).toBe(200);
    await expect.poll(async () => (await old())?.expires_at, SLOW).toBeGreaterThanOrEqual(since + 3_600_000);
    expect(await use(app.id, app.secret)).toBe(200);
    world.time.aheadMs += 3_601_000;
    expect(await use(app.id, app.secret)).toBe(403);
    expect(await use(app.id, secret)).toBe(200);
    world.time.aheadMs -= 3_601_000;
  });
});

describe('a signing key', () => {
  test('is made or brought along, at most two live, and removed from its own app alone', async () => {
    const [id, foreign] = [await newApp(), await newApp()];
    const add = (body: unknown) => admin.ask('POST', `/apps/${id}/keys`, body);
    const made = (await add({})).body.data[0];
    expect(Buffer.from(String(made?.secret), 'base64url')).toHaveLength(32);
    const own = Buffer.alloc(16, 7).toString('base64url');
    for (const secret of ['not base64!', 'c2hvcnQ'])
      expect((await add({ secret })).body).toMatchObject({ error: 'INVALID_BODY', details: [{ path: 'secret' }] });
    const brought = (await add({ secret: own })).body.data[0];
    expect(brought).toEqual({ id: brought?.id });
    expect((await add({})).body.error).toBe('RATE_LIMITED');
    const list = await admin.ask('GET', `/apps/${id}/keys`);
    expect(list.body.data.map((key) => key.id)).toEqual([made?.id, brought?.id]);
    expect(JSON.stringify(list.body)).not.toContain(own);
    expect((await admin.ask('DELETE', `/apps/${foreign}/keys/${made?.id}`)).body.error).toBe('NOT_FOUND');
    expect((await admin.ask('DELETE', `/apps/${id}/keys/${made?.id}`)).status).toBe(200);
    expect((await world.database.keys.live(id)).map((key) => key.id)).toEqual([brought?.id]);
  });
});

describe('the test of a passport', () => {
  test('says who a token belongs to, or what is wrong, and asks no host that is not allowed', async () => {
    const asked: unknown[] = [];
    const server = createServer((request, response) => {
      let text = '';
      request.on('data', (chunk) => {
        text += chunk;
      });
      request.on('end', () => {
        asked.push(JSON.parse(text));
        const { accessToken } = JSON.parse(text);
        response.statusCode = accessToken === 'down' ? 500 : 200;
        response.end(accessToken === 'good' ? '{"code":1,"data":{"uid":7}}' : '{"code":403}');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo; // it listens on TCP
    const allowing = await world.api({ ...FAST, PASSPORT_HOSTS: `127.0.0.1:${port}` });
    const { ask } = await operatorAt(world, allowing, 'admin');
    const { id } = await world.app({ passport_url: `http://127.0.0.1:${port}/check` });
    const test = async (token: string) => (await ask('POST', `/apps/${id}/passport-test`, { token })).body.data[0];
    expect(await test('good')).toMatchObject({ ok: true, uid: '7' });
    expect(asked).toEqual([{ accessToken: 'good', appId: id, platForm: 'pc' }]);
    expect(await test('bad')).toMatchObject({ ok: false, problem: 'It refused the token (code 403).' });
    expect(await test('down')).toMatchObject({ ok: false, problem: 'It answered 500.' });
    const elsewhere = await admin.ask('POST', `/apps/${id}/passport-test`, { token: 'good' });
    expect(elsewhere.body.data[0]).toMatchObject({
      ok: false,
      problem: `PASSPORT_HOSTS does not allow 127.0.0.1:${port}.`,
    });
    expect(asked).toHaveLength(3);
    await new Promise((resolve) => server.close(resolve));
    expect(await test('good')).toMatchObject({ ok: false, problem: 'It could not be reached (ECONNREFUSED).' });
  });
});
