// The admin command line as a person runs it, alone and beside a process that has the database open.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createDatabase, type Database, databaseFields, loadOrMakePepper } from '@message-push/database';
import { createLog, loadConfig } from '@message-push/runtime';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { lockDataDir } from './data-dir.ts';

const ADMIN = fileURLToPath(new URL('./admin.ts', import.meta.url));

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'mp-admin-'));
});
afterEach(() => rmSync(dataDir, { recursive: true }));

interface Result {
  code: number | null;
  out: string;
  err: string;
}

function admin(args: string[], input = ''): Promise<Result> {
  const env = { PATH: process.env.PATH, DATA_DIR: dataDir };
  const child = spawn(process.execPath, [ADMIN, ...args], { env });
  const result = { out: '', err: '' };
  child.stdout.on('data', (text) => {
    result.out += text;
  });
  child.stderr.on('data', (text) => {
    result.err += text;
  });
  child.stdin.end(input);
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, ...result })));
}

/** As `npm start` does: the lock, then the database. */
async function platform(): Promise<{ database: Database; stop(): Promise<void> }> {
  const unlock = lockDataDir(dataDir);
  const config = { ...loadConfig(databaseFields, {}), peppers: loadOrMakePepper(join(dataDir, 'pepper')) };
  const database = await createDatabase(config, { dir: dataDir, log: createLog('test', 'silent') });
  const stop = async () => {
    await database.close();
    unlock();
  };
  return { database, stop };
}

test('what was made on a folder where nothing runs is there when the platform starts', async () => {
  expect(await admin(['app', 'create', 'Shop', '--id', 'shop'])).toMatchObject({ code: 0, err: '' });
  const issued = await admin(['credential', 'issue', 'shop', '--json']);
  const imported = await admin(['credential', 'import', 'shop'], '0123456789abcdef\n');
  expect([issued.code, imported.code]).toEqual([0, 0]);
  expect(statSync(join(dataDir, 'pepper')).mode & 0o777).toBe(0o600);
  const { database, stop } = await platform();
  for (const secret of [JSON.parse(issued.out).secret, '0123456789abcdef']) {
    expect(await database.credentials.check('shop', secret, new Date())).toMatchObject({ ok: true });
  }
  expect((await database.audit.list({ limit: 9 })).items.map(({ action }) => action)).toEqual([
    'credential.import',
    'credential.issue',
    'app.create',
  ]);
  await stop();
});

test('a revocation typed while the platform runs is seen by it within a second', async () => {
  const { database, stop } = await platform();
  const { id } = await database.apps.create({ name: 'x' });
  const { credential, secret } = await database.credentials.issue(id);
  const before = await database.changes();
  const revoking = admin(['credential', 'revoke', credential.id]);
  // What caches do: poll, and believe what they know until the number changes.
  await expect.poll(() => database.changes(), { timeout: 30_000, interval: 100 }).not.toBe(before);
  const seenAt = Date.now();
  expect(await database.credentials.check(id, secret, new Date())).toEqual({ ok: false, reason: 'revoked' });
  expect(await revoking).toMatchObject({ code: 0, err: '' });
  expect(Date.now() - seenAt).toBeLessThan(20_000);
  const [revoked] = await database.credentials.list(id);
  expect(seenAt - (revoked?.revoked_at?.getTime() ?? 0)).toBeLessThan(1000);
  await stop();
});

test('several commands at once beside a working platform all succeed', async () => {
  const { database, stop } = await platform();
  const { id } = await database.apps.create({ name: 'x' });
  const commands = [1, 2, 3].map(() => admin(['credential', 'issue', id]));
  const results = Promise.all(commands);
  let done = false;
  void results.finally(() => {
    done = true;
  });
  while (!done) await database.apps.list();
  expect((await results).map(({ code, err }) => [code, err])).toEqual([1, 2, 3].map(() => [0, '']));
  expect(await database.credentials.list(id)).toHaveLength(3);
  await stop();
});

test('an operator gets a start password that works, and a reset makes another one', async () => {
  const first = await admin(['operator', 'create', 'Ann@Example.com', '--role', 'admin', '--json']);
  const second = await admin(['operator', 'reset', 'ann@example.com', '--json']);
  const passwords = [first, second].map(({ out }) => JSON.parse(out).password);
  const { database, stop } = await platform();
  const from = { ip: '::1', agent: 'test' };
  expect(await database.operators.signIn('ann@example.com', passwords[0], from)).toBeUndefined();
  const session = (await database.operators.signIn('ann@example.com', passwords[1], from))?.session;
  expect(session?.operator).toMatchObject({ role: 'admin', must_change_password: true });
  await stop();
});

test.each([
  [0, ['--help']],
  [2, []],
  [2, ['app', 'create', 'two', 'words']],
  [2, ['app', 'list', '--grace', '1h']],
  [2, ['credential', 'rotate', 'x', '--grace', 'soon']],
  [2, ['operator', 'create', 'a@b.cd', '--role', 'king']],
  [1, ['credential', 'issue', 'nobody']],
])('exit code %i for: %j', async (code, args) => {
  const result = await admin(args);
  expect(result.code).toBe(code);
  expect(code === 0 ? result.out : result.err).not.toBe('');
  expect(result.err).not.toMatch(/\bat .*\.ts:\d/); // no stack trace
});
