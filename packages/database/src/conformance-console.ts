// The part of the specification that the console adds: removing apps, the last admin, repeated requests, decisions about dead letters.
import { expect, test } from 'vitest';
import { refusal, type Suite, unique } from './conformance-suite.ts';
import type { Role } from './types.ts';

const PASSWORD = 'a long password';
const HOUR_MS = 3_600_000;

export function consoleTests(suite: () => Suite): void {
  const create = (role: Role) =>
    suite().database.operators.create({
      email: `${unique('o')}@example.com`,
      name: 'O',
      role,
      password: PASSWORD,
      must_change_password: false,
    });

  test('only a disabled app is removed, with all that is its own', async () => {
    const { database, bench } = suite();
    const app = await database.apps.create({ name: 'x', aliases: [unique('alias')], created_by: 'a@example.com' });
    expect(app.created_by).toBe('a@example.com');
    const { secret } = await database.credentials.issue(app.id);
    await database.keys.add(app.id);
    const owner = await create('owner');
    await database.operators.setGrants(owner.id, [app.id]);
    expect(await refusal(database.apps.remove(app.id))).toBe('NOT_DISABLED');
    await database.apps.update(app.id, { state: 'disabled' });
    const before = await database.changes();
    expect(await database.apps.remove(app.id)).toEqual({ ...app, state: 'disabled' });
    expect(await database.changes()).not.toBe(before);
    expect(await database.apps.get(app.id)).toBeUndefined();
    expect(await database.credentials.check(app.id, secret, new Date())).toEqual({ ok: false, reason: 'unknown' });
    for (const table of ['app_names', 'credentials', 'signing_keys', 'grants'])
      expect(await bench.sql(`SELECT 1 FROM ${table} WHERE app_id = $1`, [app.id])).toEqual([]);
    expect(await refusal(database.apps.remove(app.id))).toBe('NOT_FOUND');
    expect(await database.apps.create({ name: 'again', aliases: app.aliases })).toMatchObject({ aliases: app.aliases });
  });

  test('of several who would be the first admin one is, and the last one stays', async () => {
    const { database } = suite();
    const others = (await database.operators.list()).filter(({ role, disabled }) => role === 'admin' && !disabled);
    expect(others).toEqual([]);
    expect(await database.operators.hasAdmin()).toBe(false);
    const first = (name: string) =>
      database.operators.createFirst({ email: `${unique(name)}@example.com`, name, password: PASSWORD });
    const tries = await Promise.allSettled([first('a'), first('b'), first('c')]);
    const [admin, ...more] = tries.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    expect(more).toEqual([]);
    expect(admin).toMatchObject({ role: 'admin', must_change_password: false });
    expect(await database.operators.hasAdmin()).toBe(true);
    const { id = '' } = admin ?? {};
    expect(await refusal(first('d'))).toBe('FORBIDDEN');
    expect(await refusal(database.operators.update(id, { disabled: true }))).toBe('LAST_ADMIN');
    expect(await refusal(database.operators.update(id, { role: 'operator' }))).toBe('LAST_ADMIN');
    expect(await database.operators.get(id)).toEqual(admin);
    expect(await database.operators.update(id, { name: 'Renamed' })).toMatchObject({ name: 'Renamed' });
    const second = await create('admin');
    const both = [
      database.operators.update(id, { disabled: true }),
      database.operators.update(second.id, { role: 'viewer' }),
    ];
    expect((await Promise.allSettled(both)).map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(await database.operators.hasAdmin()).toBe(true);
    // For the other tests of this database.
    await suite().bench.sql(`UPDATE operators SET disabled = true WHERE role = 'admin'`);
  });

  test('a session knows the sign-in before it, an operator when they were last seen, and a password is compared', async () => {
    const { database, time } = suite();
    const { email, id } = await create('viewer');
    const start = time.now;
    try {
      const first = await database.operators.signIn(email, PASSWORD, { ip: '10.0.0.1', agent: 'a' });
      expect(first?.session.before).toBeUndefined();
      time.now = start + HOUR_MS;
      const second = await database.operators.signIn(email, PASSWORD, { ip: '10.0.0.2', agent: 'a' });
      expect(second?.session.before).toEqual({ at: new Date(start), ip: '10.0.0.1' });
      time.now = start + 2 * HOUR_MS;
      const seen = await database.operators.session(second?.token ?? '');
      expect(seen?.before).toEqual({ at: new Date(start), ip: '10.0.0.1' });
      expect((await database.operators.get(id))?.last_seen_at).toEqual(new Date(time.now));
    } finally {
      time.now = start;
    }
    expect(await database.operators.isPassword(id, PASSWORD)).toBe(true);
    expect(await database.operators.isPassword(id, `${PASSWORD}x`)).toBe(false);
    expect(await database.operators.isPassword('none', PASSWORD)).toBe(false);
    expect(await database.operators.get('none')).toBeUndefined();
  });

  test('the audit log is filtered by who, what, on what and when', async () => {
    const { database, time } = suite();
    const actor = `${unique('a')}@example.com`;
    const add = (action: string, target: string) =>
      database.audit.add({ actor, action, target, before: null, after: null, ip: '' });
    const start = time.now;
    try {
      await add('app.create', 'app 100%');
      time.now = start + 1000;
      await add('application.create', 'app 100_');
      time.now = start + 2000;
      await add('app.change', 'app 1000');
    } finally {
      time.now = start;
    }
    const list = async (filter: Parameters<typeof database.audit.list>[1]) =>
      (await database.audit.list({ limit: 10 }, { actor, ...filter })).items.map(({ action }) => action);
    expect(await list({})).toEqual(['app.change', 'application.create', 'app.create']);
    expect(await list({ action: 'app.' })).toEqual(['app.change', 'app.create']);
    expect(await list({ target: 'app 100%' })).toEqual(['app.create']);
    expect(await list({ target: 'app 100' })).toHaveLength(3);
    expect(await list({ from: new Date(start + 1000), to: new Date(start + 2000) })).toEqual(['application.create']);
    expect(await list({ actor: 'nobody\0' })).toEqual([]);
  });

  test('a repeated request gets the first answer for 24 hours, encrypted at rest, and nothing while it is under way', async () => {
    const { database, bench, time } = suite();
    const { id } = await create('admin');
    const { begin, finish } = database.requests;
    expect(await begin(id, 'k', 'f')).toEqual({});
    expect(await refusal(begin(id, 'k', 'f'))).toBe('IN_PROGRESS');
    expect(await refusal(begin(id, 'k', 'other'))).toBe('IDEMPOTENCY_MISMATCH');
    expect(await begin((await create('viewer')).id, 'k', 'f')).toEqual({});
    await finish(id, 'k', 'the secret answer');
    expect(await begin(id, 'k', 'f')).toEqual({ answer: 'the secret answer' });
    expect(await refusal(begin(id, 'k', 'other'))).toBe('IDEMPOTENCY_MISMATCH');
    const [row] = await bench.sql('SELECT sealed FROM operator_requests WHERE operator_id = $1', [id]);
    expect(String(row?.sealed)).not.toContain('secret');
    const start = time.now;
    try {
      time.now = start + 24 * HOUR_MS - 1;
      expect(await begin(id, 'k', 'f')).toEqual({ answer: 'the secret answer' });
      time.now = start + 24 * HOUR_MS;
      expect(await begin(id, 'k', 'other')).toEqual({});
      time.now += 59_999;
      expect(await refusal(begin(id, 'k', 'other'))).toBe('IN_PROGRESS');
      time.now += 1;
      const again = await Promise.allSettled([begin(id, 'k', 'other'), begin(id, 'k', 'other')]);
      expect(again.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    } finally {
      time.now = start;
    }
    await finish(id, 'k', undefined);
    expect(await begin(id, 'k', 'free again')).toEqual({});
    expect(await refusal(begin('none', 'k', 'f'))).toBe('NOT_FOUND');
  });

  test('of several decisions about a dead letter one holds, until it is undone', async () => {
    const { database, time } = suite();
    const log = unique('log');
    const { decide, undo, decisions, count } = database.deadLetters;
    const place = { log, partition: 1, offset: 2 ** 40 };
    const made = { ...place, action: 'dismissed', by: 'a@example.com', at: new Date(time.now) };
    expect(await decide(place, 'dismissed', 'a@example.com')).toEqual(made);
    expect(await refusal(decide(place, 'replayed', 'b@example.com'))).toBe('TAKEN decision');
    const elsewhere = { ...place, log: unique('log') };
    const other = { log, partition: 0, offset: 5 };
    await decide(other, 'replayed', 'b@example.com');
    expect(await decisions([place, elsewhere])).toEqual([made]);
    expect(await decisions([])).toEqual([]);
    expect([await count(log, []), await count(log, [0, 0]), await count(log, [6, 0])]).toEqual([2, 2, 1]);
    await undo(place);
    await undo(place);
    expect(await decisions([place, other])).toHaveLength(1);
    expect(await decide(place, 'replayed', 'b@example.com')).toMatchObject({ action: 'replayed' });
  });
}
