import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLog, loadConfig } from '@message-push/runtime';
import pg from 'pg';
import { databaseFields } from './config.ts';
import { databaseConformance } from './conformance.ts';
import { createDatabase } from './create.ts';
import { openEmbedded } from './embedded.ts';

databaseConformance('embedded', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'mp-database-'));
  const log = createLog('test', 'silent');
  const server = await openEmbedded(dir, log);
  const client = new pg.Client({ host: server.socketDir, port: 5432, user: 'postgres', database: 'postgres' });
  await client.connect();
  return {
    // Each as a process of its own would: through the socket of the one that serves.
    open: ({ clock, env } = {}) =>
      createDatabase(loadConfig(databaseFields, { PEPPER: 'p'.repeat(32), ...env }), {
        log,
        dir,
        embedded: 'running',
        ...(clock && { clock }),
      }),
    sql: async (text, values) => (await client.query(text, values)).rows,
    end: async () => {
      await client.end();
      await server.close();
      rmSync(dir, { recursive: true });
    },
  };
});
