// The specification of the database, as tests that the embedded and a real PostgreSQL pass.
import type { Clock } from '@message-push/runtime';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { consoleTests } from './conformance-console.ts';
import { credentialTests } from './conformance-credentials.ts';
import { operatorTests } from './conformance-operators.ts';
import { type DatabaseBench, refusal, type Suite, unique } from './conformance-suite.ts';
import { APP_SETTINGS } from './settings.ts';

export type { DatabaseBench } from './conformance-suite.ts';

export function databaseConformance(name: string, make: () => Promise<DatabaseBench>): void {
  describe(`database: ${name}`, () => {
    let suite: Suite;

    beforeAll(async () => {
      const time = { now: Date.UTC(2026, 0, 1) };
      const bench = await make();
      suite = { bench, time, database: await bench.open({ clock: movable(time) }) };
    });

    afterAll(async () => {
      await suite.database.close();
      await suite.bench.end();
    });

    const get = () => suite;
    describe('apps', () => appTests(get));
    describe('credentials', () => credentialTests(get));
    describe('operators', () => operatorTests(get));
    describe('console', () => consoleTests(get));
    describe('changes', () => changeTests(get));
    describe('as a whole', () => wholeTests(get));
  });
}

function movable(time: { now: number }): Clock {
  return { now: () => time.now };
}

function appTests(suite: () => Suite): void {
  test('an app is found by its id and by each alias, and reads back as it was stored', async () => {
    const { database, time } = suite();
    const id = unique('app');
    const settings = {
      passport_url: 'https://passport.example/check',
      origins: ['https://a.example'],
      private_bodies: true,
    };
    const made = await database.apps.create({ id, name: '演示', aliases: [`${id}-z`, `${id}-b`], settings });
    expect(made).toEqual({
      id,
      name: '演示',
      aliases: [`${id}-b`, `${id}-z`],
      state: 'live',
      settings: { ...APP_SETTINGS, ...settings },
      created_at: new Date(time.now),
    });
    expect(await database.apps.get(id)).toEqual(made);
    expect(await database.apps.resolve(`${id}-z`)).toEqual(made);
    expect(await database.apps.resolve(id)).toEqual(made);
    expect(await database.apps.get(`${id}-z`)).toBeUndefined();
    expect(await database.apps.list()).toContainEqual(made);
    expect(await database.apps.resolve(unique('nobody'))).toBeUndefined();
  });

  test('no two apps share a name, be it id or alias, also when both are made at once', async () => {
    const { database, bench } = suite();
    const id = unique('app');
    await database.apps.create({ id, name: 'first', aliases: [`${id}-alias`] });
    expect(await refusal(database.apps.create({ id, name: 'x' }))).toBe('TAKEN id');
    expect(await refusal(database.apps.create({ id: `${id}-alias`, name: 'x' }))).toBe('TAKEN id');
    expect(await refusal(database.apps.create({ name: 'x', aliases: ['free', id] }))).toBe('TAKEN aliases[1]');
    const other = await bench.open();
    const alias = unique('alias');
    const both = await Promise.allSettled(
      [database, other].map((one) => one.apps.create({ name: 'race', aliases: [alias] })),
    );
    await other.close();
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  test('an update changes what it names and nothing else', async () => {
    const { database } = suite();
    const { id } = await database.apps.create({
      name: 'before',
      aliases: [unique('a')],
      settings: { private_bodies: true },
    });
    const alias = unique('b');
    await database.apps.update(id, { aliases: [alias] });
    await database.apps.update(id, { state: 'disabled' });
    const after = await database.apps.update(id, {
      settings: { passport_url: 'https://p.example/', default_ttl_s: 60 },
    });
    expect(after).toMatchObject({ name: 'before', aliases: [alias], state: 'disabled' });
    expect(after.settings).toMatchObject({
      private_bodies: true,
      passport_url: 'https://p.example/',
      default_ttl_s: 60,
    });
    const without = await database.apps.update(id, { settings: { passport_url: undefined } });
    expect(without.settings).not.toHaveProperty('passport_url');
    expect(await refusal(database.apps.update(unique('no'), { name: 'x' }))).toBe('NOT_FOUND');
  });

  test.each([
    ['id', { id: 'has space', name: 'x' }],
    ['id', { id: 'x'.repeat(65), name: 'x' }],
    ['name', { name: ' ' }],
    ['name', { name: 'nul\0' }],
    ['aliases[0]', { name: 'x', aliases: ['\ud800'] }],
    ['settings.origins[0]', { name: 'x', settings: { origins: [''] } }],
    ['settings.address_allow_list[0]', { name: 'x', settings: { address_allow_list: ['10.0.0.0/64'] } }],
    ['settings.default_ttl_s', { name: 'x', settings: { default_ttl_s: 2_592_001 } }],
  ])('an invalid %s is refused and named', async (field, input) => {
    expect(await refusal(suite().database.apps.create(input))).toBe(`INVALID_BODY ${field}`);
  });

  test('stored settings that no longer fit are an error, never a default', async () => {
    const { database, bench } = suite();
    const { id } = await database.apps.create({ name: 'x' });
    await bench.sql(`UPDATE apps SET settings = '{"address_allow_list":"10.0.0.0/8"}' WHERE id = $1`, [id]);
    await expect(database.apps.get(id)).rejects.toThrow(`settings of app ${id} are not valid`);
    await bench.sql('DELETE FROM apps WHERE id = $1', [id]);
  });
}

function changeTests(suite: () => Suite): void {
  test('the number changes with each change to apps, credentials and keys, and is seen by another process at once', async () => {
    const { database, bench } = suite();
    const other = await bench.open();
    const { id } = await database.apps.create({ name: 'x' });
    const { credential } = await database.credentials.issue(id);
    const key = await database.keys.add(id);
    const steps: Record<string, () => Promise<unknown>> = {
      create: () => database.apps.create({ name: 'y' }),
      alias: () => database.apps.update(id, { aliases: [unique('a')] }),
      disable: () => database.apps.update(id, { state: 'disabled' }),
      issue: () => database.credentials.issue(id),
      rotate: () => database.credentials.rotate(id, 60),
      revoke: () => database.credentials.revoke(credential.id),
      key: () => database.keys.remove(key.id),
      byHand: () => bench.sql('UPDATE credentials SET revoked_at = now() WHERE app_id = $1', [id]),
    };
    for (const [step, work] of Object.entries(steps)) {
      const before = await other.changes();
      await work();
      expect(await other.changes(), step).not.toBe(before);
    }
    await other.close();
  });

  test('the number stays when nothing cached has changed', async () => {
    const { database, time } = suite();
    const { id } = await database.apps.create({ name: 'x' });
    const { credential } = await database.credentials.issue(id);
    const before = await database.changes();
    await database.credentials.used([{ id: credential.id, at: new Date(time.now) }]);
    await database.audit.add({ actor: 'cli', action: 'a', target: 't', before: null, after: null, ip: '' });
    await database.apps.list();
    await database.apps.create({ id, name: 'again' }).catch(() => undefined);
    expect(await database.changes()).toBe(before);
  });
}

function wholeTests(suite: () => Suite): void {
  test('no secret, token, password or key stands in any column of any table', async () => {
    const { database, bench } = suite();
    const { id } = await database.apps.create({ name: 'x' });
    const { secret } = await database.credentials.issue(id);
    const rotated = await database.credentials.rotate(id, 60);
    await database.credentials.import(id, 'c0ffee00c0ffee11');
    const key = await database.keys.add(id);
    const email = `${unique('o')}@example.com`;
    const password = 'correct horse battery';
    await database.operators.create({ email, name: 'O', role: 'admin', password, must_change_password: false });
    const signedIn = await database.operators.signIn(email, password, { ip: '::1', agent: 'test' });
    const secrets = [secret, rotated.secret, 'c0ffee00c0ffee11', password, signedIn?.token ?? ''];
    await database.audit.add({
      actor: email,
      action: 'x',
      target: id,
      before: { secret, nested: [{ password }] },
      after: { token: secrets[4] },
      ip: '',
    });

    const tables = await bench.sql(`SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'`);
    expect(tables.length).toBeGreaterThan(9);
    const forms = [...secrets.map((text) => Buffer.from(text)), Buffer.from(key.secret)].flatMap((bytes) => [
      bytes.toString('latin1'),
      bytes.toString('hex'),
      bytes.toString('base64').replace(/=+$/, ''),
    ]);
    for (const { table_name } of tables) {
      for (const row of await bench.sql(`SELECT * FROM "${String(table_name)}"`)) {
        const stored = Object.values(row).map((value) =>
          Buffer.isBuffer(value)
            ? `${value.toString('latin1')} ${value.toString('hex')}`
            : JSON.stringify(value, bigints),
        );
        for (const form of forms) expect(stored.join(' ').includes(form), `${table_name}: ${form}`).toBe(false);
      }
    }
  });

  test('every table has exactly the columns that the client knows', async () => {
    const { Prisma } = await import('../generated/client/client.ts');
    const rows = await suite().bench.sql(
      `SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public' AND table_name NOT LIKE E'\\\\_%'`,
    );
    const stored = rows.map(
      (row) => `${String(row.table_name).replaceAll('_', '')} ${String(row.column_name).replaceAll('_', '')}`,
    );
    const tables: Record<string, object> = {
      apps: Prisma.AppScalarFieldEnum,
      appnames: Prisma.AppNameScalarFieldEnum,
      credentials: Prisma.CredentialScalarFieldEnum,
      signingkeys: Prisma.SigningKeyScalarFieldEnum,
      operators: Prisma.OperatorScalarFieldEnum,
      operatorsessions: Prisma.OperatorSessionScalarFieldEnum,
      grants: Prisma.GrantScalarFieldEnum,
      audit: Prisma.AuditRecordScalarFieldEnum,
      changes: Prisma.ChangeScalarFieldEnum,
      operatorrequests: Prisma.OperatorRequestScalarFieldEnum,
      deadletterdecisions: Prisma.DeadLetterDecisionScalarFieldEnum,
    };
    const known = Object.entries(tables).flatMap(([table, fields]) =>
      Object.keys(fields).map((field) => `${table} ${field.toLowerCase()}`),
    );
    expect(stored.sort()).toEqual(known.sort());
  });

  test('the clean-up removes sessions that are over, and only those', async () => {
    const { bench, time } = suite();
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const database = await bench.open({ clock: { now: () => time.now + 13 * 3_600_000 } });
    const email = `${unique('o')}@example.com`;
    const password = 'a long password';
    const { id } = await database.operators.create({
      email,
      name: 'O',
      role: 'viewer',
      password,
      must_change_password: false,
    });
    const from = { ip: '::1', agent: 'test' };
    await suite().database.operators.signIn(email, password, from); // 13 hours before the other
    await database.operators.signIn(email, password, from);
    const stored = async () =>
      (await bench.sql('SELECT id FROM operator_sessions WHERE operator_id = $1', [id])).length;
    expect(await stored()).toBe(2);
    vi.advanceTimersByTime(3_600_000);
    vi.useRealTimers();
    await expect.poll(stored).toBe(1);
    await database.close();
  });

  test('several processes that start at once bring an empty or a present schema up to date without a conflict', async () => {
    const { bench } = suite();
    const opened = await Promise.all([bench.open(), bench.open(), bench.open()]);
    for (const one of opened) await one.ping();
    await Promise.all(opened.map((one) => one.close()));
    const applied = await bench.sql('SELECT migration_name FROM _prisma_migrations');
    expect(new Set(applied.map((row) => row.migration_name)).size).toBe(applied.length);
  });

  test('a closed database answers DATABASE_UNAVAILABLE', async () => {
    const other = await suite().bench.open();
    await other.close();
    expect(await refusal(other.ping())).toBe('DATABASE_UNAVAILABLE');
    expect(await refusal(other.apps.list())).toBe('DATABASE_UNAVAILABLE');
    expect(await refusal(other.apps.create({ name: 'x' }))).toBe('DATABASE_UNAVAILABLE');
  });
}

function bigints(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}
