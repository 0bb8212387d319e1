// Only what a stack has started is ever ended by it, and it ends with the process that started it.
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { temporaryDir } from '../launch.ts';
import { type Engine, missingSystemPackages, StackError, startEngines } from './index.ts';
import { withLock } from './lock.ts';
import { freePort, portsAreFree } from './ports.ts';
import { identify, lives, until } from './processes.ts';
import { isRunning, readStack, record } from './record.ts';
import { deleteData, stateOf, stopEngines } from './running.ts';

const lacks = (engine: Engine) => process.env.CI !== 'true' && missingSystemPackages([engine]).length > 0;
const noRedis = lacks('redis');
const noPostgres = lacks('postgres');
const silent = () => {};
const folders: (() => void)[] = [];
afterEach(() => {
  for (const remove of folders.splice(0)) remove();
});

function folder(): string {
  const { path, remove } = temporaryDir();
  folders.push(remove);
  return path;
}

test('a process that has the pid of a server by chance is neither stopped nor called running', async () => {
  const dir = folder();
  const stranger = spawn('sleep', ['60']);
  try {
    const identity = identify(stranger.pid ?? 0);
    if (!identity) throw new Error('no process');
    record(dir, 'redis', { port: 1, dir: join(dir, 'redis'), process: { ...identity, born: `${identity.born}0` } });
    expect((await stateOf(dir, 'redis')).word).toBe('gone');
    expect(await stopEngines(dir, ['redis'], silent)).toEqual([]);
    expect(lives(identity)).toBe(true);
  } finally {
    stranger.kill('SIGKILL');
  }
});

test('stack.json is for its owner alone', () => {
  const dir = folder();
  record(dir, 'redis', { port: 1, dir });
  expect(statSync(join(dir, 'stack.json')).mode & 0o777).toBe(0o600);
});

test('a stack.json that is no JSON is named, and nothing is started beside it', async () => {
  const dir = folder();
  writeFileSync(join(dir, 'stack.json'), '{');
  await expect(async () => readStack(dir)).rejects.toThrow(StackError);
});

test('two works in one folder follow each other, and the lock of a dead process is passed over', async () => {
  const dir = folder();
  writeFileSync(join(dir, 'lock'), JSON.stringify({ pid: 1, born: 'another boot' }));
  const order: string[] = [];
  const work = (name: string) =>
    withLock(dir, silent, async () => {
      order.push(`${name} begins`);
      await new Promise((resolve) => setImmediate(resolve));
      order.push(`${name} ends`);
    });
  await Promise.all([work('one'), work('two')]);
  const first = order[0] === 'one begins' ? ['one', 'two'] : ['two', 'one'];
  expect(order).toEqual(first.flatMap((name) => [`${name} begins`, `${name} ends`]));
  expect(existsSync(join(dir, 'lock'))).toBe(false);
});

test('a port counts as free only with its companions, and lies outside the range of clients', async () => {
  const port = await freePort([-1000, 1000]);
  const clientsFrom = Number(readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').split(/\s+/)[0]);
  expect(port + 1000).toBeLessThan(Math.max(clientsFrom, 25_001));
  const neighbour = createServer().listen(port + 1000, '127.0.0.1');
  await once(neighbour, 'listening');
  expect(await portsAreFree(port)).toBe(true);
  expect(await portsAreFree(port, [-1000, 1000])).toBe(false);
  await new Promise((resolve) => neighbour.close(resolve));
});

test.skipIf(noRedis)('a server ends with the process that started it, even when that one is killed -9', async () => {
  const dir = folder();
  const holder = fork(join(import.meta.dirname, 'leash-holder.ts'), [dir], { execArgv: [] });
  await once(holder, 'message');
  const { redis } = readStack(dir);
  if (!isRunning(redis)) throw new Error('not started');
  holder.kill('SIGKILL');
  expect(await until(() => !lives(redis.process), 10_000)).toBe(true);
  expect((await stateOf(dir, 'redis')).word).toBe('gone');
});

test.skipIf(noRedis)(
  'a detached server outlives its starter, is found by the next one, and is stopped by name',
  async () => {
    const dir = folder();
    const { redis } = await startEngines({ dir, engines: ['redis'], detached: true });
    const again = await startEngines({ dir, engines: ['redis'], detached: true });
    expect(again.redis.pid).toBe(redis.pid);
    expect(await stopEngines(dir, ['redis', 'kafka'], silent)).toEqual(['redis']);
    expect(redis.pid).toBe(0);
    expect(deleteData(dir, ['redis'])).toEqual([join(dir, 'redis')]);
    expect(readStack(dir)).toEqual({});
  },
);

test.skipIf(noRedis)('a port that has to be that one and is taken is refused with a sentence', async () => {
  const dir = folder();
  const port = await freePort();
  const other = createServer().listen(port, '127.0.0.1');
  await once(other, 'listening');
  await expect(startEngines({ dir, engines: ['redis'], ports: { redis: port } })).rejects.toThrow(`${port}: in use`);
  await new Promise((resolve) => other.close(resolve));
});

test.skipIf(noRedis)('a server that ends while it starts is told with the end of its log', async () => {
  const dir = folder();
  mkdirSync(join(dir, 'redis', 'data', 'appendonlydir', 'appendonly.aof.manifest'), { recursive: true });
  await expect(startEngines({ dir, engines: ['redis'] })).rejects.toThrow(/ended while it started[\s\S]*manifest/);
  expect((await stateOf(dir, 'redis')).word).toBe('stopped');
});

test.skipIf(noPostgres)('PostgreSQL starts right after each of ten kill -9', async () => {
  const { postgres } = await startEngines({ dir: join(folder(), 'stack'), engines: ['postgres'] });
  for (let round = 0; round < 10; round++) {
    await postgres.kill();
    await postgres.start();
  }
  await postgres.stop();
});

test.skipIf(noPostgres || process.getuid?.() !== 0)(
  'data that had to be elsewhere go when the folder they belong to is gone',
  async () => {
    const start = async (dir: string) => {
      const { postgres } = await startEngines({ dir: join(dir, 'stack'), engines: ['postgres'] });
      await postgres.stop();
      return readStack(join(dir, 'stack')).postgres?.dir ?? '';
    };
    const one = temporaryDir(); // for its owner alone, so that PostgreSQL's account can't enter
    const elsewhere = await start(one.path);
    expect(elsewhere).toMatch(/^\/var\/tmp\//);
    expect(await start(one.path)).toBe(elsewhere);
    one.remove();
    await start(folder());
    expect(existsSync(elsewhere)).toBe(false);
  },
);
