// Every change that an operator makes leaves one record of who did what to what, and no secret is told but by the call that makes it.
import { readFileSync } from 'node:fs';
import { deadLetterJson, messageIdAt } from '@message-push/protocol';
import type { AuditRow } from '@message-push/protocol/admin';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Answer, call, openWorld, type RunningApi, type World } from '../../world.ts';
import { operatorAt, type TestOperator } from './fixture-operators.ts';

vi.setConfig({ testTimeout: 60_000 });

let world: World;
let api: RunningApi;
let admin: TestOperator;
/** All that must not be found anywhere. */
const secrets: string[] = ['a long enough password'];

beforeAll(async () => {
  world = await openWorld();
  api = await world.api({ API_SIGN_INS_PER_MINUTE: '1000', API_REVOCATION_POLL_MS: '50' });
  admin = await operatorAt(world, api, 'admin');
  secrets.push(decodeURIComponent(admin.cookie.split('=')[1] ?? ''));
}, 60_000);

afterAll(() => world.close());

interface Deed {
  action: string;
  /** Carried out by `admin`, unless `ask` is another's. */
  do(): Promise<Answer>;
}

const appId = async () => (await world.app()).id;
const letter = async (ttl_s = 86_400) => {
  const c_time = Date.now();
  const message_id = messageIdAt(
    c_time,
    new Uint8Array(10).map(() => Math.random() * 256),
  );
  const push = { message_id, app: 'x', uids: ['1'], message: { content: 'c' }, c_time, ttl_s, accepted: 1 };
  const value = deadLetterJson.encode({ v: 1, partition: 0, offset: 0, index: 0, reason: 'test', at: c_time, push });
  await world.bus.publish('dead', [{ partition: 0, value }]);
  const [row] = (await admin.ask('GET', '/dead-letters?limit=1')).body.data;
  return String(row?.id);
};

/** Changes of the routes that are not asked here are in the tests of their own files. */
const deeds: Record<string, Deed> = {
  'POST /session': {
    action: 'session.begin',
    do: async () => {
      const { email } = await world.database.operators.create({
        email: `in-${Date.now()}@example.com`,
        name: 'In',
        role: 'viewer',
        password: 'a password to sign in',
        must_change_password: true,
      });
      secrets.push('a password to sign in');
      return call(api, '', 'POST', '/admin/v1/session', { email, password: 'a password to sign in' });
    },
  },
  'PATCH /session': { action: 'operator.change', do: () => admin.ask('PATCH', '/session', { name: 'New name' }) },
  'DELETE /session': {
    action: 'session.end',
    do: async () => (await other('viewer')).ask('DELETE', '/session'),
  },
  'POST /session/password': {
    action: 'operator.password',
    do: async () => {
      secrets.push('the next long password');
      const body = { current: 'a long enough password', next: 'the next long password' };
      return (await other('viewer')).ask('POST', '/session/password', body);
    },
  },
  'DELETE /sessions/{id}': {
    action: 'session.end',
    do: async () => {
      const { ask } = await other('viewer');
      return ask('DELETE', `/sessions/${(await ask('GET', '/sessions')).body.data[0]?.id}`);
    },
  },
  'POST /apps': { action: 'app.create', do: () => admin.ask('POST', '/apps', { name: 'Shop' }) },
  'PATCH /apps/{app}': {
    action: 'app.disable',
    do: async () => admin.ask('PATCH', `/apps/${await appId()}`, { state: 'disabled' }),
  },
  'DELETE /apps/{app}': {
    action: 'app.delete',
    do: async () => {
      const id = await appId();
      await world.database.apps.update(id, { state: 'disabled' });
      return admin.ask('DELETE', `/apps/${id}`, { confirm: id });
    },
  },
  'POST /apps/{app}/passport-test': {
    action: 'app.passport_test',
    do: async () => {
      secrets.push('a-token-of-the-passport');
      return admin.ask('POST', `/apps/${await appId()}/passport-test`, { token: 'a-token-of-the-passport' });
    },
  },
  'POST /apps/{app}/credentials': {
    action: 'credential.issue',
    do: async () => revealed(await admin.ask('POST', `/apps/${await appId()}/credentials`, {}), 'secret'),
  },
  'POST /apps/{app}/credentials/rotate': {
    action: 'credential.rotate',
    do: async () => revealed(await admin.ask('POST', `/apps/${await appId()}/credentials/rotate`, {}), 'secret'),
  },
  'POST /credentials/{id}/revoke': {
    action: 'credential.revoke',
    do: async () => {
      const { credential } = await world.database.credentials.issue(await appId());
      return admin.ask('POST', `/credentials/${credential.id}/revoke`, {});
    },
  },
  'POST /apps/{app}/keys': {
    action: 'key.add',
    do: async () => revealed(await admin.ask('POST', `/apps/${await appId()}/keys`, {}), 'secret'),
  },
  'DELETE /apps/{app}/keys/{id}': {
    action: 'key.remove',
    do: async () => {
      const id = await appId();
      const key = await world.database.keys.add(id);
      return admin.ask('DELETE', `/apps/${id}/keys/${key.id}`);
    },
  },
  'POST /operators': {
    action: 'operator.create',
    do: async () => {
      const body = { email: `new-${Date.now()}@example.com`, name: 'New', role: 'viewer' };
      return revealed(await admin.ask('POST', '/operators', body), 'start_password');
    },
  },
  'PATCH /operators/{id}': {
    action: 'operator.change',
    do: async () => admin.ask('PATCH', `/operators/${(await other('viewer')).id}`, { role: 'operator' }),
  },
  'POST /operators/{id}/password': {
    action: 'operator.reset',
    do: async () =>
      revealed(await admin.ask('POST', `/operators/${(await other('viewer')).id}/password`), 'start_password'),
  },
  'POST /dead-letters/{id}/replay': {
    action: 'dead_letter.replay',
    do: async () => admin.ask('POST', `/dead-letters/${await letter()}/replay`),
  },
  'POST /dead-letters/{id}/dismiss': {
    action: 'dead_letter.dismiss',
    do: async () => admin.ask('POST', `/dead-letters/${await letter(0)}/dismiss`),
  },
  'POST /playground/token': {
    action: 'playground.token',
    do: async () => revealed(await admin.ask('POST', '/playground/token', { app: await appId(), uid: '7' }), 'token'),
  },
};

async function other(role: 'viewer'): Promise<TestOperator> {
  const made = await operatorAt(world, api, role);
  secrets.push(decodeURIComponent(made.cookie.split('=')[1] ?? ''));
  return made;
}

/** An answer that shows a secret once. */
function revealed(answer: Answer, field: string): Answer {
  const secret = answer.body.data[0]?.[field];
  expect(secret).toMatch(/^\S{20,}$/);
  secrets.push(String(secret));
  return answer;
}

async function auditRows(): Promise<AuditRow[]> {
  return (await admin.ask('GET', '/audit?limit=200')).body.data as unknown as AuditRow[]; // asserted below, field by field
}

describe('a change', () => {
  test.each(Object.entries(deeds))('by %s leaves exactly one record', async (_route, deed) => {
    // What an operation needs beforehand may be recorded too: sessions that begin.
    const began = ({ action }: AuditRow) => action === 'session.begin' && deed.action !== 'session.begin';
    const before = (await auditRows()).map(({ id }) => id);
    const answer = await deed.do();
    expect([answer.status, answer.body.error]).toEqual([200, undefined]);
    const after = (await auditRows()).filter((row) => !before.includes(row.id) && !began(row));
    expect(after.map(({ action }) => action)).toEqual([deed.action]);
    const [row] = after;
    expect(row).toMatchObject({ ip: '127.0.0.1', actor: expect.stringContaining('@example.com') });
    expect(row?.target).toMatch(/^(app|credential|operator|dead letter) \S+$/);
  });

  test('is asked for here, in the tests of its own file, or changes nothing', async () => {
    const document = (await (await fetch(`${api.url}/openapi.json`)).json()) as { paths: Record<string, object> };
    const all = Object.entries(document.paths)
      .filter(([path]) => path.startsWith('/admin/v1'))
      .flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.slice(9)}`));
    const rest = all.filter((route) => !route.startsWith('GET ') && !(route in deeds));
    const elsewhere = /^(POST \/setup|\w+ \/(push|messages|nodes|ring|users)\b.*)$/;
    expect(rest.filter((route) => !elsewhere.test(route))).toEqual([]);
  });

  test('that was refused leaves none', async () => {
    const before = await auditRows();
    const id = await appId();
    const refusals = [
      await admin.ask('DELETE', `/apps/${id}`, { confirm: id }),
      await admin.ask('POST', '/apps', { name: '' }),
      await admin.ask('POST', '/apps', { id, name: 'x' }),
      await admin.ask('POST', '/credentials/none/revoke', {}),
      await admin.ask('PATCH', `/operators/${admin.id}`, { role: 'viewer' }),
      await admin.ask('POST', '/session/password', { current: 'wrong', next: 'a long enough password' }),
    ];
    expect(refusals.map(({ body }) => body.error)).toEqual([
      'NOT_DISABLED',
      'INVALID_BODY',
      'TAKEN',
      'NOT_FOUND',
      'LAST_ADMIN',
      'WRONG_PASSWORD',
    ]);
    expect(await auditRows()).toEqual(before);
  });

  test('says what was different before and after, and nothing else', async () => {
    const id = await appId();
    await admin.ask('PATCH', `/apps/${id}`, { name: 'Renamed', settings: { origins: ['https://a.example'] } });
    const [row] = await auditRows();
    expect(row).toMatchObject({ action: 'app.change', actor: admin.email, target: `app ${id}` });
    expect([row?.before, row?.after]).toEqual([
      { name: 'test', settings: { origins: [] } },
      { name: 'Renamed', settings: { origins: ['https://a.example'] } },
    ]);
  });
});

test('no secret is in the audit log, in another answer, or in the log of the process', async () => {
  expect(secrets.length).toBeGreaterThan(15);
  const paths = ['/audit?limit=200', '/audit/export?format=ndjson', '/apps', '/operators', '/sessions', '/session'];
  const texts = await Promise.all(
    paths.map(async (path) => {
      const answer = await fetch(`${api.url}/admin/v1${path}`, { headers: { cookie: admin.cookie } });
      expect(answer.status).toBe(200);
      return answer.text();
    }),
  );
  texts.push(readFileSync(world.logFile, 'utf8'));
  for (const text of texts) {
    expect(text.length).toBeGreaterThan(100);
    for (const secret of secrets) expect(text.includes(secret), secret).toBe(false);
  }
});

describe('a change with an Idempotency-Key', () => {
  test('is made once: repeated it gets the same answer, secret included', async () => {
    const id = await appId();
    const issue = (key: string, body: unknown = {}) =>
      admin.ask('POST', `/apps/${id}/credentials`, body, { 'idempotency-key': key });
    const first = await issue('k1');
    const again = await issue('k1');
    expect(again.status).toBe(200);
    expect(again.body).toEqual(first.body);
    expect((await issue('k1', { environment: 'test' })).body.error).toBe('IDEMPOTENCY_MISMATCH');
    expect((await issue('k2')).body.data[0]?.secret).not.toBe(first.body.data[0]?.secret);
    expect(await world.database.credentials.list(id)).toHaveLength(3);
    expect((await issue('ké')).body.error).toBe('INVALID_HEADER');
  });

  test('of several at once one makes it', async () => {
    const id = await appId();
    const headers = { 'idempotency-key': 'at once' };
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => admin.ask('POST', `/apps/${id}/credentials`, {}, headers)),
    );
    for (const { status, body } of answers) expect(status === 200 || body.error === 'IN_PROGRESS').toBe(true);
    expect(await world.database.credentials.list(id)).toHaveLength(2);
  });

  test('that failed may be tried again, and a key is its operator’s own', async () => {
    const body = { email: 'again@example.com', name: 'A', role: 'viewer' };
    const headers = { 'idempotency-key': 'k3' };
    const failed = await admin.ask('PATCH', '/operators/none', { name: 'x' }, headers);
    expect(failed.body.error).toBe('NOT_FOUND');
    const second = await operatorAt(world, api, 'admin');
    const made = await second.ask('POST', '/operators', body, headers);
    expect(made.status).toBe(200);
    expect((await admin.ask('POST', '/operators', body, headers)).body.error).toBe('TAKEN');
  });
});
