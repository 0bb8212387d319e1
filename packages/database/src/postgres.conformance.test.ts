import { randomBytes } from 'node:crypto';
import { createLog, loadConfig } from '@message-push/runtime';
import pg from 'pg';
import { test } from 'vitest';
import { databaseFields } from './config.ts';
import { databaseConformance } from './conformance.ts';
import { createDatabase } from './create.ts';

// biome-ignore lint/style/noProcessEnv: which servers the conformance lane may use is the lane's own setting
const { TEST_DATABASE_URL: server, CI } = process.env;

if (server) {
  databaseConformance('PostgreSQL', async () => {
    const log = createLog('test', 'silent');
    const name = `mp_test_${randomBytes(6).toString('hex')}`;
    const url = new URL(server);
    url.pathname = name;
    const admin = new pg.Client({ connectionString: server });
    await admin.connect();
    await admin.query(`CREATE DATABASE ${name}`);
    const client = new pg.Client({ connectionString: url.href });
    await client.connect();
    return {
      open: ({ clock, env } = {}) =>
        createDatabase(loadConfig(databaseFields, { PEPPER: 'p'.repeat(32), DATABASE_URL: url.href, ...env }), {
          log,
          ...(clock && { clock }),
        }),
      sql: async (text, values) => (await client.query(text, values)).rows,
      end: async () => {
        await client.end();
        await admin.query(`DROP DATABASE ${name}`);
        await admin.end();
      },
    };
  });
} else {
  test.skipIf(CI !== 'true')('database: PostgreSQL (skipped: set TEST_DATABASE_URL to a server)', () => {
    throw new Error('TEST_DATABASE_URL is not set');
  });
}
