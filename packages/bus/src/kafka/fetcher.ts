// Fetches records for the partitions of one member: one request at a time per broker, for all its partitions that have room.
import type { Log } from '@message-push/runtime';
import type { Topic } from '../index.ts';
import type { Cluster } from './cluster.ts';
import type { Connections } from './connections.ts';
import { errorOf } from './driver.ts';
import type { Feed } from './feed.ts';
import { sendFetch } from './fetch.ts';
import { FetchSession } from './fetch-session.ts';

const RETRY_FIRST_MS = 50;
const RETRY_LAST_MS = 1000;
const OUT_OF_RANGE = 1;
const FETCH_PARTITIONS = 8;
/** After an answer of so many bytes nobody waits for more to gather. */
const GATHER_BYTES_MAX = 256 * 1024;

export interface FetcherOptions {
  cluster: Cluster;
  topic: Topic;
  waitMs: number;
  bytesMax: number;
  /** See `SubscribeOptions`. */
  gatherMs?: number;
  log: Log | undefined;
  /** The broker has nothing at the offset that was asked for: it is before the oldest record or after the last one. */
  onOutOfRange(feed: Feed): void;
}

/** Promises: a partition without a leader, or a broker that is away, holds back its own partitions only, and is asked again. */
export class Fetcher {
  readonly #options: FetcherOptions;
  readonly #connections: Connections;
  readonly #feeds = new Map<number, Feed>();
  /** Brokers with a fetch under way, or a pause after one that failed. */
  readonly #busy = new Set<number>();
  /** What each broker knows of our fetches; forgotten when one failed. */
  readonly #sessions = new Map<number, FetchSession>();
  /** Partitions whose broker answered with an error: they pause while the others of that broker are read. */
  readonly #resting = new Set<Feed>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #retryMs = RETRY_FIRST_MS;
  #refreshing = false;
  #closed = false;

  constructor(options: FetcherOptions) {
    this.#options = options;
    this.#connections = options.cluster.connections();
  }

  add(feed: Feed): void {
    this.#feeds.set(feed.partition, feed);
    this.pump();
  }

  remove(partition: number): void {
    this.#feeds.delete(partition);
  }

  /** Sends what can be sent; call it when a feed has room again. */
  pump(): void {
    if (this.#closed) return;
    const perBroker = new Map<number, Feed[]>();
    let lost = false;
    for (const feed of this.#feeds.values()) {
      if (!feed.wants || this.#resting.has(feed)) continue;
      const leader = this.#leaderOf(feed.partition);
      if (leader < 0) lost = true;
      if (leader < 0 || this.#busy.has(leader)) continue;
      const together = perBroker.get(leader);
      if (together === undefined) perBroker.set(leader, [feed]);
      else together.push(feed);
    }
    for (const [nodeId, feeds] of perBroker) void this.#run(nodeId, feeds);
    if (lost) this.#lookAgain();
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#feeds.clear();
    await this.#connections.close();
  }

  #leaderOf(partition: number): number {
    const { cluster, topic } = this.#options;
    try {
      return cluster.topic(topic).leaders[partition] ?? -1;
    } catch {
      return -1; // the topic is not known now
    }
  }

  async #run(nodeId: number, feeds: Feed[]): Promise<void> {
    this.#busy.add(nodeId);
    try {
      const little = await this.#fetch(nodeId, feeds);
      this.#retryMs = RETRY_FIRST_MS;
      if (little) await this.#gather();
      this.#busy.delete(nodeId);
      this.pump();
    } catch (cause) {
      if (this.#closed) return;
      this.#options.log?.debug({ err: cause, broker: nodeId }, 'a fetch failed');
      this.#later(() => this.#busy.delete(nodeId));
    }
  }

  /** Answers whether a little came, so that it is better to wait for more. */
  async #fetch(nodeId: number, feeds: Feed[]): Promise<boolean> {
    const { cluster, topic, waitMs, bytesMax } = this.#options;
    const session = this.#sessions.get(nodeId) ?? new FetchSession();
    this.#sessions.delete(nodeId);
    const asked = new Map(feeds.map((feed) => [feed.partition, { feed, from: feed.from }]));
    const { sessionId, bytes, partitions } = await sendFetch(this.#connections.broker(nodeId), {
      topic: cluster.topic(topic).name,
      waitMs,
      bytesMax: FETCH_PARTITIONS * bytesMax,
      partitionBytesMax: bytesMax,
      ...session.ask(new Map([...asked].map(([partition, { from }]) => [partition, from]))),
    });
    session.answered(sessionId);
    this.#sessions.set(nodeId, session);
    for (const answer of partitions) {
      const { feed, from } = asked.get(answer.partition) ?? {};
      if (feed === undefined || from === undefined || this.#feeds.get(feed.partition) !== feed) continue;
      if (answer.errorCode === 0) feed.add(from, answer);
      else if (answer.errorCode !== OUT_OF_RANGE) this.#rest(feed, answer.errorCode);
      else if (feed.from === from) this.#options.onOutOfRange(feed);
    }
    return partitions.length > 0 && bytes < GATHER_BYTES_MAX;
  }

  /** The next records come together: each answer costs a wake-up of everything behind it, however little it brings. */
  async #gather(): Promise<void> {
    const { gatherMs = 0 } = this.#options;
    if (gatherMs === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => {
        this.#timers.delete(timer);
        resolve();
      }, gatherMs);
      this.#timers.add(timer);
    });
  }

  #rest(feed: Feed, errorCode: number): void {
    const { log, topic } = this.#options;
    log?.debug({ err: errorOf(errorCode), topic, partition: feed.partition }, 'a partition is not fetched');
    this.#resting.add(feed);
    this.#later(() => this.#resting.delete(feed));
  }

  /** After a pause looks at the metadata again and goes on. */
  #later(then: () => void): void {
    const timer = setTimeout(async () => {
      this.#timers.delete(timer);
      await this.#options.cluster.refresh().catch(() => undefined); // the cluster says what is wrong
      then();
      this.pump();
    }, this.#retryMs);
    this.#timers.add(timer);
    this.#retryMs = Math.min(2 * this.#retryMs, RETRY_LAST_MS);
  }

  #lookAgain(): void {
    if (this.#refreshing) return;
    this.#refreshing = true;
    this.#later(() => {
      this.#refreshing = false;
    });
  }
}
