// For tests: a gateway on loopback with real state and registry, apps in memory, and nodes that do only what a test tells them.
import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { APP_SETTINGS, type Database, type App as DatabaseApp, type SigningKey } from '@message-push/database';
import { createLinkServer, type Link, LinkError, type LinkServer } from '@message-push/link';
import { ApiError, type BindFrame, type LinkFrame, SEQ_ZERO, type Seq } from '@message-push/protocol';
import { createEmbeddedRegistry, type Registration, type Registry } from '@message-push/registry';
import {
  type App,
  createLog,
  type Log,
  loadConfig,
  Metrics,
  signAccessToken,
  systemClock,
} from '@message-push/runtime';
import { createEmbeddedState, type State } from '@message-push/state';
import { LegacyClient } from '@message-push/testkit';
import { buildApp, type GatewayConfig, gatewayFields } from './index.ts';

export const SECRET = 'cluster secret of the tests';
export const log = createLog('test', 'silent');
const KEY = new Uint8Array(32).fill(7);

/** Config that makes tests quick; limits stay as in production. */
const QUICK: Partial<GatewayConfig> = {
  gatewayTickMs: 10,
  gatewayFollowMs: 20,
  gatewayAppsPollMs: 20,
  gatewayLeaderMs: 20,
  gatewayAnnounceMs: 50,
  linkRetryMinMs: 5,
  linkRetryMaxMs: 40,
  linkPingMs: 50,
  gatewayDrainMs: 0,
};

export function quickConfig(more: Partial<GatewayConfig> = {}): GatewayConfig {
  return { ...loadConfig(gatewayFields, {}), ...QUICK, ...more };
}

/** What a test must undo, last first. */
const undo: (() => Promise<void> | void)[] = [];
export function atEnd(step: () => Promise<void> | void): void {
  undo.push(step);
}
export async function undoAll(): Promise<void> {
  for (const step of undo.splice(0).reverse()) await step();
}

export async function until(what: () => unknown, timeoutMs = 8000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await what())) {
    if (Date.now() > deadline) throw new Error(`did not come true: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

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
      apps: { resolve: (name) => here(() => find(name)), get: never, create: never, list: never, update: never },
      keys: {
        live: (app) => here(() => [{ id: 'k1', app, secret: KEY } satisfies SigningKey]),
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

export async function startState(): Promise<State> {
  const dir = mkdtempSync(join(tmpdir(), 'gateway-test-'));
  const state = await createEmbeddedState({ dir, clock: systemClock });
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
    clock: systemClock,
    id,
    incarnation: `${id}-${Math.random().toString(36).slice(2)}`,
    clusterSecrets: [SECRET],
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

/** A node's end of the link: records what it hears, answers BIND with BOUND unless told otherwise. */
export interface NodeEnd {
  id: string;
  registration: Registration;
  frames: LinkFrame[];
  binds: BindFrame[];
  links: Link[];
  server: LinkServer;
  /** Replaces the answer to a BIND; undefined = none. */
  answer: (frame: BindFrame) => LinkFrame | undefined;
  down(target: BindFrame, content: string, seq?: Seq, online?: boolean): void;
  /** As kill -9: the port is closed and the links are cut. */
  kill(): Promise<void>;
}

export const bound = (frame: BindFrame): LinkFrame => ({
  type: 'bound',
  session: frame.session,
  bind: frame.bind,
  start: frame.enqueued,
  resumed: true,
  attached: true,
});

export async function startNode(
  registry: Registry,
  id: string,
  more: { incarnation?: string; port?: number; register?: boolean } = {},
): Promise<NodeEnd> {
  const http = createServer((_, response) => response.writeHead(404).end());
  const incarnation = more.incarnation ?? `${id}-${Math.random().toString(36).slice(2)}`;
  const frames: LinkFrame[] = [];
  const binds: BindFrame[] = [];
  const links: Link[] = [];
  const server = createLinkServer({
    server: http,
    self: { role: 'node', id, incarnation, load: () => 0, ringVersion: () => 0 },
    clusterSecrets: [SECRET],
    config: quickConfig(),
    clock: systemClock,
    log,
    metrics: new Metrics(),
    events: {
      onOpen: (link) => void links.push(link),
      onFrame(link, frame) {
        frames.push(frame);
        if (frame.type !== 'bind') return;
        binds.push(frame);
        const answer = node.answer(frame);
        if (answer !== undefined) link.send(answer);
      },
      onClose: (link) => void links.splice(links.indexOf(link), 1),
    },
  });
  await new Promise<void>((resolve) => http.listen(more.port ?? 0, '127.0.0.1', resolve));
  // Listening on an address gives an AddressInfo.
  const address = `127.0.0.1:${(http.address() as AddressInfo).port}`;
  const registration: Registration = { role: 'node', id, incarnation, address, weight: 1, metadata: { state: 'up' } };
  let dead = false;
  const kill = async () => {
    if (dead) return;
    dead = true;
    const closed = new Promise((resolve) => http.close(resolve));
    for (const link of [...links]) link.drop(new LinkError('closed', 'killed'));
    await server.close();
    http.closeAllConnections();
    await closed;
  };
  const node: NodeEnd = {
    id,
    registration,
    frames,
    binds,
    links,
    server,
    answer: bound,
    down({ session, bind: number }, content, seq = SEQ_ZERO, online = false) {
      const text = `{"cmd":"RESPONSE","type":"MESSAGE","data":{"content":${JSON.stringify(content)}}}`;
      const targets = Uint32Array.of(session, number);
      for (const link of links) link.send({ type: 'down', seq, online, targets, bytes: Buffer.from(text) });
    },
    kill,
  };
  if (more.register !== false) await registry.register(registration);
  atEnd(kill);
  return node;
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
