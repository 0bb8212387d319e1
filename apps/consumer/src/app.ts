// A consumer: its delivery group carries pushes to inboxes and nodes, its history group carries facts to the archive.
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Archive, ArchiveConfig } from '@message-push/archive';
import type { Bus, Lag } from '@message-push/bus';
import type { MessageId, RingDocument } from '@message-push/protocol';
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
import { Appends } from './appends.ts';
import type { ConsumerConfig } from './config.ts';
import { DeadLetters } from './dead-letters.ts';
import { DeliveryGroup } from './delivery-group.ts';
import { History } from './history.ts';
import { createHealthServer } from './http.ts';
import { LogBook } from './log-book.ts';
import { type ConsumerMetrics, consumerMetrics } from './metrics.ts';
import { NodeClient } from './node-client.ts';
import { Posts } from './posts.ts';
import { Recalls } from './recalls.ts';
import { Receipts } from './receipts.ts';
import { startRetention } from './retention.ts';
import { Retry } from './retry.ts';
import { Router } from './router.ts';
import { type ConsumerStats, HOLDS_MS, TELL_EVERY_MS } from './stats.ts';

export interface ConsumerDeps {
  config: ConsumerConfig & Pick<ArchiveConfig, 'archiveRetentionDays'>;
  log: Log;
  metrics: Metrics;
  clock: Clock;
  id: string;
  /** Of this process life. */
  incarnation: string;
  /** The first is sent. */
  clusterSecrets: string[];
  bus: Bus;
  state: State;
  archive: Archive;
  /** In [0, 1): spreads retries. Default Math.random. */
  jitter?: () => number;
}

const TICK_MS = 250;
/** How far the groups are behind is asked this often. */
const LAG_EVERY_MS = 2000;

export function buildApp(deps: ConsumerDeps): App {
  return new ConsumerApp(deps);
}

class ConsumerApp implements App {
  readonly name = 'consumer';
  readonly #deps: ConsumerDeps;
  readonly #metrics: ConsumerMetrics;
  readonly #server: Server;
  readonly #retry: Retry;
  readonly #nodes: NodeClient;
  readonly #posts: Posts;
  readonly #ringSeen: (ring: RingDocument) => void;
  readonly #receipts: Receipts;
  readonly #book: LogBook;
  readonly #delivery: DeliveryGroup;
  readonly #history: History;
  readonly #recalls: Recalls;
  /** Resolved when state has answered once, or nobody waits for it any more. */
  readonly #heard = Promise.withResolvers<void>();
  #follower: StateFollower | undefined;
  #started: Promise<void> | undefined;
  #serving = false;
  #tick: NodeJS.Timeout | undefined;
  #lagAt = 0;
  #tellAt = 0;
  #stopRetention: (() => void) | undefined;

  constructor(deps: ConsumerDeps) {
    const { config, log, clock, bus, state, archive, id, clusterSecrets } = deps;
    const metrics = consumerMetrics(deps.metrics, id);
    const { consumerRetryMinMs: minMs, consumerRetryMaxMs: maxMs } = config;
    const retry = new Retry({ minMs, maxMs, log, jitter: deps.jitter ?? Math.random });
    const nodes = new NodeClient(config, clusterSecrets);
    const receipts = new Receipts({ bus, config, metrics, retry });
    const book = new LogBook({ bus, state, clock, log });
    const letters = new DeadLetters({ bus, metrics, clock, log });
    const ring = { ring: () => this.#ring().ring(), refresh: () => this.#ring().refresh() };
    const { inboxes } = state;
    const isRecalled = (messageId: MessageId) => this.#recalls.has(messageId);
    this.#recalls = new Recalls(config.consumerRecallsMax);
    const posts = new Posts({ id, nodes, ring, inboxes, isRecalled, config, metrics, retry, log });
    const router = new Router({ posts, receipts, metrics, clock });
    const appends = new Appends({ inboxes, callsMax: config.consumerAppendsMax, metrics, log });
    this.#deps = deps;
    this.#metrics = metrics;
    this.#retry = retry;
    this.#nodes = nodes;
    this.#posts = posts;
    this.#ringSeen = ringSeen(deps.metrics, 'consumer', id, clock);
    this.#receipts = receipts;
    this.#book = book;
    const parts = { appends, router, letters, retry, book, isRecalled };
    this.#delivery = new DeliveryGroup({ bus, state, ...parts, config, metrics, clock, log });
    this.#history = new History({ bus, archive, config, metrics, log, openLog: (busId) => book.open(busId) });
    this.#server = createHealthServer({ metrics: deps.metrics, missing: () => this.missing() });
  }

  async listen(at: ListenAt): Promise<string> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#server.once('error', reject).listen(at.port, at.host, resolve);
    await promise;
    this.#server.off('error', reject);
    // A TCP server that listens has an address of this form.
    return reachableAt(at, (this.#server.address() as AddressInfo).port);
  }

  /** Waits for bus and state; what it waits for is in the log. */
  async start(): Promise<void> {
    const { state, clock, log } = this.#deps;
    this.#follower = followState(state, {
      clock,
      log,
      onRing: (ring) => this.#onRing(ring),
      onRevocations: (list) => this.#recalls.add(list),
      onPolled: () => this.#heard.resolve(),
    });
    this.#tick = setInterval(() => this.#onTick(), TICK_MS);
    this.#started = this.#join();
    await this.#started;
  }

  async #join(): Promise<void> {
    // What was recalled before the first record is read must be known by then.
    await this.#heard.promise;
    if (this.#retry.stopped) return;
    const steps = [
      () => this.#book.open(),
      () => this.#delivery.start(),
      () => this.#history.start('pushes'),
      () => this.#history.start('receipts'),
    ];
    for (const step of steps) {
      const done = await this.#retry.until(step, 'the groups are not joined: bus or state is away');
      if (!done) return;
    }
    const { archive, clock, log, config } = this.#deps;
    this.#stopRetention = startRetention({ archive, clock, log, days: config.archiveRetentionDays });
    this.#serving = true;
  }

  missing(): string[] {
    return this.#serving ? [] : ['the bus is not read yet'];
  }

  /** Ends what was read within its time; what is not settled by then comes again to the next member. */
  async stop(): Promise<void> {
    clearInterval(this.#tick);
    this.#stopRetention?.();
    if (!this.#serving) this.#retry.stop();
    this.#heard.resolve();
    await this.#started;
    this.#serving = false;
    const { promise: over, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(() => {
      this.#retry.stop();
      resolve();
    }, this.#deps.config.consumerStopTimeoutMs);
    await this.#delivery.stop(over);
    clearTimeout(timer);
    this.#retry.stop();
    await this.#receipts.flush();
    await this.#history.stop();
    this.#follower?.stop();
    await this.#nodes.close();
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #ring(): StateFollower {
    if (this.#follower === undefined) throw new Error('the consumer has not started');
    return this.#follower;
  }

  #onRing(ring: RingDocument): void {
    this.#posts.onRing(ring);
    this.#nodes.keep(new Set(ring.nodes.map(({ address }) => address)));
    this.#ringSeen(ring);
  }

  #onTick(): void {
    const { clock, log } = this.#deps;
    this.#delivery.tick();
    void this.#book.tell();
    const now = clock.now();
    const { paused, bytes, oldest, waiting } = this.#delivery.status();
    const since = (at: number | undefined) => (at === undefined ? 0 : Math.max(0, now - at));
    this.#tell({ waiting_ms: since(waiting), read_bytes: bytes }, now);
    this.#metrics.unsettled.set(this.#delivery.unsettled);
    this.#metrics.paused.set(paused);
    this.#metrics.recalls.set(this.#recalls.size);
    this.#metrics.readBytes.set(bytes);
    this.#metrics.oldestMs.set(since(oldest));
    this.#metrics.waitingMs.set(since(waiting));
    if (now - this.#lagAt < LAG_EVERY_MS) return;
    this.#lagAt = now;
    this.#measureLag().catch((cause: unknown) => log.debug({ err: cause }, 'the lag is not known: the bus is away'));
  }

  #tell(stats: Pick<ConsumerStats, 'waiting_ms' | 'read_bytes'>, now: number): void {
    if (!this.#serving || now < this.#tellAt) return;
    this.#tellAt = now + TELL_EVERY_MS;
    const { state, id, log } = this.#deps;
    const told: ConsumerStats = { id, ...stats, unsettled: this.#delivery.unsettled };
    state
      .announce('consumer', id, HOLDS_MS, JSON.stringify(told))
      .catch((cause: unknown) => log.debug({ err: cause }, 'not announced: state is away'));
  }

  async #measureLag(): Promise<void> {
    const { bus } = this.#deps;
    const [delivery, pushes, receipts] = await Promise.all([
      bus.lag('delivery', 'pushes'),
      bus.lag('history', 'pushes'),
      bus.lag('history', 'receipts'),
    ]);
    this.#metrics.deliveryLag.set(recordsOf(delivery));
    this.#metrics.historyLag.set(recordsOf(pushes) + recordsOf(receipts));
  }
}

function recordsOf(lag: Lag[]): number {
  return lag.reduce((sum, { committed, end }) => sum + Math.max(0, end - committed), 0);
}
