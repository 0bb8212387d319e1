import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, watch, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openStore, ownBytes, type Store } from './sqlite.ts';

type Lines = Store<typeof import('./sqlite-fixture.ts')>;

class Unavailable extends Error {}

let dir: string;
const open: Lines[] = [];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'mp-store-'));
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((store) => store.close()));
  rmSync(dir, { recursive: true });
});

async function lines(
  options: { queueMax?: number; busyMs?: number; refuse?: string; asJson?: boolean } = {},
): Promise<Lines> {
  const { refuse, ...more } = options;
  const store: Lines = await openStore({
    file: join(dir, 'lines.db'),
    module: new URL('./sqlite-fixture.ts', import.meta.url),
    options: refuse === undefined ? {} : { refuse },
    error: (cause) => new Unavailable('lines are away', { cause }),
    ...more,
  });
  open.push(store);
  return store;
}

const CROSSINGS = [{ asJson: false }, { asJson: true }];

test.each(CROSSINGS)('calls of one turn are carried out in order, in one transaction (%o)', async (crossing) => {
  const store = await lines(crossing);
  expect(await store.call('last', undefined)).toBe(undefined);
  const added = await Promise.all(['a', 'b', 'c'].map((text) => store.call('add', { text })));
  expect(added).toEqual([1, 2, 3]);
  expect(await store.call('last', undefined)).toBe('c');
  expect(await store.call('seen', undefined)).toEqual({ rollbacks: 0, transactions: 1 });
});

test.each(CROSSINGS)('a call that throws is rolled back alone and rejects alone (%o)', async (crossing) => {
  const store = await lines(crossing);
  const settled = await Promise.allSettled([
    store.call('add', { text: 'a' }),
    store.call('add', { text: 'b', refuse: true }),
    store.call('add', { text: 'a' }),
    store.call('add', { text: 'c' }),
  ]);
  expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled']);
  const reason = settled[1]?.status === 'rejected' ? settled[1].reason : undefined;
  expect(reason).toBeInstanceOf(Unavailable);
  expect(reason.cause.message).toBe('refused by the handler');
  expect(await store.call('count', undefined)).toBe(2);
  expect(await store.call('seen', undefined)).toEqual({ rollbacks: 3, transactions: 1 });
});

test('a call beyond the queue limit is rejected at once and changes nothing', async () => {
  const store = await lines({ queueMax: 2 });
  const settled = await Promise.allSettled(['a', 'b', 'c'].map((text) => store.call('add', { text })));
  expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
  expect(store.pending).toBe(0);
  expect(await store.call('count', undefined)).toBe(2);
});

test('arguments that cannot be cloned fail their turn and no other', async () => {
  const store = await lines();
  const before = store.call('add', { text: 'a' });
  await new Promise(setImmediate);
  const bad = store.call('add', { text: (() => 'no') as never });
  await expect(bad).rejects.toBeInstanceOf(Unavailable);
  await before;
  expect(await store.call('add', { text: 'b' })).toBe(2);
});

test('a crash of the worker rejects what is pending and every later call', async () => {
  const store = await lines();
  const settled = await Promise.allSettled([store.call('add', { text: 'a' }), store.call('crash', undefined)]);
  expect(settled.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  await expect(store.call('count', undefined)).rejects.toBeInstanceOf(Unavailable);
});

test('closing answers what was called before and refuses what comes later', async () => {
  const store = await lines();
  const added = store.call('add', { text: 'a' });
  const closed = store.close();
  await expect(store.call('add', { text: 'b' })).rejects.toBeInstanceOf(Unavailable);
  expect(await added).toBe(1);
  await closed;
  expect(readdirSync(dir)).toEqual(['lines.db']);
  expect(await (await lines()).call('count', undefined)).toBe(1);
});

test('what a killed first start left behind does not disturb the next one', async () => {
  writeFileSync(join(dir, 'lines.db.new'), 'half a database');
  writeFileSync(join(dir, 'lines.db.new-journal'), 'half a journal');
  writeFileSync(join(dir, 'lines.db-wal'), 'a log of nothing');
  const store = await lines();
  expect(await store.call('add', { text: 'a' })).toBe(1);
  expect(existsSync(join(dir, 'lines.db.new'))).toBe(false);
});

test('a first start killed with -9 in the middle is followed by a clean one', async () => {
  const script = `
    import { openStore } from ${JSON.stringify(new URL('./sqlite.ts', import.meta.url).href)};
    await openStore({
      file: ${JSON.stringify(join(dir, 'lines.db'))},
      module: new URL(${JSON.stringify(new URL('./sqlite-fixture.ts', import.meta.url).href)}),
      options: {}, error: (cause) => cause,
    });
    process.stdout.write('open');
    setInterval(() => {}, 1000);`;
  let inTheMiddle = 0;
  for (let round = 0; round < 4; round++) {
    for (const left of readdirSync(dir)) rmSync(join(dir, left));
    const watched = watch(dir);
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
    });
    // The n-th change of the directory: the kill comes a little later each time.
    let changes = 0;
    watched.on('change', () => {
      changes += 1;
      if (changes > round) child.kill('SIGKILL');
    });
    await new Promise((resolve) => child.once('exit', resolve));
    watched.close();
    if (output === '') inTheMiddle += 1;
    const store = await lines();
    expect(await store.call('count', undefined)).toBe(0);
    await store.close();
    expect(readdirSync(dir)).toEqual(['lines.db']);
  }
  expect(inTheMiddle).toBeGreaterThan(0);
});

test('a second opener is refused with a sentence while the first lives', async () => {
  await lines();
  await expect(lines({ busyMs: 50 })).rejects.toThrow(/cannot open .*: another process has it open/);
});

test('a module that refuses to open says why', async () => {
  await expect(lines({ refuse: 'not today' })).rejects.toThrow(/cannot open .*: not today/);
});

test('a process killed with -9 loses nothing that was answered, and no warning reaches the terminal', async () => {
  const script = `
    import { openStore } from ${JSON.stringify(new URL('./sqlite.ts', import.meta.url).href)};
    const store = await openStore({
      file: ${JSON.stringify(join(dir, 'lines.db'))},
      module: new URL(${JSON.stringify(new URL('./sqlite-fixture.ts', import.meta.url).href)}),
      options: {}, error: (cause) => cause,
    });
    for (let n = 1; ; n++) { await store.call('add', { text: String(n) }); process.stdout.write(n + '\\n'); }`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'pipe'] });
  let answered = 0;
  let errors = '';
  child.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  await new Promise<void>((resolve, reject) => {
    child.once('exit', () => reject(new Error(`the child ended by itself: ${errors}`)));
    child.stdout.on('data', (chunk) => {
      answered = Math.max(answered, ...String(chunk).trim().split('\n').slice(0, -1).map(Number));
      if (answered > 200) resolve();
    });
  });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await exited;
  expect(errors).toBe('');
  const store = await lines();
  expect(await store.call('count', undefined)).toBeGreaterThanOrEqual(answered);
});

test('a view of a larger buffer is copied, a buffer of its own is not', () => {
  const pool = new Uint8Array(100);
  expect(ownBytes(pool)).toBe(pool);
  expect(ownBytes(pool.subarray(10, 20)).buffer.byteLength).toBe(10);
});
