// State on Redis: what every process of a cluster shares. Lua scripts carry out each call; nothing is sent a second time by itself.
import { readFileSync } from 'node:fs';
import { INBOX_LIMITS, type InboxLimits } from '@message-push/delivery';
import { type Clock, ConfigError, counter, histogram, type Log, type Metrics } from '@message-push/runtime';
import { STATE_LIMITS } from '../config.ts';
import type { State } from '../index.ts';
import { type Address, addressOf } from './address.ts';
import { agreementsOf, ringOf } from './agreements.ts';
import { ClusterRoutes } from './cluster.ts';
import { redisInboxes } from './inboxes.ts';
import { keysOf } from './keys.ts';
import { Lane } from './lane.ts';
import { type Routes, SingleRoute } from './routes.ts';
import { loadScripts, type Scripts } from './scripts.ts';
import { RedisStore } from './store.ts';

export interface RedisStateOptions {
  /** redis:// or rediss://; of a Redis Cluster one or more of its nodes. */
  urls: string[];
  cluster: boolean;
  prefix: string;
  timeoutMs: number;
  callsMax: number;
  lossWindowMs: number;
  sharedReceiversMin: number;
  /** Certificates (PEM) to trust instead of the system's. */
  caFile?: string | undefined;
  clock: Clock;
  inboxLimits?: Partial<InboxLimits>;
  limits?: Partial<typeof STATE_LIMITS>;
  metrics?: Metrics | undefined;
  log?: Log | undefined;
}

const SECONDS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 5];

/**
 * Resolves when the first attempt to connect has succeeded or failed; a Redis that is away is tried again for ever. Rejects with
 * ConfigError when the server was reached and must not be used.
 */
export async function createRedisState(options: RedisStateOptions): Promise<State> {
  const { clock, metrics, lossWindowMs } = options;
  const limits = { ...STATE_LIMITS, ...options.limits };
  const scripts = loadScripts({ ...INBOX_LIMITS, ...options.inboxLimits, keepMs: limits.keepMs });
  let connections = 0;
  const opened =
    metrics && counter(metrics, 'mp_state_connections_total', 'Connections to a master that came into use');
  const routes = routesOf(options, scripts, () => {
    connections += 1;
    opened?.inc();
  });
  const store = new RedisStore(routes, scripts, options.prefix);
  await routes.firstOutcome();
  const refusal = routes.refusal();
  if (refusal !== undefined) {
    await routes.close();
    throw new ConfigError([refusal]);
  }
  const parts = {
    inboxes: redisInboxes(store, options),
    ring: ringOf(store, { historyMax: limits.ringHistoryMax }),
    ...agreementsOf(store, { clock, ...limits }),
    ...keysOf(store, { clock, ...limits }),
  };
  return { ...parts, lossWindowMs, connection: () => connections, close: () => store.close() };
}

function routesOf(options: RedisStateOptions, scripts: Scripts, onOpen: () => void): Routes {
  const { urls, cluster, timeoutMs, callsMax, log, metrics } = options;
  const ca = options.caFile === undefined ? undefined : certificatesOf(options.caFile);
  const addresses = urls.map((url) => addressOf(url, ca));
  const lua = Object.values(scripts).flatMap(({ lua, many }) => (many === undefined ? [lua] : [lua, many.lua]));
  const lane = (connect: Address, onMoved: () => void) =>
    new Lane({ connect, timeoutMs, callsMax, scripts: lua, cluster, log, seconds, onOpen, onMoved });
  const seconds =
    metrics && histogram(metrics, 'mp_state_batch_seconds', 'Batches of calls that Redis answered.', SECONDS);
  const [first] = addresses;
  if (first === undefined) throw new ConfigError(['REDIS_URL: name the Redis server']);
  return cluster
    ? new ClusterRoutes({ seeds: addresses, timeoutMs, log, lane })
    : new SingleRoute(lane(first, () => undefined));
}

function certificatesOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new ConfigError([`REDIS_CA_FILE: ${cause instanceof Error ? cause.message : cause}`]);
  }
}
