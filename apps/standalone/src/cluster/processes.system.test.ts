import { createServer } from 'node:net';
import { createDatabase, databaseFields } from '@message-push/database';
import { createLog, loadConfig } from '@message-push/runtime';
import {
  backEnd,
  createTcpProxy,
  LegacyClient,
  missingEngines,
  type OwnEngines,
  ownEngines,
  type SpawnedApp,
  spawnApp,
  type TcpProxy,
  temporaryDir,
} from '@message-push/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { demoCredential } from '../first-run.ts';

const SECRETS = { CLUSTER_SECRETS: 'a cluster secret of a test', PEPPER: 'a pepper of a test with 32 letters' };
/** What each needs before it serves, and what it merely uses. */
const APPS = {
  api: { needs: ['bus', 'state', 'database'], uses: ['archive', 'registry'] },
  gateway: { needs: ['state', 'database'], uses: ['registry'] },
  node: { needs: ['bus', 'state'], uses: ['registry'] },
  consumer: { needs: ['bus', 'state'], uses: ['archive'] },
} as const;
type App = keyof typeof APPS;
const ALL = Object.keys(APPS) as App[]; // Object.keys of a constant record
const VARIABLES: Record<string, string> = {
  bus: 'BUS',
  state: 'STATE',
  archive: 'ARCHIVE',
  registry: 'REGISTRY',
  database: 'DATABASE_URL',
};
const TEST_MS = 120_000;

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

function start(role: App, env: Record<string, string>): SpawnedApp {
  const app = spawnApp(role, env);
  ends.push(() => app.child.kill('SIGKILL'));
  return app;
}

describe.each(ALL)('as a process of its own: %s', (role) => {
  test('is refused with 2 and a sentence for each capability that would stay embedded', {
    timeout: TEST_MS,
  }, async () => {
    const app = start(role, SECRETS);
    expect(await app.exited).toBe(2);
    const named = app.complaint().match(/^ {2}[A-Z_]+(?=: )/gm);
    const wanted = [...APPS[role].needs, ...APPS[role].uses].map((name) => VARIABLES[name]);
    expect(named?.map((name) => name.trim()).sort()).toEqual(wanted.sort());
    expect(app.complaint()).not.toMatch(/^\s+at /m);
    expect(app.lines()).toEqual([]);
  });

  test('is refused with 2 when secrets are missing', { timeout: TEST_MS }, async () => {
    const app = start(role, {});
    expect(await app.exited).toBe(2);
    expect(app.complaint()).toContain('CLUSTER_SECRETS: ');
  });

  test('whose engines are away lives, is not ready, names each in one line, and ends on SIGTERM with 0', {
    timeout: TEST_MS,
  }, async () => {
    const port = await freePort();
    const away = `127.0.0.1:${await freePort()}`;
    const app = start(role, { ...SECRETS, ...enginesAt(away), PORT: String(port) });
    const needs = [...APPS[role].needs].sort();
    const missing = async () => {
      const response = await fetch(`http://127.0.0.1:${port}/readyz`);
      // what the waiting room answers
      const body = (await response.json()) as { missing: string[] };
      return { status: response.status, missing: body.missing.map((text) => text.split(':')[0]).sort() };
    };
    await expect.poll(missing, { timeout: 60_000 }).toEqual({ status: 503, missing: needs });
    expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200);
    const logged = app.lines().map((line): { engine?: string; msg: string } => JSON.parse(line));
    const waiting = logged.filter(({ engine, msg }) => engine !== undefined && msg.startsWith('waiting for '));
    expect(new Set(waiting.map(({ engine }) => engine))).toEqual(new Set(needs));
    expect(app.lines().join()).not.toContain(SECRETS.CLUSTER_SECRETS);
    app.child.kill('SIGTERM');
    expect(await app.exited).toBe(0);
    expect(app.complaint()).toBe('');
  });
});

const lacking = missingEngines();
describe.skipIf(lacking.length > 0 && process.env.CI !== 'true')(
  `processes on the real engines${lacking.length > 0 ? ` (skipped: set ${lacking.join(', ')})` : ''}`,
  () => {
    test('start before their engines, in any order, and serve when the last one is there', {
      timeout: TEST_MS,
    }, async () => {
      const own = await ownEngines();
      ends.push(() => own.drop());
      const { env, proxies } = await behindProxies(own);
      for (const proxy of proxies) proxy.cut();
      const apps = Object.fromEntries(ALL.map((role) => [role, start(role, { ...SECRETS, ...env })]));
      const waits = () =>
        Object.values(apps).filter((app) => app.lines().some((line) => line.includes('"msg":"waiting for '))).length;
      await expect.poll(waits, { timeout: 60_000 }).toBe(ALL.length);
      for (const proxy of proxies) {
        expect(proxy.counts.refused).toBeGreaterThan(0);
        proxy.heal();
      }
      const addresses: Record<string, string> = {};
      for (const [role, app] of Object.entries(apps)) addresses[role] = await app.listening;
      for (const address of Object.values(addresses))
        await expect.poll(() => isReady(address), { timeout: 60_000 }).toBe(true);

      const run = await runInfo(own.env, addresses);
      const client = await LegacyClient.login({
        url: `ws://${addresses.gateway}/message-push/v1/message`,
        token: await backEnd(run).token('1'),
        app: run.demo.app_id,
      });
      ends.push(() => client.terminate());
      expect((await backEnd(run).push(['1'], 'hello')).status).toBe(200);
      await client.until(() => client.messages().some(({ content }) => content === 'hello'), 20_000);

      for (const role of ['api', 'consumer', 'gateway', 'node']) {
        apps[role]?.child.kill('SIGTERM');
        expect(await apps[role]?.exited).toBe(0);
      }
    });
  },
);

/** Every engine at an address where nobody listens. */
function enginesAt(address: string): Record<string, string> {
  return {
    BUS: 'kafka',
    KAFKA_BROKERS: address,
    STATE: 'redis',
    REDIS_URL: `redis://${address}`,
    REGISTRY: 'nacos',
    NACOS_SERVERS: address,
    ARCHIVE: 'elasticsearch',
    ELASTICSEARCH_URL: `http://${address}`,
    DATABASE_URL: `postgres://push@${address}/push`,
  };
}

/** The engines that a start waits for, each behind a proxy. */
async function behindProxies({ env }: OwnEngines): Promise<{ env: Record<string, string>; proxies: TcpProxy[] }> {
  const proxies: TcpProxy[] = [];
  const through = async (target: string) => {
    const proxy = await createTcpProxy({ target });
    proxies.push(proxy);
    ends.push(() => proxy.close());
    return proxy.address;
  };
  const redis = new URL(env.REDIS_URL ?? '');
  redis.host = await through(redis.host);
  const database = new URL(env.DATABASE_URL ?? '');
  database.host = await through(database.host);
  const KAFKA_BROKERS = await through(env.KAFKA_BROKERS ?? '');
  return { env: { ...env, REDIS_URL: redis.href, DATABASE_URL: database.href, KAFKA_BROKERS }, proxies };
}

/** What a back end has to know of these processes. */
async function runInfo(env: Record<string, string>, addresses: Record<string, string>) {
  const dir = temporaryDir();
  ends.push(dir.remove);
  const config = loadConfig(databaseFields, { ...env, ...SECRETS });
  const database = await createDatabase(config, { log: createLog('test', 'silent') });
  const demo = await demoCredential(database, dir.path).finally(() => database.close());
  if (!demo) throw new Error('the demo credential was revoked');
  return { pid: 0, api: `http://${addresses.api}`, gateways: [], console: null, demo, operator: null, processes: [] };
}

async function isReady(address: string): Promise<boolean> {
  const response = await fetch(`http://${address}/readyz`);
  // of a node: 200 with what is missing
  const { missing = [] } = (await response.json()) as { missing?: string[] };
  return response.ok && missing.length === 0;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}
