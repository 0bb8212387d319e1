// Operators: their sessions and passwords, who makes whom, the first of all, and the log of what they did.
import { readFileSync } from 'node:fs';
import { type AuditRow, type OperatorRow, operatorRowSchema, startPasswordSchema } from '@message-push/protocol/admin';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { call, openWorld, type RunningApi, type World } from '../../world.ts';
import { operatorAt, type TestOperator } from './fixture-operators.ts';

vi.setConfig({ testTimeout: 60_000 });

const OFTEN = { API_SIGN_INS_PER_MINUTE: '1000' };
const PASSWORD = 'a long enough password';

describe('a platform without an admin', () => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld();
  }, 60_000);
  afterAll(() => world.close());

  const codeOf = () => {
    const line = readFileSync(world.logFile, 'utf8')
      .split('\n')
      .find((text) => text.includes('"set_up"'));
    return String((JSON.parse(line ?? '{}') as { set_up?: string }).set_up);
  };

  test('gets its first one from whoever has the code of the log, once, and nobody may try codes at speed', async () => {
    const api = await world.api({ API_SIGN_INS_PER_MINUTE: '5' });
    const ask = (method: string, path: string, body?: unknown, headers = {}) =>
      call(api, '', method, `/admin/v1${path}`, body, headers);
    const setUp = (code: string, email = 'First@example.com') =>
      ask('POST', '/setup', { code, email, name: 'First', password: PASSWORD });
    expect((await ask('GET', '/setup')).body.data).toEqual([{ needed: true }]);
    await expect.poll(codeOf).toMatch(/^[0-9a-f]{5}(-[0-9a-f]{5}){3}$/);
    const code = codeOf();
    for (let n = 0; n < 5; n++) expect((await setUp(`0000${n}`)).body.error).toBe('WRONG_CODE');
    const limited = await setUp(code);
    expect([limited.status, limited.body.error]).toEqual([429, 'RATE_LIMITED']);
    expect(await world.database.operators.list()).toEqual([]);
    world.time.aheadMs += 60_000;
    expect((await setUp(code, 'no address')).body).toMatchObject({
      error: 'INVALID_BODY',
      details: [{ path: 'email' }],
    });
    const made = await setUp(` ${code.toUpperCase().replaceAll('-', '')}`);
    expect([made.status, made.body.data]).toEqual([
      200,
      [
        {
          operator: expect.objectContaining({ email: 'first@example.com', role: 'admin', must_change_password: false }),
        },
      ],
    ]);
    const cookie = made.headers.get('set-cookie')?.split(';', 1)[0] ?? '';
    expect((await ask('GET', '/operators', undefined, { cookie })).status).toBe(200);
    expect((await ask('GET', '/setup')).body.data).toEqual([{ needed: false }]);
    expect((await setUp(code, 'second@example.com')).body.error).toBe('WRONG_CODE');
    expect((await world.database.audit.list({ limit: 9 })).items.map(({ action, actor }) => [action, actor])).toEqual([
      ['operator.create', 'first@example.com'],
    ]);
  });

  test('has the same code at every api, and with an admin none is told', async () => {
    const told = () => readFileSync(world.logFile, 'utf8').match(/"set_up":"[^"]+"/g) ?? [];
    const before = told().length;
    await world.api();
    const [admin] = await world.database.operators.list();
    const hasAdmin = async () => false;
    const operators = { ...world.database.operators, hasAdmin };
    expect(admin?.role).toBe('admin');
    await world.api({}, { database: { ...world.database, operators } });
    // The api with an admin came before the one without: it would have told first.
    await expect.poll(() => told().length).toBe(before + 1);
    expect(new Set(told()).size).toBe(1);
  });
});

describe('operators', () => {
  let world: World;
  let api: RunningApi;
  let admin: TestOperator;
  beforeAll(async () => {
    world = await openWorld();
    api = await world.api({ ...OFTEN, API_TRUSTED_PROXIES: '127.0.0.1' });
    admin = await operatorAt(world, api, 'admin');
  }, 60_000);
  afterAll(() => world.close());

  const signIn = (email: string, password: string, headers = {}) =>
    call(api, '', 'POST', '/admin/v1/session', { email, password }, headers);
  const rows = async (): Promise<OperatorRow[]> =>
    (await admin.ask('GET', '/operators')).body.data.map((row) => operatorRowSchema.parse(row));
  const make = async (body: object) => {
    const email = `made-${Math.random().toString(36).slice(2)}@example.com`;
    const answer = await admin.ask('POST', '/operators', { email, name: 'Made', ...body });
    return startPasswordSchema.parse(answer.body.data[0]);
  };

  test('begin with a start password that has to be changed, and see the sign-in before', async () => {
    const app = await world.app();
    const { operator, start_password } = await make({ role: 'owner', apps: [app.id] });
    expect(operator).toMatchObject({ role: 'owner', apps: [app.id], must_change_password: true, disabled: false });
    const first = await signIn(operator.email, start_password, { 'x-forwarded-for': '10.1.2.3' });
    const cookie = first.headers.get('set-cookie')?.split(';', 1)[0] ?? '';
    expect(first.body.data[0]).toEqual({ operator: expect.objectContaining({ id: operator.id }), apps: [app.id] });
    const ask = (method: string, path: string, body?: unknown) =>
      call(api, '', method, `/admin/v1${path}`, body, { cookie });
    expect((await ask('GET', '/apps')).body.error).toBe('START_PASSWORD');
    const other = await signIn(operator.email, start_password);
    const change = (current: string, next: string) => ask('POST', '/session/password', { current, next });
    expect((await change('wrong', PASSWORD)).body.error).toBe('WRONG_PASSWORD');
    expect((await change(start_password, 'short')).body).toMatchObject({ details: [{ path: 'next' }] });
    expect((await change(start_password, PASSWORD)).body.data[0]).toMatchObject({
      operator: { must_change_password: false },
    });
    expect((await ask('GET', '/apps')).body.data.map(({ id }) => id)).toEqual([app.id]);
    const ended = other.headers.get('set-cookie')?.split(';', 1)[0] ?? '';
    expect((await call(api, '', 'GET', '/admin/v1/session', undefined, { cookie: ended })).status).toBe(401);
    expect((await signIn(operator.email, start_password)).status).toBe(401);
    const again = await signIn(operator.email, PASSWORD);
    expect(again.body.data[0]).toMatchObject({ last_sign_in: { ip: '127.0.0.1' } });
    expect((await ask('GET', '/session')).body.data[0]).not.toHaveProperty('last_sign_in');
  });

  test('have a cookie that binds to the host where the request is https, and no other counts there', async () => {
    const https = { 'x-forwarded-proto': 'https' };
    const signedIn = await signIn(admin.email, PASSWORD, https);
    const set = signedIn.headers.get('set-cookie') ?? '';
    expect(set).toMatch(/^__Host-mp_session=/);
    for (const part of ['Secure', 'HttpOnly', 'SameSite=Lax', 'Path=/']) expect(set).toContain(part);
    expect(set).not.toContain('Domain');
    const cookie = set.split(';', 1)[0] ?? '';
    const status = async (headers: Record<string, string>) =>
      (await call(api, '', 'GET', '/admin/v1/session', undefined, headers)).status;
    expect(await status({ cookie, ...https })).toBe(200);
    expect(await status({ cookie })).toBe(401);
    expect(await status({ cookie: cookie.replace('__Host-', ''), ...https })).toBe(401);
  });

  test('see their own sessions and end them, and nobody else’s', async () => {
    const { email, ask } = await operatorAt(world, api, 'viewer');
    await signIn(email, PASSWORD, { 'user-agent': 'a phone' });
    const sessions = (await ask('GET', '/sessions')).body.data;
    expect(sessions.map(({ current, agent }) => [current, agent === 'a phone']).sort()).toEqual([
      [false, true],
      [true, false],
    ]);
    const [mine] = (await admin.ask('GET', '/sessions')).body.data;
    expect((await ask('DELETE', `/sessions/${mine?.id}`)).body.error).toBe('NOT_FOUND');
    const phone = sessions.find(({ agent }) => agent === 'a phone');
    expect((await ask('DELETE', `/sessions/${phone?.id}`)).status).toBe(200);
    expect((await ask('GET', '/sessions')).body.data).toHaveLength(1);
  });

  test('are changed, disabled at once, and given a new start password by an admin', async () => {
    const { id, ask, email } = await operatorAt(world, api, 'operator');
    const changed = await admin.ask('PATCH', `/operators/${id}`, { name: 'Renamed', role: 'viewer' });
    expect(changed.body.data[0]).toMatchObject({ name: 'Renamed', role: 'viewer', apps: [] });
    expect((await ask('POST', '/dead-letters/none/dismiss')).body.error).toBe('FORBIDDEN');
    const reset = startPasswordSchema.parse((await admin.ask('POST', `/operators/${id}/password`)).body.data[0]);
    expect((await ask('GET', '/session')).status).toBe(401);
    expect((await signIn(email, reset.start_password)).body.data[0]).toMatchObject({
      operator: { must_change_password: true },
    });
    await admin.ask('PATCH', `/operators/${id}`, { disabled: true });
    expect((await signIn(email, reset.start_password)).status).toBe(401);
    expect((await rows()).find((row) => row.id === id)).toMatchObject({ disabled: true });
  });

  test('lose their apps with the role, and get none that are not there', async () => {
    const app = await world.app();
    const { operator } = await make({ role: 'owner', apps: [app.id] });
    const change = (body: object) => admin.ask('PATCH', `/operators/${operator.id}`, body);
    const wrong = await change({ apps: [app.id, 'no-such-app'] });
    expect(wrong.body).toMatchObject({ error: 'INVALID_BODY', details: [{ path: 'apps[1]' }] });
    expect((await change({ role: 'viewer' })).body.data[0]).toMatchObject({ apps: [] });
    expect((await change({ role: 'owner' })).body.data[0]).toMatchObject({ apps: [] });
    expect((await change({ apps: [app.id] })).body.data[0]).toMatchObject({ apps: [app.id] });
  });

  test('keep their last admin', async () => {
    for (const change of [{ role: 'viewer' }, { disabled: true }]) {
      const answer = await admin.ask('PATCH', `/operators/${admin.id}`, change);
      expect([answer.status, answer.body.error]).toEqual([409, 'LAST_ADMIN']);
    }
    expect((await admin.ask('GET', '/operators')).status).toBe(200);
  });

  describe('the log of what they did', () => {
    const list = async (query: string) =>
      (await admin.ask('GET', `/audit?${query}`)).body.data as unknown as AuditRow[]; // read field by field below

    test('is found by who, what, on what and when, page by page', async () => {
      const app = await world.app();
      const other = await operatorAt(world, api, 'owner', [app.id]);
      await other.ask('POST', `/apps/${app.id}/keys`, {});
      await other.ask('POST', `/apps/${app.id}/credentials`, {});
      await admin.ask('PATCH', `/apps/${app.id}`, { name: 'Other' });
      const actions = async (query: string) => (await list(query)).map(({ action }) => action);
      expect(await actions(`actor=${encodeURIComponent(other.email.toUpperCase())}`)).toEqual([
        'credential.issue',
        'key.add',
        'session.begin',
      ]);
      expect(await actions(`target=app%20${app.id}`)).toEqual(['app.change', 'key.add']);
      expect(await actions(`target=app%20${app.id}&action=key.`)).toEqual(['key.add']);
      expect(await actions(`target=app%20${app.id}&to=now-1d`)).toEqual([]);
      expect((await actions(`target=app%20${app.id}&from=now-1h`)).length).toBe(2);
      const first = await admin.ask('GET', `/audit?target=app%20${app.id}&limit=1`);
      const second = await admin.ask('GET', `/audit?target=app%20${app.id}&limit=1&cursor=${first.body.cursor}`);
      expect([first.body.data[0]?.action, second.body.data[0]?.action]).toEqual(['app.change', 'key.add']);
      expect(second.body).not.toHaveProperty('cursor');
      for (const query of ['from=yesterday', 'limit=0', 'limit=201'])
        expect((await admin.ask('GET', `/audit?${query}`)).body.error).toBe('INVALID_QUERY');
    });

    test('is a file that runs no formula, or one record a line', async () => {
      const name = '=HYPERLINK("http://evil.example","x")';
      const made = await admin.ask('POST', '/apps', { name, id: 'formula' });
      expect(made.status).toBe(200);
      await world.database.audit.add({
        actor: '=cmd',
        action: 'test.export',
        target: '+1',
        before: null,
        after: { n: 1 },
        ip: '@x',
      });
      const file = (query: string) =>
        fetch(`${api.url}/admin/v1/audit/export?${query}`, { headers: { cookie: admin.cookie } });
      const csv = await file('format=csv&action=test.');
      expect(csv.headers.get('content-type')).toBe('text/csv; charset=utf-8');
      expect(csv.headers.get('content-disposition')).toBe('attachment; filename="audit.csv"');
      const [head, row] = (await csv.text()).split('\r\n');
      expect(head).toContain('id,at,actor,action,target,before,after,ip');
      expect(row).toMatch(/^\d+,20\d\d-[^,]+Z,'=cmd,test\.export,'\+1,,"\{""n"":1\}",'@x$/);
      const lines = (await (await file('format=ndjson&target=app%20formula')).text()).trim().split('\n');
      expect(lines.map((line) => JSON.parse(line))).toEqual([
        expect.objectContaining({ action: 'app.create', after: expect.objectContaining({ name }) }),
      ]);
      expect((await file('format=xml')).status).toBe(400);
    });

    test('is whole in a file that is longer than a page', async () => {
      const { audit } = world.database;
      const add = (n: number) =>
        audit.add({ actor: 'many', action: 'test.many', target: `t ${n}`, before: null, after: null, ip: '' });
      for (let n = 0; n < 520; n += 10) await Promise.all(Array.from({ length: 10 }, (_, at) => add(n + at)));
      const url = `${api.url}/admin/v1/audit/export?format=ndjson&actor=many`;
      const text = await (await fetch(url, { headers: { cookie: admin.cookie } })).text();
      const targets = text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).target);
      expect(new Set(targets).size).toBe(520);
    });
  });
});
