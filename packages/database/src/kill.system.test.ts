// kill -9 of the process that owns the embedded database, at every stage of its life: the next start is clean.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createLog } from '@message-push/runtime';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { openEmbedded } from './embedded.ts';
import { migrate } from './migrate.ts';

const MOMENT_MS_MAX = 120_000;
const PROGRAM = fileURLToPath(new URL('./start-until-killed.ts', import.meta.url));

let base: string;
let dir: string;
let templates: string;
let migrations: string;

beforeAll(() => {
  base = mkdtempSync(join(tmpdir(), 'mp-kill-'));
  templates = join(base, 'templates');
  migrations = join(base, 'migrations');
  mkdirSync(templates);
  // Each folder has two halves with a pause between them, so that a kill can fall into it.
  for (const name of ['1_first', '2_second', '3_third']) {
    mkdirSync(join(migrations, name), { recursive: true });
    const text = name === '1_first' ? 'CREATE TABLE written (id serial PRIMARY KEY, text text NOT NULL);' : '';
    const sql = `${text}CREATE TABLE "${name}_a" (x int); SELECT pg_sleep(0.3); CREATE TABLE "${name}_b" (x int);`;
    writeFileSync(join(migrations, name, 'migration.sql'), sql);
  }
});
afterAll(() => rmSync(base, { recursive: true }));
beforeEach(() => {
  dir = mkdtempSync(join(base, 'data-'));
});

interface Run {
  child: ChildProcess;
  lines: string[];
}

function start(): Run {
  const child = spawn(process.execPath, [PROGRAM, dir, templates, migrations], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  return { child, lines };
}

/** Kills as soon as `moment` is there; proves that the process was alive until then and died of the kill. */
async function killAt(moment: (run: Run) => boolean): Promise<string[]> {
  const run = start();
  const ended = new Promise((resolve) => run.child.once('close', (_code, signal) => resolve(signal)));
  try {
    const deadline = Date.now() + MOMENT_MS_MAX;
    while (!moment(run)) {
      expect(run.child.exitCode).toBeNull();
      expect(Date.now(), `the moment never came: ${run.lines.slice(0, 5).join()}`).toBeLessThan(deadline);
      await pause(1);
    }
  } finally {
    run.child.kill('SIGKILL');
  }
  expect(await ended).toBe('SIGKILL');
  return run.lines;
}

/** Starts again in this process and hands over a client; the files must be those of one clean start. */
async function restarted<T>(use: (pool: pg.Pool) => Promise<T>): Promise<T> {
  const { socketDir, close } = await openEmbedded(dir, createLog('test', 'silent'), { templates });
  const pool = new pg.Pool({ host: socketDir, port: 5432, user: 'postgres', database: 'postgres', max: 1 });
  try {
    const answer = await use(pool);
    expect(readdirSync(dir).sort()).toEqual(['database', 'socket']);
    return answer;
  } finally {
    await pool.end();
    await close();
  }
}

const tablesOf = async (pool: pg.Pool) =>
  (await pool.query("SELECT relname FROM pg_class WHERE relname ~ '^[123]_.*_[ab]$'")).rows.map((row) => row.relname);
const appliedIn = async (pool: pg.Pool) =>
  (await pool.query('SELECT migration_name FROM _prisma_migrations ORDER BY 1').catch(() => ({ rows: [] }))).rows.map(
    (row) => row.migration_name,
  );
const entries = (folder: string) => (existsSync(folder) ? readdirSync(folder) : []);

test('killed while PostgreSQL makes its first files', async () => {
  const lines = await killAt(() =>
    entries(templates).some((name) => name.includes('.new-') && entries(join(templates, name)).length > 5),
  );
  expect(lines).toEqual(['starting']);
  expect(existsSync(join(dir, 'database'))).toBe(false);
  await restarted((pool) => migrate(pool, migrations));
});

test('killed while the first files are copied to the data folder', async () => {
  const unfinished = () => entries(dir).filter((name) => name.startsWith('database.new-'));
  await killAt(() => unfinished().some((name) => entries(join(dir, name)).length > 5));
  expect(unfinished()).toHaveLength(1);
  expect(existsSync(join(dir, 'database'))).toBe(false);
  await restarted((pool) => migrate(pool, migrations));
});

test('killed at the first opening of the database', async () => {
  const lines = await killAt(() => existsSync(join(dir, 'database')));
  expect(lines).toEqual(['starting']);
  await restarted((pool) => migrate(pool, migrations));
});

test.each([0.1, 0.4, 0.7])(
  'killed %f s into a migration: each folder is applied as a whole or not at all',
  async (seconds) => {
    let since = 0;
    const lines = await killAt(({ lines: said }) => {
      if (since === 0 && said.includes('open')) since = performance.now();
      return since > 0 && performance.now() - since > seconds * 1000;
    });
    expect(lines).toEqual(['starting', 'open']);
    await restarted(async (pool) => {
      const applied = await appliedIn(pool);
      expect(applied.length).toBeLessThan(3);
      const whole = applied.flatMap((name) => [`${name}_a`, `${name}_b`]);
      expect((await tablesOf(pool)).sort()).toEqual(whole.sort());
      const missing = ['1_first', '2_second', '3_third'].filter((name) => !applied.includes(name));
      expect(await migrate(pool, migrations)).toEqual(missing);
      expect(await tablesOf(pool)).toHaveLength(6);
    });
  },
);

test('killed under load: everything acknowledged is there, and again after a second kill', async () => {
  for (const target of [200, 150]) {
    const lines = await killAt(({ lines: said }) => said.filter((line) => /^\d+$/.test(line)).length >= target);
    const acknowledged = lines.filter((line) => /^\d+$/.test(line));
    expect(acknowledged.length).toBeGreaterThanOrEqual(target);
    await restarted(async (pool) => {
      const { rows } = await pool.query('SELECT text FROM written');
      const stored = new Set(rows.map((row) => row.text));
      expect(acknowledged.filter((id) => !stored.has(id.repeat(500)))).toEqual([]);
      await pool.query('SELECT count(*) FROM written WHERE id > 0'); // through the index
    });
  }
});
