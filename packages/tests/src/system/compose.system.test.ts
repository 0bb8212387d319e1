// The processes of compose.yaml, started here with its very commands, environments, secret files and health checks.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { missingEngines, ownEngines, temporaryDir } from '@message-push/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ownServices, readCompose, root, type Service } from '../compose.ts';

const missing = missingEngines();
const compose = readCompose();
const services = ownServices(compose).filter(([name]) => !['console', 'admin'].includes(name));
const HOSTS: Record<string, string> = {
  'kafka:9092': 'KAFKA_BROKERS',
  'redis://redis:6379': 'REDIS_URL',
  'nacos:8848': 'NACOS_SERVERS',
  'http://elasticsearch:9200': 'ELASTICSEARCH_URL',
};

describe.skipIf(missing.length > 0)('compose.yaml', () => {
  const { path, remove } = temporaryDir();
  const children: ChildProcess[] = [];
  let engines: Awaited<ReturnType<typeof ownEngines>>;

  beforeAll(async () => {
    engines = await ownEngines();
    writeSecrets(path, engines.env.DATABASE_URL ?? '');
  });
  afterAll(async () => {
    for (const child of children) child.kill('SIGTERM');
    await Promise.all(children.map(ended));
    await engines?.drop();
    remove();
  });

  test('every process gets well by its own health check', async () => {
    const ports = new Map<string, number>();
    for (const [name, service] of services) {
      const port = await freePort();
      ports.set(name, port);
      children.push(start(service, { ...settingsOf(service), ...prefixes(), HOST: '127.0.0.1', PORT: String(port) }));
    }
    for (const [name, { healthcheck }] of services) {
      const [, program = '', ...args] = healthcheck?.test ?? [];
      const check = () => run(program, args, { PORT: String(ports.get(name)) });
      await expect.poll(check, { timeout: 90_000, interval: 500, message: name }).toBe(0);
    }
  });

  test('the admin commands reach the database', async () => {
    const admin = compose.services.admin;
    const [program = '', ...args] = [...(admin?.entrypoint ?? []), 'app', 'create', 'Shop', '--id', 'shop'];
    expect(await run(program, args, settingsOf(admin ?? {}))).toBe(0);
  });

  /** The environment as it is written, with the addresses and the folder of secrets of this machine. */
  function settingsOf({ environment = {} }: Service): Record<string, string> {
    const here = ([name, value]: [string, string]): [string, string] => {
      const engine = HOSTS[value];
      return [name, engine ? (engines.env[engine] ?? '') : value.replace('/run/secrets', join(path, 'secrets'))];
    };
    return Object.fromEntries(Object.entries(environment).map(here));
  }

  /** Only what keeps this run apart from others on the same servers. */
  function prefixes(): Record<string, string> {
    return Object.fromEntries(Object.entries(engines.env).filter(([name]) => name.endsWith('_PREFIX')));
  }

  function start({ command = [] }: Service, env: Record<string, string>): ChildProcess {
    const [program = '', ...args] = command;
    return spawn(node(program), args, { cwd: root, env: { PATH: process.env.PATH, ...env }, stdio: 'ignore' });
  }
});

function writeSecrets(path: string, databaseUrl: string): void {
  const folder = join(path, 'secrets');
  mkdirSync(folder);
  const texts = { 'cluster-secrets': 'c'.repeat(64), pepper: 'p'.repeat(64), 'database-url': databaseUrl };
  for (const [name, text] of Object.entries(texts)) writeFileSync(join(folder, name), `${text}\n`);
}

function run(program: string, args: string[], env: Record<string, string>): Promise<number | null> {
  return ended(spawn(node(program), args, { cwd: root, env: { PATH: process.env.PATH, ...env }, stdio: 'ignore' }));
}

/** In the image `node` is the right one. */
function node(program: string): string {
  return program === 'node' ? process.execPath : program;
}

function ended(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode);
  return new Promise((resolve) => child.once('exit', (code) => resolve(code)));
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
