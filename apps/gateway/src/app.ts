// A gateway as an application: built from its dependencies, listening, joined to the platform, drained, stopped.
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Database } from '@message-push/database';
import type { RingDocument } from '@message-push/protocol';
import type { Registration, Registry } from '@message-push/registry';
import {
  type App,
  type Clock,
  ConfigError,
  type ListenAt,
  type Log,
  type Metrics,
  reachableAt,
  ringSeen,
} from '@message-push/runtime';
import { followState, type State, type StateFollower } from '@message-push/state';
import type { GatewayConfig } from './config.ts';
import { Directory } from './directory.ts';
import { Gateway } from './gateway.ts';
import { createHttp, HEADERS_TIMEOUT_MS } from './http.ts';
import { Leader } from './leader.ts';
import { type GatewayMetrics, gatewayMetrics } from './metrics.ts';
import { Passport } from './passport.ts';
import { PlainUpgrades } from './plain-upgrade.ts';
import { Refusals } from './refusals.ts';
import { Revocations } from './revocations.ts';
import { RingView } from './ring-view.ts';
import { type GatewayStats, linkStats } from './stats.ts';
import { Upgrades } from './upgrade.ts';
import { Views } from './views.ts';

export interface GatewayAppDeps {
  config: GatewayConfig;
  log: Log;
  metrics: Metrics;
  clock: Clock;
  /** Stable name of this gateway. */
  id: string;
  /** Unique per process life. */
  incarnation: string;
  /** The first is used, all are accepted. */
  clusterSecrets: string[];
  state: State;
  registry: Registry;
  database: Pick<Database, 'apps' | 'keys' | 'changes'>;
  /** In [0, 1); jitters pings and dials. */
  jitter?(): number;
}

type Phase = 'built' | 'up' | 'draining' | 'stopped';

/** Sockets whose closing handshake has not ended by then are cut. */
const LAST_SOCKETS_MS = 1000;

export function buildApp(deps: GatewayAppDeps): App {
  return new GatewayApp(deps);
}

class GatewayApp implements App {
  readonly name = 'gateway';
  #deps: GatewayAppDeps;
  #phase: Phase = 'built';
  #view = new RingView();
  #revocations = new Revocations();
  #counts: GatewayMetrics;
  #gateway: Gateway;
  #ringSeen: (document: RingDocument) => void;
  #directory: Directory;
  #passport: Passport;
  #leader: Leader;
  #views: Views;
  #http: Server;
  #plain: PlainUpgrades;
  #follower: StateFollower | undefined;
  #stopWatching: (() => void) | undefined;
  #announcing: NodeJS.Timeout | undefined;
  #registration: Registration | undefined;
  #address = '';

  constructor(deps: GatewayAppDeps) {
    const { config, log, metrics, clock, state } = deps;
    if (config.allowMockUid && config.nodeEnv === 'production')
      throw new ConfigError(['ALLOW_MOCK_UID: anybody could be anybody; not with NODE_ENV=production']);
    this.#deps = deps;
    const jitter = deps.jitter ?? Math.random;
    const counts = gatewayMetrics(metrics, deps.id);
    this.#counts = counts;
    const view = this.#view;
    this.#ringSeen = ringSeen(metrics, 'gateway', deps.id, clock);
    this.#gateway = new Gateway({
      ...deps,
      counts,
      view,
      jitter,
      onNodesChanged: () => this.#onNodesChanged(),
      onLate: () => this.#leader.onLate(),
    });
    const { sessions, peers } = this.#gateway;
    this.#directory = new Directory({
      ...deps,
      onRefreshed: (known) => this.#gateway.onAppRefreshed(known),
    });
    this.#passport = new Passport({ config, clock, log, metrics: counts });
    this.#views = new Views({ ...deps, own: () => peers.opinions() });
    this.#leader = new Leader({
      id: deps.id,
      holder: `${deps.id}/${deps.incarnation}`,
      config,
      clock,
      log,
      metrics: counts,
      state,
      view,
      peers,
      views: this.#views,
      onWritten: (document) => this.#onRing(document),
    });
    const refusals = new Refusals(deps.incarnation);
    const upgrades = new Upgrades({
      ...deps,
      refusals,
      metrics: counts,
      directory: this.#directory,
      passport: this.#passport,
      revocations: this.#revocations,
      sessions,
      open: () => this.#phase === 'up',
      accept: (socket, stream, app, address, identity) => this.#gateway.accept(socket, stream, app, address, identity),
    });
    this.#http = createHttp({ metrics, log, refusals, missing: () => this.missing() });
    this.#http.on('upgrade', (request, stream, head) => upgrades.handle(request, stream, head));
    this.#plain = new PlainUpgrades(this.#http, (request, stream, head) => upgrades.handle(request, stream, head));
  }

  async listen(at: ListenAt): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      this.#http.once('error', reject);
      this.#http.listen(at.port, at.host, () => {
        this.#http.off('error', reject);
        resolve();
      });
    });
    // A server that listens on a TCP port has an AddressInfo.
    this.#address = reachableAt(at, (this.#http.address() as AddressInfo).port);
    return this.#address;
  }

  async start(): Promise<void> {
    const { registry, state, config, clock, log, id, incarnation } = this.#deps;
    this.#directory.start();
    this.#gateway.start();
    this.#stopWatching = registry.watch('node', (list) => {
      this.#gateway.peers.setRegistered(list);
      this.#leader.nudge();
    });
    this.#follower = followState(state, {
      clock,
      log,
      everyMs: config.gatewayFollowMs,
      onRing: (document) => this.#onRing(document),
      onRevocations: (list) => this.#onRevocations(list),
    });
    this.#views.start();
    this.#leader.start();
    this.#registration = {
      role: 'gateway',
      id,
      incarnation,
      address: this.#address,
      weight: 1,
      metadata: {},
    };
    await registry.register(this.#registration).catch((cause: unknown) => {
      log.warn({ err: cause }, 'the registry does not know this gateway: it serves all the same');
    });
    this.#announcing = setInterval(() => this.#lookAfter(), config.gatewayAnnounceMs);
    this.#phase = 'up';
    this.#announce();
    log.info({ address: this.#address }, 'gateway serves');
  }

  async stop(): Promise<void> {
    if (this.#phase === 'stopped') return;
    const started = this.#phase === 'up';
    this.#phase = 'draining';
    this.#stopWatching?.();
    if (started) {
      if (this.#registration !== undefined)
        await this.#deps.registry.deregister(this.#registration).catch(() => undefined);
      await this.#gateway.drain();
    }
    await this.#leader.stop();
    await this.#views.stop();
    this.#follower?.stop();
    this.#directory.stop();
    clearInterval(this.#announcing);
    await this.#gateway.stop();
    await this.#closeHttp();
    await this.#passport.close();
    this.#phase = 'stopped';
  }

  missing(): string[] {
    if (this.#phase === 'draining' || this.#phase === 'stopped') return ['this gateway is going away'];
    if (this.#phase === 'built') return ['not started'];
    const missing: string[] = [];
    if (this.#view.version === 0) missing.push('no ring yet');
    if (this.#gateway.peers.openLinks === 0) missing.push('no link to a node');
    return missing;
  }

  #onRing(document: RingDocument): void {
    if (!this.#view.take(document)) return;
    this.#gateway.onRingChanged();
    this.#ringSeen(document);
    this.#views.look();
  }

  #onNodesChanged(): void {
    this.#views.look();
    this.#leader.nudge();
  }

  #onRevocations(list: Parameters<Gateway['onRevocations']>[0]): void {
    const nowS = this.#deps.clock.now() / 1000;
    for (const each of list) {
      const { revocation } = each;
      this.#revocations.add(each, nowS);
      if (revocation.kind === 'app') void this.#directory.refresh(revocation.app);
      if (revocation.kind === 'user') this.#passport.forget();
    }
    this.#gateway.onRevocations(list, (app) => this.#directory.byId(app));
  }

  #lookAfter(): void {
    this.#plain.sweep(performance.now() - HEADERS_TIMEOUT_MS);
    this.#counts.apps.set(this.#directory.size);
    this.#announce();
  }

  #announce(): void {
    const { state, config, id } = this.#deps;
    // A gateway that state does not hear of is missing on the console and nowhere else.
    state.announce('gateway', id, config.gatewayAnnounceMs * 3, JSON.stringify(this.#stats())).catch(() => undefined);
  }

  #stats(): GatewayStats {
    const { sessions, peers, unsettled } = this.#gateway;
    const stats: GatewayStats = {
      id: this.#deps.id,
      incarnation: this.#deps.incarnation,
      address: this.#address,
      state: this.#phase === 'up' ? 'up' : 'draining',
      sockets: sessions.size,
      sessions: sessions.loggedIn,
      unsettled,
      ring_version: this.#view.version,
      leads_ring: this.#leader.leads,
      links: [...peers.values()].map((peer) => linkStats(peer, this.#deps.clock.now())),
      rss_bytes: process.memoryUsage.rss(),
    };
    if (this.#leader.frozen !== '') stats.ring_frozen = this.#leader.frozen;
    return stats;
  }

  async #closeHttp(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#http.close(() => resolve()));
    this.#http.closeIdleConnections();
    this.#plain.sweep(Number.POSITIVE_INFINITY);
    const cut = setTimeout(() => {
      this.#gateway.cut();
      this.#http.closeAllConnections();
    }, LAST_SOCKETS_MS);
    await closed;
    clearTimeout(cut);
  }
}
