// One process's way to its database: the pool, Prisma on top of it, and how a call is counted, timed and its errors told.
import { type Clock, counter, histogram, type Log, type Metrics } from '@message-push/runtime';
import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { type Prisma, PrismaClient } from '../generated/client/client.ts';
import { translate } from './errors.ts';

/** A transaction's client. */
export type Transaction = Prisma.TransactionClient;

/** What repositories work with. */
export interface Connection {
  readonly prisma: PrismaClient;
  readonly pool: pg.Pool;
  readonly clock: Clock;
  /** Runs one call of the contract: timed, errors translated. */
  call<T>(name: string, work: () => Promise<T>): Promise<T>;
  /**
   * As `call`, in one transaction that begins by taking the row of `changes`: changes are made one at a time, so what a
   * change checks stays true until it commits, and two of them never wait for each other in a circle.
   */
  change<T>(name: string, work: (tx: Transaction) => Promise<T>): Promise<T>;
  /** A connection of its own for work that may take longer than a call: migrations, clean-ups. */
  atLeisure<T>(work: (pool: pg.Pool) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export interface ConnectionOptions {
  /** A URL, or the folder of the embedded database's socket. */
  target: { url: string } | { socketDir: string };
  poolMax: number;
  timeoutMs: number;
  clock: Clock;
  log: Log;
  metrics: Metrics;
}

const SECONDS = [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5];

export function connect(options: ConnectionOptions): Connection {
  const { clock, log, metrics, timeoutMs } = options;
  const pool = new pg.Pool(poolOptions(options));
  pool.on('error', (error) => log.warn({ error: error.message }, 'a database connection ended'));
  const prisma = new PrismaClient({
    adapter: new PrismaPg(pool, {
      onConnectionError: (error) => log.warn({ error: error.message }, 'a database connection ended'),
    }),
    errorFormat: 'minimal',
    transactionOptions: { maxWait: timeoutMs, timeout: timeoutMs },
  });
  const seconds = histogram(metrics, 'mp_database_call_seconds', 'Database calls that ended, by name.', SECONDS, [
    'call',
  ]);
  const failures = counter(metrics, 'mp_database_failures_total', 'Database calls that were refused or failed.', [
    'call',
  ]);

  async function call<T>(name: string, work: () => Promise<T>): Promise<T> {
    const since = performance.now();
    try {
      return await work();
    } catch (error) {
      failures.inc({ call: name });
      throw translate(error);
    } finally {
      seconds.observe({ call: name }, (performance.now() - since) / 1000);
    }
  }

  return {
    prisma,
    pool,
    clock,
    call,
    change: (name, work) =>
      call(name, () =>
        prisma.$transaction(async (tx) => {
          await tx.$queryRaw`SELECT n FROM changes WHERE id = 1 FOR UPDATE`;
          return work(tx);
        }),
      ),
    async atLeisure(work) {
      const { query_timeout: _, statement_timeout: __, ...unhurried } = poolOptions(options);
      const slow = new pg.Pool({ ...unhurried, max: 1 });
      slow.on('error', () => undefined); // the work itself rejects
      return work(slow).finally(() => slow.end());
    },
    async close() {
      await prisma.$disconnect();
      await pool.end();
    },
  };
}

function poolOptions({ target, poolMax, timeoutMs }: ConnectionOptions): pg.PoolConfig {
  const common: pg.PoolConfig = {
    connectionTimeoutMillis: timeoutMs,
    query_timeout: timeoutMs,
    idleTimeoutMillis: 10_000,
    application_name: 'message-push',
  };
  // The embedded database is one session: a second connection would only wait for the first.
  if ('socketDir' in target)
    return { ...common, host: target.socketDir, port: 5432, user: 'postgres', database: 'postgres', max: 1 };
  return { ...common, connectionString: target.url, max: poolMax, statement_timeout: timeoutMs, keepAlive: true };
}
