// For tests: a gateway on loopback with real state and registry, apps in memory, and nodes that do only what a test tells them.
import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { APP_SETTINGS, type Database, type App as DatabaseApp, type SigningKey } from '@message-push/database';
import { ApiError, type Seq } from '@message-push/protocol';
import { createEmbeddedRegistry, type Registry } from '@message-push/registry';
import { type App, type Clock, type Log, Metrics, signAccessToken, systemClock } from '@message-push/runtime';
import { createEmbeddedState, type State } from '@message-push/state';
import { LegacyClient } from '@message-push/testkit';
import { atEnd, log, quickConfig, SECRET, secretOf, until } from './fixture-base.ts';
import { type NodeEnd, startNode } from './fixture-node.ts';
import { buildApp, type GatewayConfig } from './index.ts';

export { atEnd, log, undoAll, until } from './fixture-base.ts';
export { bound, type NodeEnd, startNode } from './fixture-node.ts';

const KEY = new Uint8Array(32).fill(7);

/** The part of the database a gateway reads, in memory; `away` makes every call reject. */
export class Apps {
  away = false;
  #apps = new Map<string, DatabaseApp>();
  #changes = 1;

  readonly database: Pick<Database, 'apps' | 'keys' | 'changes'>;

  constructor() {
    const here = <T>(answer: () => T): Promise<T> =>
      this.away ? Promise.reject(new ApiError('DATABASE_UNAVAILABLE')) : Promise.resolve(answer());
    const find = (name: string) =>
      [...this.#apps.values()].find((app) => app.id === name || app.aliases.includes(name));
    const never = () => Promise.reject(new Error('a gateway never calls this'));
    this.database = {
      apps: {
        resolve: (name) => here(() => find(name)),
        get: never,
        create: never,
        list: never,
        update: never,
        remove: never,
      },
      keys: {
        live: (app) => here(() => [{ id: 'k1', app, secret: KEY, created_at: new Date(0) } satisfies SigningKey]),
        add: never,
        remove: never,
      },
      changes: () => here(() => this.#changes),
    };
    this.set('shop', {});
  }

  set(
    id: string,
    change: { state?: DatabaseApp['state']; aliases?: string[]; settings?: Partial<DatabaseApp['settings']> },
  ) {
    const before = this.#apps.get(id);
    this.#apps.set(id, {
      id,
      name: id,
      aliases: change.aliases ?? before?.aliases ?? [],
      state: change.state ?? before?.state ?? 'live',
      settings: { ...APP_SETTINGS, ...before?.settings, ...change.settings },
      created_at: new Date(0),
    });
    this.#changes++;
  }
}

export interface Platform {
  app: App;
  url: string;
  http: string;
  id: string;
  state: State;
  registry: Registry;
  apps: Apps;
  metrics: Metrics;
  config: GatewayConfig;
}

export async function startState(clock: Clock = systemClock): Promise<State> {
  const dir = mkdtempSync(join(tmpdir(), 'gateway-test-'));
  const state = await createEmbeddedState({ dir, clock });
  atEnd(async () => {
    await state.close();
    rmSync(dir, { recursive: true, force: true });
  });
  return state;
}

export interface PlatformOptions {
  config?: Partial<GatewayConfig>;
  state?: State;
  registry?: Registry;
  apps?: Apps;
  id?: string;
  log?: Log;
  clock?: Clock;
}

export async function startGateway(options: PlatformOptions = {}): Promise<Platform> {
  const state = options.state ?? (await startState());
  const registry = options.registry ?? createEmbeddedRegistry();
  const apps = options.apps ?? new Apps();
  const metrics = new Metrics();
  const config = quickConfig(options.config);
  const id = options.id ?? 'g1';
  const app = buildApp({
    config,
    log: options.log ?? log,
    metrics,
    clock: options.clock ?? systemClock,
    id,
    incarnation: `${id}-${Math.random().toString(36).slice(2)}`,
    clusterSecrets: [secretOf(id), SECRET],
    state,
    registry,
    database: apps.database,
  });
  const address = await app.listen({ host: '127.0.0.1', port: 0 });
  await app.start();
  atEnd(() => app.stop());
  const http = `http://${address}`;
  return { app, url: `ws://${address}/message-push/v1/message`, http, id, state, registry, apps, metrics, config };
}

/** A gateway with one node, ready for clients. */
export async function startPlatform(options: PlatformOptions = {}): Promise<Platform & { node: NodeEnd }> {
  const platform = await startGateway(options);
  const node = await startNode(platform.registry, 'n1');
  await until(() => platform.app.missing().length === 0);
  return { ...platform, node };
}

export function jwt(uid: string | number, more: object = {}): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const body = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ uid, exp: Math.floor(Date.now() / 1000) + 600, ...more })}`;
  return `${body}.${createHmac('sha256', KEY).update(body).digest('base64url')}`;
}

export function accessToken(uid: string, more: object = {}): string {
  const nowS = Math.floor(Date.now() / 1000);
  return signAccessToken({ app: 'shop', uid, iat: nowS, exp: nowS + 600, jti: `j-${uid}`, ...more }, SECRET);
}

/** A logged-in client of the original's kind. */
export async function login(platform: Platform, uid: string, platformName = 'h5'): Promise<LegacyClient> {
  const client = await LegacyClient.login({ url: platform.url, token: jwt(uid), app: 'shop', platform: platformName });
  atEnd(() => client.terminate());
  return client;
}

/** A client that only connected, or was refused. */
export async function connect(platform: Platform, uid = 'u1', token = jwt(uid), app = 'shop'): Promise<LegacyClient> {
  const client = new LegacyClient({ url: platform.url, token, app });
  atEnd(() => client.terminate());
  await until(() => client.socket.readyState === client.socket.OPEN || client.refused || client.closed);
  return client;
}

export async function metric(platform: Platform, name: string): Promise<number> {
  const found = await platform.metrics.getSingleMetric(name)?.get();
  return found?.values.reduce((sum, each) => sum + each.value, 0) ?? 0;
}

/** A sequence by its offset. */
export const seqOf = (offset: number): Seq => `0001${offset.toString(16).padStart(14, '0')}0000`;
