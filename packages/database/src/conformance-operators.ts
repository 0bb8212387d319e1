// The part of the specification that speaks of operators, their sessions and grants, and the audit log.
import { expect, test } from 'vitest';
import { refusal, type Suite, unique } from './conformance-suite.ts';
import type { Database, Operator } from './types.ts';

const HOUR_MS = 3_600_000;
const PASSWORD = 'a long password';
const FROM = { ip: '127.0.0.1', agent: 'test' };

export function operatorTests(suite: () => Suite): void {
  const create = (database: Database = suite().database): Promise<Operator> =>
    database.operators.create({
      email: `${unique('o')}@example.com`,
      name: 'O',
      role: 'operator',
      password: PASSWORD,
      must_change_password: true,
    });
  /** Signs in and answers the token. */
  const signIn = async (operator: Operator, password = PASSWORD) =>
    (await suite().database.operators.signIn(operator.email, password, FROM))?.token;

  test('an operator signs in with name and password in any case of the name, and with nothing else', async () => {
    const { database, time } = suite();
    const operator = await create();
    const signedIn = await database.operators.signIn(` ${operator.email.toUpperCase()} `, PASSWORD, FROM);
    expect(signedIn?.session).toEqual({
      id: signedIn?.session.id,
      operator: { ...operator, last_seen_at: new Date(time.now) },
      created_at: new Date(time.now),
      last_seen_at: new Date(time.now),
      ...FROM,
    });
    expect(await database.operators.session(signedIn?.token ?? '')).toEqual(signedIn?.session);
    expect(await signIn(operator, 'a wrong password')).toBeUndefined();
    expect(await signIn(operator, '')).toBeUndefined();
    expect(await signIn(operator, `${PASSWORD}${'x'.repeat(100_000)}`)).toBeUndefined();
    expect(await database.operators.signIn('nobody@example.com', PASSWORD, FROM)).toBeUndefined();
    expect(await database.operators.signIn('nul\0@\ud800', 'nul\0', { ip: '\0', agent: '\ud800' })).toBeUndefined();
    expect(await database.operators.session('no such token')).toBeUndefined();
    expect(await database.operators.list()).toContainEqual({ ...operator, last_seen_at: new Date(time.now) });
  });

  test('an unknown name takes as long as a wrong password', async () => {
    const { database } = suite();
    const operator = await create();
    const fastest = { known: Number.POSITIVE_INFINITY, unknown: Number.POSITIVE_INFINITY };
    // By turns: a machine that is busy for a moment is busy for both.
    for (let round = 0; round < 10; round++)
      for (const [name, email] of [['known', operator.email] as const, ['unknown', 'nobody@example.com'] as const]) {
        const since = performance.now();
        await database.operators.signIn(email, 'wrong password', FROM);
        fastest[name] = Math.min(fastest[name], performance.now() - since);
      }
    const { known, unknown } = fastest;
    expect(unknown / known).toBeGreaterThan(0.4);
    expect(unknown / known).toBeLessThan(2.5);
  });

  test('a session ends after 12 hours without use and after 7 days in any case', async () => {
    const { database, time } = suite();
    const operator = await create();
    const [idle, busy] = [await signIn(operator), await signIn(operator)];
    const start = time.now;
    try {
      time.now = start + 11 * HOUR_MS;
      expect(await database.operators.session(busy ?? '')).toBeDefined();
      time.now = start + 12 * HOUR_MS;
      expect(await database.operators.session(idle ?? '')).toBeUndefined();
      expect(await database.operators.sessions(operator.id)).toHaveLength(1);
      while (time.now < start + 7 * 24 * HOUR_MS - 6 * HOUR_MS) {
        time.now += 6 * HOUR_MS;
        expect(await database.operators.session(busy ?? ''), `${(time.now - start) / HOUR_MS} h`).toBeDefined();
      }
      time.now = start + 7 * 24 * HOUR_MS;
      expect(await database.operators.session(busy ?? '')).toBeUndefined();
    } finally {
      time.now = start;
    }
  });

  test('signing out, a new password, being disabled and ending a session each end what they must', async () => {
    const { database } = suite();
    const operator = await create();
    const tokens = [await signIn(operator), await signIn(operator), await signIn(operator), await signIn(operator)];
    const [a = '', b = '', c = '', d = ''] = tokens;
    const alive = async () =>
      (await Promise.all([a, b, c, d].map((token) => database.operators.session(token)))).map(
        (one) => one !== undefined,
      );
    await database.operators.signOut(a);
    await database.operators.signOut('no such token');
    expect(await alive()).toEqual([false, true, true, true]);
    await database.operators.endSession((await database.operators.session(b))?.id ?? '');
    expect(await alive()).toEqual([false, false, true, true]);
    await database.operators.setPassword(
      operator.id,
      'another password',
      false,
      (await database.operators.session(c))?.id,
    );
    expect(await alive()).toEqual([false, false, true, false]);
    expect(await signIn(operator)).toBeUndefined();
    expect(await signIn(operator, 'another password')).toBeDefined();
    await database.operators.update(operator.id, { disabled: true });
    expect(await alive()).toEqual([false, false, false, false]);
    expect(await signIn(operator, 'another password')).toBeUndefined();
    expect(await refusal(database.operators.endSession('none'))).toBe('NOT_FOUND');
  });

  test('the number of sessions of an operator is bounded: the one unused longest ends', async () => {
    const { bench, time } = suite();
    const database = await bench.open({ clock: { now: () => time.now }, env: { OPERATOR_SESSIONS_MAX: '2' } });
    const operator = await create(database);
    const start = time.now;
    const tokens: string[] = [];
    for (let n = 0; n < 3; n++) {
      time.now += 1000;
      tokens.push((await database.operators.signIn(operator.email, PASSWORD, FROM))?.token ?? '');
    }
    const alive = await Promise.all(tokens.map((token) => database.operators.session(token)));
    expect(alive.map((one) => one !== undefined)).toEqual([false, true, true]);
    time.now = start;
    await database.close();
  });

  test.each([
    ['email', { email: 'no address' }],
    ['name', { name: '' }],
    ['role', { role: 'king' as 'admin' }],
    ['password', { password: 'short' }],
    ['password', { password: 'x'.repeat(257) }],
  ])('an invalid %s of an operator is refused and named', async (field, wrong) => {
    const good = {
      email: `${unique('o')}@example.com`,
      name: 'O',
      role: 'viewer' as const,
      password: PASSWORD,
      must_change_password: false,
    };
    expect(await refusal(suite().database.operators.create({ ...good, ...wrong }))).toBe(`INVALID_BODY ${field}`);
  });

  test('an e-mail address belongs to one operator, in any case', async () => {
    const { database } = suite();
    const operator = await create();
    const again = { ...operator, email: operator.email.toUpperCase(), password: PASSWORD };
    expect(await refusal(database.operators.create(again))).toBe('TAKEN email');
    expect(await refusal(database.operators.setPassword('none', PASSWORD, false))).toBe('NOT_FOUND');
    expect(await refusal(database.operators.update('none', { name: 'x' }))).toBe('NOT_FOUND');
    expect(await database.operators.update(operator.id, { role: 'owner' })).toEqual({ ...operator, role: 'owner' });
  });

  test('grants name the apps of an owner and are replaced as a whole or not at all', async () => {
    const { database } = suite();
    const operator = await create();
    const [a, b] = [await database.apps.create({ name: 'a' }), await database.apps.create({ name: 'b' })];
    await database.operators.setGrants(operator.id, [a.id, b.id, a.id]);
    expect(await database.operators.grants(operator.id)).toEqual([a.id, b.id].sort());
    expect(await refusal(database.operators.setGrants(operator.id, [a.id, unique('no')]))).toBe('NOT_FOUND');
    expect(await database.operators.grants(operator.id)).toEqual([a.id, b.id].sort());
    await database.operators.setGrants(operator.id, []);
    expect(await database.operators.grants(operator.id)).toEqual([]);
    expect(await refusal(database.operators.setGrants('none', [a.id]))).toBe('NOT_FOUND');
  });

  test('the audit log reads newest first, page by page, undisturbed by records that arrive meanwhile', async () => {
    const { database, time } = suite();
    const add = (action: string) =>
      database.audit.add({
        actor: 'cli',
        action,
        target: 't\0',
        before: null,
        after: { name: 'x\0', n: 1 },
        ip: '::1',
      });
    for (let n = 0; n < 5; n++) await add(`step ${n}`);
    const seen: string[] = [];
    let cursor: string | undefined;
    for (let page = 0; page < 3; page++) {
      const answer = await database.audit.list(cursor === undefined ? { limit: 2 } : { limit: 2, cursor });
      seen.push(...answer.items.map(({ action }) => action));
      cursor = answer.cursor;
      await add('meanwhile');
    }
    expect(seen.slice(0, 5)).toEqual(['step 4', 'step 3', 'step 2', 'step 1', 'step 0']);
    const [record] = (await database.audit.list({ limit: 1 })).items;
    expect(record).toEqual({
      id: record?.id,
      at: new Date(time.now),
      actor: 'cli',
      action: 'meanwhile',
      target: 't ',
      before: null,
      after: { name: 'x ', n: 1 },
      ip: '::1',
    });
    expect((await database.audit.list({ limit: 5, cursor: 'nonsense' })).items).toEqual([]);
  });
}
