// A node: owns the sessions that gateways bind here, sends, replays and filters, and reports what became of each message.
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Bus } from '@message-push/bus';
import {
  ApiError,
  EMPTY_RING,
  type InnerDisconnectAnswer,
  type InnerDisconnectRequest,
  type InnerPushAnswer,
  type InnerPushRequest,
  type NodeStats,
  type RingDocument,
  type SeriesRange,
  type SeriesSamples,
  type SessionInfo,
} from '@message-push/protocol';
import type { Registry } from '@message-push/registry';
import {
  type App,
  type Clock,
  type ListenAt,
  type Log,
  type Metrics,
  reachableAt,
  ringSeen,
} from '@message-push/runtime';
import { followState, type State, type StateFollower } from '@message-push/state';
import type { NodeConfig } from './config.ts';
import { createInnerServer, type Inner } from './http.ts';
import { buildParts, type Parts } from './parts.ts';
import { Series } from './series.ts';

export interface NodeDeps {
  config: NodeConfig;
  log: Log;
  metrics: Metrics;
  clock: Clock;
  /** Key on the ring; default NODE_RING_KEY, else the address. */
  id?: string;
  /** Of this process life. */
  incarnation: string;
  /** Any is accepted. */
  clusterSecrets: string[];
  state: State;
  registry: Registry;
  bus: Bus;
  /** In [0, 1): spreads what many nodes do at the same time. Default Math.random. */
  jitter?: () => number;
}

/** State's connection, late binds and gauges are looked at this often. */
const TICK_MS = 250;
const LOOP_RESOLUTION_MS = 50;
const DRAIN_LOOK_MS = 20;

export function buildApp(deps: NodeDeps): App {
  return new NodeApp(deps);
}

class NodeApp implements App, Inner {
  readonly name = 'node';
  readonly #deps: NodeDeps;
  readonly #jitter: () => number;
  readonly #server: Server;
  readonly #startedAt: number;
  readonly #loop = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS });
  readonly #series = new Series();
  /** Since when it empties itself, and whom it had then. */
  #draining: NodeStats['drain'];
  #parts: Parts | undefined;
  #follower: StateFollower | undefined;
  #connection = 0;
  #recordAt = 0;
  #tick: NodeJS.Timeout | undefined;

  constructor(deps: NodeDeps) {
    this.#deps = deps;
    this.#jitter = deps.jitter ?? Math.random;
    this.#startedAt = deps.clock.now();
    this.#server = createInnerServer({
      inner: this,
      clusterSecrets: deps.clusterSecrets,
      bodyBytesMax: deps.config.nodeBodyBytesMax,
      metrics: deps.metrics,
      log: deps.log,
      missing: () => this.missing(),
    });
  }

  async listen(at: ListenAt): Promise<string> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#server.once('error', reject).listen(at.port, at.host, resolve);
    await promise;
    this.#server.off('error', reject);
    // A TCP server that listens has an address of this form.
    const address = reachableAt(at, (this.#server.address() as AddressInfo).port);
    this.#parts = buildParts(this.#deps, {
      server: this.#server,
      address,
      jitter: this.#jitter,
      ring: () => this.#ring(),
      onRejoin: () => this.#leaveLinks(),
    });
    return address;
  }

  async start(): Promise<void> {
    const { membership, id } = this.#served();
    const { state, clock, log, metrics } = this.#deps;
    this.#connection = state.connection();
    this.#recordLater();
    const seen = ringSeen(metrics, 'node', id, clock);
    const onRing = (ring: RingDocument) => {
      membership.onRing(ring);
      seen(ring);
    };
    this.#follower = followState(state, { clock, log, onRing });
    this.#tick = setInterval(() => this.#onTick(), TICK_MS);
    this.#loop.enable();
    membership.announce('up');
  }

  missing(): string[] {
    if (this.#parts === undefined || this.#follower === undefined) return ['the node has not started'];
    const { membership } = this.#parts;
    return membership.state === 'draining' ? ['the node is draining'] : membership.missing();
  }

  /** Takes no more sessions and waits, for a bounded time, until the gateways have moved those that are here. */
  async stop(): Promise<void> {
    const parts = this.#parts;
    if (parts !== undefined && this.#follower !== undefined) await this.#empty(parts);
    clearInterval(this.#tick);
    this.#follower?.stop();
    this.#loop.disable();
    if (parts !== undefined) await this.#close(parts);
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  push(request: InnerPushRequest): InnerPushAnswer {
    const { membership, deliverer, metrics } = this.#served();
    if (request.incarnation !== membership.incarnation) throw new ApiError('WRONG_INCARNATION');
    const stop = metrics.postSeconds.startTimer();
    const outcomes = deliverer.push(request);
    stop();
    return { outcomes };
  }

  disconnect(request: InnerDisconnectRequest): InnerDisconnectAnswer {
    return this.#served().links.disconnect(request);
  }

  drain(undo: boolean): NodeStats {
    this.#drain(undo ? 'up' : 'draining');
    return this.stats();
  }

  stats(): NodeStats {
    const { id, hub, membership, linkServer, metrics } = this.#served();
    return {
      id,
      incarnation: membership.incarnation,
      state: membership.state,
      sessions: hub.sessions,
      uids: hub.uids,
      links: linkServer.links.size,
      ring_version: this.#ring().version,
      deliveries_total: metrics.totals.deliveries,
      catch_ups_total: metrics.totals.catchUps,
      rss_bytes: process.memoryUsage.rss(),
      event_loop_p99_ms: this.#series.eventLoopP99Ms,
      uptime_s: (this.#deps.clock.now() - this.#startedAt) / 1000,
      deliveries_per_s: this.#series.deliveriesPerS,
      ...(this.#draining !== undefined && { drain: this.#draining }),
    };
  }

  series(range: SeriesRange): SeriesSamples {
    return this.#series.read(range);
  }

  sessions(app: string, uid: string): SessionInfo[] {
    const { hub, id } = this.#served();
    return hub.list(app, uid).map((session) => {
      const { session_id, platform, since, device, gateway } = session;
      const info: SessionInfo = { session_id, gateway: gateway.link.peer.id, node: id, platform, since };
      return device === undefined ? info : { ...info, device_id: device };
    });
  }

  #served(): Parts {
    if (this.#parts === undefined) throw new ApiError('DRAINING');
    return this.#parts;
  }

  #ring(): RingDocument {
    return this.#follower?.ring() ?? EMPTY_RING;
  }

  #drain(to: 'up' | 'draining'): void {
    const { links, membership, hub } = this.#served();
    if (membership.state === to) return;
    this.#deps.log.info({ state: to, sessions: hub.sessions }, 'the node changes its state');
    links.draining = to === 'draining';
    this.#draining = to === 'draining' ? { since: this.#deps.clock.now(), uids_at_start: hub.uids } : undefined;
    membership.announce(to);
  }

  async #empty({ hub, metrics }: Parts): Promise<void> {
    const { config, log, clock } = this.#deps;
    this.#drain('draining');
    const until = clock.now() + config.nodeDrainTimeoutMs;
    while (hub.sessions > 0 && clock.now() < until) await new Promise((resolve) => setTimeout(resolve, DRAIN_LOOK_MS));
    metrics.sessions.set(hub.sessions);
    if (hub.sessions > 0)
      log.warn({ sessions: hub.sessions }, 'stopping with sessions: their gateways bind them elsewhere');
  }

  /** Links first: what they say last still moves cursors and makes receipts. */
  async #close({ linkServer, membership, replay, positions, binds, receipts }: Parts): Promise<void> {
    await membership.leave();
    await linkServer.close();
    replay.stop();
    await positions.flush();
    await binds.stop();
    positions.stop();
    await receipts.stop();
  }

  #leaveLinks(): void {
    const { linkServer, metrics } = this.#served();
    metrics.rejoins.inc();
    for (const link of [...linkServer.links]) link.close();
  }

  #onTick(): void {
    const { hub, rooms, binds, replay, metrics } = this.#served();
    const { state, clock, config } = this.#deps;
    if (this.#series.isDue(clock.now())) this.#sample();
    metrics.sessions.set(hub.sessions);
    metrics.uids.set(hub.uids);
    metrics.unwritten.set(rooms.unwrittenBytes);
    metrics.unattached.set(binds.unattached());
    binds.answerLate(config.nodeBindTimeoutMs);
    const connection = state.connection();
    const renewed = connection !== this.#connection;
    if (!renewed && clock.now() < this.#recordAt) return;
    this.#connection = connection;
    this.#recordLater();
    binds.recordAll(renewed);
    replay.retry();
  }

  #sample(): void {
    const { hub, metrics } = this.#served();
    this.#series.add(this.#deps.clock.now(), {
      sessions: hub.sessions,
      uids: hub.uids,
      deliveries: metrics.totals.deliveries,
      event_loop_p99_ms: Math.max(0, this.#loop.percentile(99) / 1e6 - LOOP_RESOLUTION_MS),
      rss_bytes: process.memoryUsage.rss(),
    });
    this.#loop.reset();
  }

  /** Spread, so that many nodes do not ask state at the same moment. */
  #recordLater(): void {
    const { clock, config } = this.#deps;
    this.#recordAt = clock.now() + config.nodeRecordIntervalMs * (0.75 + this.#jitter() / 2);
  }
}
