import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { createLog, Metrics, systemClock } from '@message-push/runtime';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { connect } from './connection.ts';
import { type Embedded, openEmbedded, runningEmbedded } from './embedded.ts';
import { migrate } from './migrate.ts';

const log = createLog('test', 'silent');
const TIMEOUT_MS = 60_000;

let base: string;
let server: Embedded;
/** The thread that serves now. */
let worker: Worker;

beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), 'mp-embedded-'));
  server = await openEmbedded(join(base, 'data'), log, {
    spawn: (workerData) => {
      worker = new Worker(new URL('./embedded-worker.ts', import.meta.url), { workerData });
      return worker;
    },
  });
}, TIMEOUT_MS);
afterAll(async () => {
  await server.close();
  rmSync(base, { recursive: true });
}, TIMEOUT_MS);

const settings = () => ({ host: server.socketDir, port: 5432, user: 'postgres', database: 'postgres' });

async function client(): Promise<pg.Client> {
  const one = new pg.Client(settings());
  one.on('error', () => undefined); // some tests cut the connection
  await one.connect();
  return one;
}

/** Cuts a connection as the death of its process would. */
function cut(one: pg.Client): void {
  // pg's connection keeps its socket under this name; there is no public way to cut it.
  (one as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
}

describe('several clients of the one session', () => {
  test('statements of many packets never mix', { timeout: TIMEOUT_MS }, async () => {
    const names = ['a', 'b', 'c'];
    const clients = await Promise.all(names.map(client));
    const big = 'x'.repeat(400_000);
    await Promise.all(
      clients.map(async (one, index) => {
        for (let n = 0; n < 40; n++) {
          const value = `${names[index]}${n}`;
          const { rows } = await one.query(
            `SELECT length($1::text) AS chars, $2::text AS value, '${names[index]}' AS who`,
            [big, value],
          );
          expect(rows).toEqual([{ chars: big.length, value, who: names[index] }]);
        }
      }),
    );
    await Promise.all(clients.map((one) => one.end()));
  });

  test('a client that dies in its transaction is rolled back, and the waiting one goes on', async () => {
    const [dying, waiting] = [await client(), await client()];
    await dying.query('BEGIN');
    await dying.query('CREATE TABLE half_done (x int)');
    const answer = waiting.query("SELECT to_regclass('half_done') AS found");
    cut(dying);
    expect((await answer).rows).toEqual([{ found: null }]);
    await waiting.end();
  });

  test('a client that dies between the parts of a statement leaves nothing behind', {
    timeout: TIMEOUT_MS,
  }, async () => {
    const steady = await client();
    for (let round = 0; round < 10; round++) {
      const dying = await client();
      if (round > 4) await dying.query('BEGIN');
      const wrong = round % 2 === 1 ? 'no_such_function($1)' : '$1::text'; // after an error all is skipped to the sync
      dying.query(`SELECT ${wrong}, $2::text`, ['x'.repeat(300_000), 'y'.repeat(300_000)]).catch(() => undefined);
      setImmediate(() => cut(dying));
      expect((await steady.query('SELECT $1::int AS n', [round])).rows).toEqual([{ n: round }]);
    }
    await steady.end();
  });
});

test('a thread that dies is started again with all that was committed', { timeout: TIMEOUT_MS }, async () => {
  const before = await client();
  await before.query('CREATE TABLE kept (x int)');
  const first = worker;
  await first.terminate();
  await expect
    .poll(
      () =>
        client().then(
          (one) => one.end().then(() => worker !== first),
          () => false,
        ),
      { timeout: TIMEOUT_MS },
    )
    .toBe(true);
  const after = await client();
  expect((await after.query('SELECT count(*)::int AS n FROM kept')).rows).toEqual([{ n: 0 }]);
  await after.end();
});

test('only the owner reaches the socket, and a folder open to others is refused', async () => {
  expect(statSync(server.socketDir).mode & 0o777).toBe(0o700);
  const dir = join(base, 'open');
  mkdirSync(join(dir, 'socket'), { recursive: true });
  chmodSync(join(dir, 'socket'), 0o755);
  await expect(openEmbedded(dir, log)).rejects.toThrow('must be a folder of this user alone');
});

test('a data folder with a long path is served from a short one', { timeout: TIMEOUT_MS }, async () => {
  const dir = join(base, 'long'.repeat(30));
  const long = await openEmbedded(dir, log);
  expect(Buffer.byteLength(join(long.socketDir, '.s.PGSQL.5432'))).toBeLessThanOrEqual(103);
  expect(await runningEmbedded(dir)).toBe(long.socketDir);
  await long.close();
  expect(await runningEmbedded(dir)).toBeUndefined();
  rmSync(long.socketDir, { recursive: true });
});

test('it is known whether a process serves a data folder', async () => {
  expect(await runningEmbedded(join(base, 'data'))).toBe(server.socketDir);
  expect(await runningEmbedded(join(base, 'none'))).toBeUndefined();
  mkdirSync(join(base, 'killed', 'socket'), { recursive: true, mode: 0o700 });
  writeFileSync(join(base, 'killed', 'socket', '.s.PGSQL.5432'), '');
  expect(await runningEmbedded(join(base, 'killed'))).toBeUndefined();
});

test('a call that hangs ends in its time, while a migration may take longer', async () => {
  const metrics = new Metrics();
  const options = { poolMax: 1, timeoutMs: 200, clock: systemClock, log, metrics };
  const connection = connect({ ...options, target: { socketDir: server.socketDir } });
  await connection.atLeisure((pool) => pool.query('SELECT pg_sleep(0.6)'));
  const hanging = connection.call('test', () => connection.pool.query('SELECT pg_sleep(0.6)'));
  await expect(hanging).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
  expect(await metrics.metrics()).toContain('mp_database_failures_total{call="test"} 1');
  await connection.close();
});

describe('migrations', () => {
  let folder: string;
  let pool: pg.Pool;

  beforeAll(() => {
    pool = new pg.Pool({ ...settings(), max: 1 });
  });
  afterAll(() => pool.end());
  beforeEach(async () => {
    folder = mkdtempSync(join(base, 'migrations-'));
    await pool.query('DROP TABLE IF EXISTS _prisma_migrations, one, two');
  });

  const write = (name: string, sql: string) => {
    mkdirSync(join(folder, name), { recursive: true });
    writeFileSync(join(folder, name, 'migration.sql'), sql);
  };
  const tables = async () =>
    (await pool.query("SELECT relname FROM pg_class WHERE relname IN ('one', 'two') ORDER BY 1")).rows.map(
      (row) => row.relname,
    );

  test('each folder is applied once, in order of its name', async () => {
    write('2_two', 'ALTER TABLE one RENAME TO two;');
    write('1_one', 'CREATE TABLE one (x int);');
    expect(await migrate(pool, folder)).toEqual(['1_one', '2_two']);
    expect(await migrate(pool, folder)).toEqual([]);
    expect(await tables()).toEqual(['two']);
  });

  test('a folder that fails leaves nothing, and is applied when it is mended', async () => {
    write('1_one', 'CREATE TABLE one (x int); SELECT 1/0;');
    await expect(migrate(pool, folder)).rejects.toThrow('division by zero');
    expect(await tables()).toEqual([]);
    write('1_one', 'CREATE TABLE one (x int);');
    expect(await migrate(pool, folder)).toEqual(['1_one']);
  });

  test('what a folder did goes with its record: neither stays without the other', async () => {
    write('1_one', 'CREATE TABLE one (x int); DROP TABLE _prisma_migrations;');
    await expect(migrate(pool, folder)).rejects.toThrow('_prisma_migrations');
    expect(await tables()).toEqual([]);
  });

  test('an edited file is refused with a sentence; other line ends are the same file', async () => {
    write('1_one', 'CREATE TABLE one (x int);\n');
    await migrate(pool, folder);
    write('1_one', 'CREATE TABLE one (x int);\r\n');
    expect(await migrate(pool, folder)).toEqual([]);
    write('1_one', 'CREATE TABLE one (y int);\n');
    await expect(migrate(pool, folder)).rejects.toThrow('Migration 1_one was edited after it was applied');
  });

  test('a migration that another tool left half-done is refused with a sentence', async () => {
    write('1_one', 'CREATE TABLE one (x int);');
    await migrate(pool, folder);
    await pool.query('UPDATE _prisma_migrations SET finished_at = NULL');
    await expect(migrate(pool, folder)).rejects.toThrow('did not finish');
  });

  test('a database that a newer version migrated is left as it is', async () => {
    write('1_one', 'CREATE TABLE one (x int);');
    write('2_two', 'CREATE TABLE two (x int);');
    await migrate(pool, folder);
    rmSync(join(folder, '2_two'), { recursive: true });
    expect(await migrate(pool, folder)).toEqual([]);
    expect(await tables()).toEqual(['one', 'two']);
  });
});
