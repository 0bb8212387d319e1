// What a fresh platform is given so that it can be tried at once: a demo app with a credential, a first operator.
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Database } from '@message-push/database';
import { z } from 'zod';
import { readJson, writePrivate } from './data-dir.ts';

const demoSchema = z.object({ app_id: z.string(), app_secret: z.string() });
const operatorSchema = z.object({ email: z.string(), password: z.string() });

export type Demo = z.infer<typeof demoSchema>;
export type FirstOperator = z.infer<typeof operatorSchema>;

const DEMO_APP = 'demo';
/** The demo app is there to try the platform with, load included: the machine is its limit. */
const DEMO_LIMITS = { requests_per_second: 20_000, deliveries_per_second: 1_000_000 };
const FIRST_OPERATOR = 'admin@example.com';

/** The demo credential kept in `dataDir`, made at the first start; null when an operator has revoked it or disabled its app. */
export async function demoCredential(database: Database, dataDir: string): Promise<Demo | null> {
  const file = join(dataDir, 'demo.json');
  const kept = readJson(file, demoSchema);
  if (kept) {
    const check = await database.credentials.check(kept.app_id, kept.app_secret, new Date());
    if (check.ok) return kept;
    if (check.reason === 'revoked' || check.reason === 'expired' || check.reason === 'disabled') return null;
  }
  // No file, or one that is not of this database: the process died between the two, or one of them was removed.
  if (!(await database.apps.get(DEMO_APP))) {
    await database.apps.create({ id: DEMO_APP, name: 'Demo', settings: DEMO_LIMITS });
  }
  const { secret } = await database.credentials.issue(DEMO_APP);
  const demo = { app_id: DEMO_APP, app_secret: secret };
  writePrivate(file, JSON.stringify(demo));
  return demo;
}

/** The first operator while the start password is unchanged, made when there is none; null afterwards. */
export async function firstOperator(database: Database, dataDir: string): Promise<FirstOperator | null> {
  const file = join(dataDir, 'operator.json');
  const operators = await database.operators.list();
  const first = operators.find((operator) => operator.email === FIRST_OPERATOR);
  if (first && !first.must_change_password) return null;
  if (!first && operators.length > 0) return null;
  const kept = readJson(file, operatorSchema);
  if (first && kept) return kept;
  const fresh = { email: FIRST_OPERATOR, password: randomBytes(12).toString('base64url') };
  // Written first: a start password that nobody knows would lock everybody out.
  writePrivate(file, JSON.stringify(fresh));
  if (first) await database.operators.setPassword(first.id, fresh.password, true);
  else await database.operators.create({ ...fresh, name: 'First operator', role: 'admin', must_change_password: true });
  return fresh;
}
