// One operator of each role, past their first sign-in, with the cookie of a session: what a browser test signs in with.
import type { RoleName } from '@message-push/protocol/admin/rights';
import type { RunInfo } from '@message-push/testkit';

export interface TestOperator {
  role: RoleName;
  email: string;
  password: string;
  /** `name=value` of the session. */
  cookie: string;
}

const ROLES: RoleName[] = ['admin', 'operator', 'owner', 'viewer'];

interface Answer {
  cookie: string;
  row: { start_password?: string };
}

/** A call below /admin/v1 with the session of `cookie`: the rows of a success, or an error. */
export async function ask(
  api: string,
  cookie: string,
  method: string,
  path: string,
  body?: unknown,
): Promise<Record<string, unknown>[]> {
  return (await send(api, method, path, cookie, body)).rows;
}

/** Signs in; answers the cookie of the new session. */
export async function signIn(api: string, { email, password }: { email: string; password: string }): Promise<string> {
  return (await send(api, 'POST', '/session', '', { email, password })).cookie;
}

/** The first operator makes the others; the `owner` may act for the demo app. */
export async function makeOperators({ api, operator, demo }: RunInfo): Promise<TestOperator[]> {
  if (operator === null) throw new Error('run.json names no operator');
  const first = await enter(api, operator.email, operator.password);
  const made: TestOperator[] = [];
  for (const role of ROLES) {
    const email = `${role}@console.test`;
    const apps = role === 'owner' ? { apps: [demo.app_id] } : {};
    const { row } = await call(api, 'POST', '/operators', first.cookie, { email, name: `The ${role}`, role, ...apps });
    made.push({ role, ...(await enter(api, email, row.start_password ?? '')) });
  }
  return made;
}

/** Signs in with a start password and chooses one's own. */
async function enter(api: string, email: string, startPassword: string): Promise<Omit<TestOperator, 'role'>> {
  const password = `own password of ${email}`;
  const { cookie } = await call(api, 'POST', '/session', '', { email, password: startPassword });
  await call(api, 'POST', '/session/password', cookie, { current: startPassword, next: password });
  return { email, password, cookie };
}

async function call(api: string, method: string, path: string, cookie: string, body: unknown): Promise<Answer> {
  const { cookie: present, rows } = await send(api, method, path, cookie, body);
  return { cookie: present, row: rows[0] ?? {} };
}

async function send(api: string, method: string, path: string, cookie: string, body: unknown) {
  const response = await fetch(`${api}/admin/v1${path}`, {
    method,
    headers: {
      cookie,
      'idempotency-key': crypto.randomUUID(),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  if (response.status !== 200) throw new Error(`${method} ${path} was answered ${response.status}`);
  // The envelope of every answer of the api.
  const { data = [] } = (await response.json()) as { data?: Record<string, unknown>[] };
  return { cookie: response.headers.get('set-cookie')?.split(';', 1)[0] ?? cookie, rows: data };
}
