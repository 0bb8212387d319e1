// Opens the database that the configuration names, brings it to the present schema, and keeps it clean.
import { type Clock, type Config, type Log, Metrics, systemClock } from '@message-push/runtime';
import { createApps } from './apps.ts';
import { createAudit } from './audit.ts';
import type { databaseFields } from './config.ts';
import { type Connection, connect } from './connection.ts';
import { createCredentials } from './credentials.ts';
import { createDeadLetters } from './dead-letters.ts';
import { type Embedded, openEmbedded, runningEmbedded } from './embedded.ts';
import { DatabaseProblem } from './errors.ts';
import { createKeys, renewKeys } from './keys.ts';
import { migrate } from './migrate.ts';
import { createOperators, type OperatorOptions, removeEndedSessions } from './operators.ts';
import { createPeppers, type Peppers } from './pepper.ts';
import { createRequests, removeOldRequests } from './requests.ts';
import type { Database } from './types.ts';

const HOUR_MS = 3_600_000;

export interface DatabaseDeps {
  log: Log;
  metrics?: Metrics;
  clock?: Clock;
  /** Data folder of the embedded database; its lock is held by the caller. Unused with DATABASE_URL. */
  dir?: string;
  /** `running`: use the embedded database that another process has open, instead of opening it here. */
  embedded?: 'own' | 'running';
}

/** Resolves when the database answers with the present schema. Rejects with a sentence when it cannot be used as it is. */
export async function createDatabase(config: Config<typeof databaseFields>, deps: DatabaseDeps): Promise<Database> {
  const peppers = createPeppers(config.peppers ?? []);
  const { target, server } = await targetOf(config, deps);
  const connection = connect({
    target,
    poolMax: config.databasePoolMax,
    timeoutMs: config.databaseTimeoutMs,
    clock: deps.clock ?? systemClock,
    log: deps.log,
    metrics: deps.metrics ?? new Metrics(),
  });
  const close = async () => {
    await connection.close();
    await server?.close();
  };
  try {
    await prepare(connection, peppers, deps.log);
  } catch (error) {
    await close();
    throw error;
  }
  return compose(connection, peppers, config, server, deps.log, close);
}

function compose(
  connection: Connection,
  peppers: Peppers,
  config: Config<typeof databaseFields>,
  server: Embedded | undefined,
  log: Log,
  close: () => Promise<void>,
): Database {
  const { pool, call } = connection;
  const sessions: OperatorOptions = {
    idleMs: config.sessionIdleHours * HOUR_MS,
    lifeMs: config.sessionDays * 24 * HOUR_MS,
    sessionsMax: config.sessionsMax,
  };
  const clean = async () => {
    await removeEndedSessions(connection, sessions);
    await removeOldRequests(connection);
    if (server) await connection.atLeisure((own) => own.query('VACUUM')); // its own vacuum daemon does not run
  };
  const cleaning = setInterval(() => {
    clean().catch((error: unknown) => log.warn({ error }, 'the clean-up of the database failed'));
  }, config.vacuumMinutes * 60_000).unref();
  return {
    apps: createApps(connection),
    credentials: createCredentials(connection, { peppers, credentialsMax: config.credentialsMax }),
    keys: createKeys(connection, peppers),
    operators: createOperators(connection, sessions),
    audit: createAudit(connection),
    requests: createRequests(connection, peppers),
    deadLetters: createDeadLetters(connection),
    changes: () =>
      call('changes', async () => {
        const { rows } = await pool.query<{ n: string }>('SELECT n FROM changes WHERE id = 1');
        return Number(rows[0]?.n ?? 0);
      }),
    ping: () =>
      call('ping', async () => {
        await pool.query('SELECT 1');
      }),
    async close() {
      clearInterval(cleaning);
      await close();
    },
  };
}

async function targetOf(
  config: Config<typeof databaseFields>,
  { dir, log, embedded = 'own' }: DatabaseDeps,
): Promise<{ target: { url: string } | { socketDir: string }; server?: Embedded }> {
  if (config.databaseUrl !== undefined) return { target: { url: config.databaseUrl } };
  if (dir === undefined)
    throw new DatabaseProblem('Set DATABASE_URL: the embedded database is for one process with a data folder.');
  if (embedded === 'own') {
    const server = await openEmbedded(dir, log);
    return { target: { socketDir: server.socketDir }, server };
  }
  const socketDir = await runningEmbedded(dir);
  if (socketDir === undefined) throw new DatabaseProblem(`No process serves the database of ${dir}.`);
  return { target: { socketDir } };
}

async function prepare(connection: Connection, peppers: Peppers, log: Log): Promise<void> {
  const { prisma, call, atLeisure } = connection;
  const applied = await call('migrate', () => atLeisure((pool) => migrate(pool)));
  if (applied.length > 0) log.info({ applied }, 'the database schema was brought up to date');
  await call('renewKeys', () => renewKeys(connection, peppers));
  const lost = await call('pepperCheck', () =>
    prisma.credential.count({ where: { revokedAt: null, pepperId: { notIn: peppers.ids } } }),
  );
  if (lost > 0) {
    log.error(
      { credentials: lost },
      'these credentials were made with a pepper that is not configured: they are refused until it is',
    );
  }
}
