// Operators for the tests: one of each role, signed in, and calls with their sessions.
import { randomBytes } from 'node:crypto';
import type { RoleName } from '@message-push/protocol/admin';
import { type Answer, call, type RunningApi, type World } from '../../world.ts';

export interface TestOperator {
  id: string;
  email: string;
  cookie: string;
  /** A call below /admin/v1. */
  ask(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
}

const PASSWORD = 'a long enough password';

/** A new operator who has signed in; `apps` are granted to an owner. */
export async function operatorAt(
  world: World,
  api: RunningApi,
  role: RoleName,
  apps: string[] = [],
): Promise<TestOperator> {
  const email = `${role}-${randomBytes(4).toString('hex')}@example.com`;
  const made = { email, name: role, role, password: PASSWORD, must_change_password: false };
  const { id } = await world.database.operators.create(made);
  if (apps.length > 0) await world.database.operators.setGrants(id, apps);
  const signedIn = await call(api, '', 'POST', '/admin/v1/session', { email, password: PASSWORD });
  const cookie = signedIn.headers.get('set-cookie')?.split(';', 1)[0] ?? '';
  return {
    id,
    email,
    cookie,
    ask: (method, path, body, headers = {}) => call(api, '', method, `/admin/v1${path}`, body, { cookie, ...headers }),
  };
}
