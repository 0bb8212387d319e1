// The whole platform in one process: the embedded capabilities, one api, one gateway, one consumer, two nodes.
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { apiFields, buildApp as buildApi } from '@message-push/api';
import { type Archive, archiveFields, createArchive } from '@message-push/archive';
import { type Bus, busFields, createBus } from '@message-push/bus';
import { buildApp as buildConsumer, consumerFields } from '@message-push/consumer';
import { createDatabase, type Database, databaseFields, loadOrMakePepper } from '@message-push/database';
import { buildApp as buildGateway, gatewayFields } from '@message-push/gateway';
import { buildApp as buildNode, nodeFields } from '@message-push/node';
import { createRegistry, type Registry, registryFields } from '@message-push/registry';
import { type App, type Config, type Log, type Metrics, processMetrics, systemClock } from '@message-push/runtime';
import { createState, type State, stateFields } from '@message-push/state';
import { standaloneFields } from './config.ts';
import { keptSecret } from './data-dir.ts';

export const platformFields = {
  ...standaloneFields,
  ...apiFields,
  ...gatewayFields,
  ...nodeFields,
  ...consumerFields,
  ...busFields,
  ...registryFields,
  ...stateFields,
  ...archiveFields,
  ...databaseFields,
};
export type PlatformConfig = Config<typeof platformFields>;

/** The stores, open. */
export interface Stores {
  bus: Bus;
  state: State;
  archive: Archive;
  database: Database;
  registry: Registry;
}

/** One running application. */
export interface Running {
  role: 'api' | 'gateway' | 'consumer' | 'node';
  id: string;
  address: string;
  app: App;
}

const NODES = ['node-1', 'node-2'];
const SHARED_POLL_MS = 400;

/** Opens everything below `dataDir`, all at once. */
export async function openStores(config: PlatformConfig, dataDir: string, log: Log, metrics: Metrics): Promise<Stores> {
  const at = { dir: dataDir, clock: systemClock, log, metrics };
  const peppers = config.peppers ?? loadOrMakePepper(join(dataDir, 'pepper'));
  const [bus, state, archive, database, registry] = await Promise.all([
    createBus(config, at),
    createState(config, at),
    createArchive(config, at),
    createDatabase({ ...config, peppers }, at),
    createRegistry(config, at),
  ]);
  return { bus, state, archive, database: pollShared(database), registry };
}

/** The api and the gateway of one process share a poll; its answer is at most 0.4 s old. */
function pollShared(database: Database): Database {
  let answer: Promise<number> | undefined;
  let askedAt = 0;
  return {
    ...database,
    changes() {
      const now = systemClock.now();
      if (answer === undefined || now - askedAt >= SHARED_POLL_MS) {
        askedAt = now;
        answer = database.changes();
      }
      return answer;
    },
  };
}

export async function closeStores({ bus, state, archive, database, registry }: Stores): Promise<void> {
  await Promise.allSettled([bus.close(), state.close(), archive.close(), database.close(), registry.close()]);
}

/** Builds, binds and starts every application; nodes first, so that the ring has members when the gateway elects itself. */
export async function startApps(
  config: PlatformConfig,
  dataDir: string,
  stores: Stores,
  log: Log,
  metrics: Metrics,
  ports: { api: number; gateway: number },
): Promise<Running[]> {
  const clusterSecrets = [keptSecret(join(dataDir, 'cluster-secret.json'))];
  const common = {
    config,
    metrics,
    clock: systemClock,
    clusterSecrets,
    random: (size: number) => randomBytes(size),
    ...stores,
  };
  const deps = (id: string) => ({ ...common, id, incarnation: randomBytes(8).toString('hex'), log: log.child({ id }) });
  const running: Running[] = [];
  const launch = async (role: Running['role'], id: string, app: App, port: number) => {
    const { host } = config;
    // Everybody is in this process: a wildcard reaches it too.
    const address = await app.listen({ host, port, advertise: host.includes(':') ? `[${host}]` : host });
    running.push({ role, id, address, app });
  };
  processMetrics(metrics);
  for (const id of NODES) await launch('node', id, buildNode(deps(id)), 0);
  await launch('gateway', 'gateway-1', buildGateway(deps('gateway-1')), ports.gateway);
  await launch('consumer', 'consumer-1', buildConsumer(deps('consumer-1')), 0);
  await launch(
    'api',
    'api-1',
    buildApi({ ...deps('api-1'), config: behindConsole(config), random: randomBytes, engineKinds: kindsOf(config) }),
    ports.api,
  );
  await Promise.all(running.map(({ app }) => app.start()));
  return running;
}

/** What each engine is, for the health report. */
function kindsOf({ bus, state, archive, registry, databaseUrl }: PlatformConfig) {
  return { bus, state, archive, registry, database: databaseUrl === undefined ? 'embedded' : 'postgresql' };
}

/** The console's process hands calls on from this machine: what it says of the caller's address is believed. */
function behindConsole(config: PlatformConfig): PlatformConfig {
  return { ...config, trustedProxies: [...config.trustedProxies, '127.0.0.1'] };
}

/** Stops in the direction of the data, so that what was taken in is still carried on. */
export async function stopApps(running: Running[]): Promise<void> {
  for (const role of ['api', 'gateway', 'consumer', 'node']) {
    await Promise.all(running.filter((one) => one.role === role).map(({ app }) => app.stop()));
  }
}
