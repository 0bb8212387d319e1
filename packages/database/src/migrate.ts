// Brings a database to the schema of prisma/migrations: each folder once, in order, each in a transaction of its own.
import { createHash, randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type pg from 'pg';
import { DatabaseProblem } from './errors.ts';

const MIGRATIONS = fileURLToPath(new URL('../../../prisma/migrations/', import.meta.url));

/** The lock that Prisma's own `migrate` takes, so that the two never run at once. */
const PRISMA_LOCK = 72_707_369;

/** Prisma's table, in its own words, so that its command line understands it. */
const TABLE = `CREATE TABLE IF NOT EXISTS _prisma_migrations (
  id VARCHAR(36) PRIMARY KEY NOT NULL,
  checksum VARCHAR(64) NOT NULL,
  finished_at TIMESTAMPTZ,
  migration_name VARCHAR(255) NOT NULL,
  logs TEXT,
  rolled_back_at TIMESTAMPTZ,
  started_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  applied_steps_count INTEGER NOT NULL DEFAULT 0
)`;

interface Migration {
  name: string;
  sql: string;
  checksum: string;
}

interface AppliedRow {
  migration_name: string;
  checksum: string;
  finished_at: Date | null;
}

/**
 * Applies what is missing and answers the names. Refuses with a sentence when an applied file was edited or an earlier
 * run of Prisma's own tool failed half-way. A database that is ahead (a newer version ran here) is left as it is.
 */
export async function migrate(pool: pg.Pool, folder: string = MIGRATIONS): Promise<string[]> {
  const done: string[] = [];
  const client = await pool.connect();
  try {
    for (const migration of readMigrations(folder)) {
      if (await applyOnce(client, migration)) done.push(migration.name);
    }
  } finally {
    client.release();
  }
  return done;
}

function readMigrations(folder: string): Migration[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort()
    .map((name) => {
      // A checkout with other line ends is the same migration.
      const sql = readFileSync(join(folder, name, 'migration.sql'), 'utf8').replaceAll('\r\n', '\n');
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    });
}

async function applyOnce(client: pg.PoolClient, migration: Migration): Promise<boolean> {
  await client.query('BEGIN');
  try {
    await client.query('SELECT pg_advisory_xact_lock($1)', [PRISMA_LOCK]);
    await client.query(TABLE);
    const fresh = await isMissing(client, migration);
    if (fresh) {
      await client.query(migration.sql);
      await client.query(
        `INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at, applied_steps_count)
         VALUES ($1, $2, $3, now(), 1)`,
        [randomUUID(), migration.checksum, migration.name],
      );
    }
    await client.query('COMMIT');
    return fresh;
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined); // the connection is gone: so is the transaction
    throw error;
  }
}

async function isMissing(client: pg.PoolClient, { name, checksum }: Migration): Promise<boolean> {
  const { rows } = await client.query<AppliedRow>(
    `SELECT migration_name, checksum, finished_at FROM _prisma_migrations
     WHERE migration_name = $1 AND rolled_back_at IS NULL`,
    [name],
  );
  const [row] = rows;
  if (!row) return true;
  if (row.finished_at === null) {
    throw new DatabaseProblem(
      `Migration ${name} was begun by another tool and did not finish. Put the database right, then delete its row in _prisma_migrations.`,
    );
  }
  if (row.checksum !== checksum) {
    throw new DatabaseProblem(
      `Migration ${name} was edited after it was applied to this database. Put prisma/migrations/${name} back as it was and write a new migration.`,
    );
  }
  return false;
}
