// What is known of the Kafka cluster: its brokers, our topics with their ids and leaders; connects in the background and keeps looking.
import { ApiError } from '@message-push/protocol';
import { type Clock, counter, gauge, type Log, type Metrics } from '@message-push/runtime';
import type { Topic } from '../index.ts';
import { Connections } from './connections.ts';
import { type Address, type Broker, call, check, type DriverOptions, errorOf, openBroker } from './driver.ts';
import { type ClusterMetadata, metadataOf, type TopicMetadata } from './metadata.ts';
import { type KafkaSettings, nameOf, TOPICS } from './settings.ts';
import { bytesMaxOf, checkPartitions, makeTopics, TopicsPending } from './topics.ts';

const RETRY_FIRST_MS = 100;
const RETRY_LAST_MS = 1000;
/** How soon a topic that was made anew is noticed. */
const WATCH_MS = 1000;
/** A topic that is gone is left alone this long: an operator may be making it anew with other settings. */
const MISSING_MS = 10_000;
const SAY_AGAIN_MS = 30_000;
const UNKNOWN_TOPIC = 3;

export interface KnownTopic {
  name: string;
  /** Kafka's id of the topic: another when it was deleted and made again. */
  id: string;
  /** Node that leads each partition, by its number; -1 when none does now. */
  leaders: number[];
  /** Most bytes that may be stored together. */
  bytesMax: number;
}

export interface ClusterDeps {
  settings: KafkaSettings;
  driver: DriverOptions;
  clock: Clock;
  log: Log | undefined;
  metrics: Metrics | undefined;
}

/**
 * Promises: `start` returns at once; until all topics are known (missing ones are made) every question is refused with BUS_UNAVAILABLE
 * and a cause that names the brokers and the reason.
 */
export class Cluster {
  /** For requests that are answered at once. */
  readonly calls: Connections;
  readonly #deps: ClusterDeps;
  readonly #topics = new Map<Topic, KnownTopic>();
  readonly #coordinators = new Map<string, number>();
  readonly #missingSince = new Map<Topic, number>();
  readonly #connections = new Set<Connections>();
  readonly #recreated: ((topic: Topic) => void)[] = [];
  readonly #up;
  readonly #anew;
  #metadata: ClusterMetadata | undefined;
  #answered = -1;
  #problem: Error | undefined = new Error('not connected yet');
  #said: { text: string; at: number } | undefined;
  #refreshing: Promise<void> | undefined;
  #watching: Promise<void> | undefined;
  #wake: (() => void) | undefined;
  #closed = false;

  constructor(deps: ClusterDeps) {
    this.#deps = deps;
    const { metrics } = deps;
    this.calls = this.connections(Math.min(deps.settings.connectMs, deps.settings.requestMs));
    this.#up = metrics && gauge(metrics, 'mp_bus_connected', 'Whether the brokers answer and the topics are known');
    this.#anew =
      metrics && counter(metrics, 'mp_bus_topic_recreated_total', 'Topics found to have been made anew', ['topic']);
  }

  start(): void {
    this.#watching ??= this.#watch();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#wake?.();
    await this.calls.close();
    await this.#watching;
  }

  /** Called when a topic turns out to be another than before. */
  onRecreated(listener: (topic: Topic) => void): void {
    this.#recreated.push(listener);
  }

  /** Connections of one user, with its own time for an answer; those to a broker that left the cluster are cut. */
  connections(requestTimeout = this.#deps.driver.requestTimeout): Connections {
    const made = new Connections({ ...this.#deps.driver, requestTimeout }, (nodeId) => this.#addressOf(nodeId));
    this.#connections.add(made);
    return made;
  }

  #addressOf(nodeId: number): Address | undefined {
    return this.#metadata?.brokers.find((broker) => broker.nodeId === nodeId);
  }

  /** Throws BUS_UNAVAILABLE as long as the topic is not known. */
  topic(topic: Topic): KnownTopic {
    const known = this.#topics.get(topic);
    if (known === undefined || this.#closed || this.#missingSince.has(topic)) throw this.unavailable();
    return known;
  }

  /** As far as known, also while the topic is away. */
  topicLimit(topic: Topic): number {
    return this.#topics.get(topic)?.bytesMax ?? this.#deps.settings.messageBytesMax;
  }

  /** Resolves when the topic is known; rejects when the bus is closed. */
  async known(topic: Topic): Promise<KnownTopic> {
    for (let waitMs = RETRY_FIRST_MS; ; waitMs = Math.min(2 * waitMs, RETRY_LAST_MS)) {
      if (this.#closed) throw this.unavailable();
      const known = this.#topics.get(topic);
      if (known !== undefined && this.#problem === undefined) return known;
      await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
  }

  unavailable(cause?: unknown): ApiError {
    return new ApiError('BUS_UNAVAILABLE', { cause: new Error(this.#reason(cause), { cause }) });
  }

  #reason(cause: unknown): string {
    const { seeds } = this.#deps.settings;
    const places = seeds.map(({ host, port }) => `${host}:${port}`).join(', ');
    return `Kafka at ${places}: ${this.#closed ? 'the bus is closed' : messageOf(cause ?? this.#problem ?? 'no answer')}`;
  }

  /** Asks the cluster again; everybody who asks meanwhile shares the answer. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#refresh().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  /** Node that keeps the offsets of a group, as far as known. */
  async coordinator(groupId: string): Promise<number> {
    const known = this.#coordinators.get(groupId);
    if (known !== undefined) return known;
    const { errorCode, coordinator } = await this.#ask((broker) =>
      call(broker, 'GroupCoordinator', { groupId, coordinatorType: 0 }),
    );
    check(errorCode);
    if (this.#addressOf(coordinator.nodeId) === undefined) await this.refresh();
    this.#coordinators.set(groupId, coordinator.nodeId);
    return coordinator.nodeId;
  }

  forgetCoordinator(groupId: string): void {
    this.#coordinators.delete(groupId);
  }

  async #watch(): Promise<void> {
    let waitMs = RETRY_FIRST_MS;
    while (!this.#closed) {
      try {
        await this.refresh();
        this.#say(undefined);
        waitMs = WATCH_MS;
      } catch (cause) {
        this.#say(cause);
        waitMs = waitMs === WATCH_MS ? RETRY_FIRST_MS : Math.min(waitMs * 1.5, RETRY_LAST_MS);
      }
      await this.#sleep(waitMs);
    }
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** One line when the cluster goes, one when it is back; the same reason again after a while. */
  #say(cause: unknown): void {
    const { log, clock } = this.#deps;
    const text = cause === undefined ? undefined : messageOf(cause);
    this.#problem = cause === undefined ? undefined : asError(cause);
    this.#up?.set(text === undefined ? 1 : 0);
    if (this.#closed || cause instanceof TopicsPending) return;
    const now = clock.now();
    if (text === undefined) {
      if (this.#said !== undefined) log?.info('the bus is there');
      this.#said = undefined;
    } else if (this.#said?.text !== text || now - this.#said.at > SAY_AGAIN_MS) {
      this.#said = { text, at: now };
      log?.warn({ reason: this.#reason(cause) }, 'waiting for the bus');
    }
  }

  async #refresh(): Promise<void> {
    const { settings } = this.#deps;
    const names = TOPICS.map((topic) => nameOf(settings, topic));
    const metadata = await this.#ask((broker) => metadataOf(broker, names));
    this.#cut(metadata);
    this.#metadata = metadata;
    const missing: Topic[] = [];
    for (const topic of TOPICS) {
      const found = metadata.topics.find(({ name }) => name === nameOf(settings, topic));
      if (found?.errorCode === UNKNOWN_TOPIC) missing.push(topic);
      else await this.#learn(topic, found);
    }
    if (missing.length > 0) await this.#make(missing, metadata);
  }

  /** A broker that hangs leaves the list long before a request to it would end by its time. */
  #cut({ brokers }: ClusterMetadata): void {
    const there = new Set(brokers.map(({ nodeId }) => nodeId));
    for (const { nodeId } of this.#metadata?.brokers ?? []) {
      if (there.has(nodeId)) continue;
      for (const connections of this.#connections) {
        if (connections.closed) this.#connections.delete(connections);
        else connections.lost(nodeId);
      }
      for (const [group, coordinator] of this.#coordinators)
        if (coordinator === nodeId) this.#coordinators.delete(group);
    }
  }

  async #learn(topic: Topic, found: TopicMetadata | undefined): Promise<void> {
    const { settings, log } = this.#deps;
    const name = nameOf(settings, topic);
    if (found === undefined || found.errorCode !== 0) throw errorOf(found?.errorCode ?? UNKNOWN_TOPIC);
    const leaders: number[] = Array(found.partitions.length).fill(-1);
    for (const { partition, leader } of found.partitions) leaders[partition] = leader;
    checkPartitions(topic, settings, leaders.length);
    const before = this.#topics.get(topic);
    const same = before?.id === found.id;
    const bytesMax = same ? before.bytesMax : await this.#ask((broker) => bytesMaxOf(broker, topic, settings));
    this.#topics.set(topic, { name, id: found.id, leaders, bytesMax });
    this.#missingSince.delete(topic);
    if (before === undefined || same) return;
    this.#anew?.inc({ topic });
    log?.error({ topic: name, was: before.id, is: found.id }, 'a topic was made anew: what it held is gone');
    for (const listener of this.#recreated) listener(topic);
  }

  /** Makes topics that never were, or that have been gone for a while. */
  async #make(missing: Topic[], { brokers, controllerId }: ClusterMetadata): Promise<void> {
    const { settings, clock, log } = this.#deps;
    const now = clock.now();
    for (const topic of missing) if (!this.#missingSince.has(topic)) this.#missingSince.set(topic, now);
    const names = missing.map((topic) => nameOf(settings, topic)).join(', ');
    const fresh = missing.some(
      (topic) => this.#topics.has(topic) && now - (this.#missingSince.get(topic) ?? now) < MISSING_MS,
    );
    if (fresh) throw new Error(`missing topics: ${names}; made again when they stay away for ${MISSING_MS / 1000} s`);
    const controller = this.#addressOf(controllerId) === undefined ? brokers[0]?.nodeId : controllerId;
    const made = await makeTopics(this.calls.broker(controller ?? -1), missing, settings, brokers.length);
    if (made.length > 0) log?.info({ topics: made }, 'topics made');
    throw new TopicsPending(`topics are being made: ${names}`);
  }

  /** Asks brokers one after the other until one answers: those known first, then those of the settings. */
  async #ask<T>(question: (broker: Broker) => Promise<T>): Promise<T> {
    let trouble: unknown = new Error('there is no broker');
    const known = (this.#metadata?.brokers ?? []).map(({ nodeId }) => nodeId);
    // The one that answered last first: one that hangs costs its time once.
    for (const nodeId of known.toSorted((a, b) => Number(b === this.#answered) - Number(a === this.#answered))) {
      if (this.#closed) break;
      try {
        const answer = await question(this.calls.broker(nodeId));
        this.#answered = nodeId;
        return answer;
      } catch (cause) {
        trouble = cause;
      }
    }
    for (const address of this.#deps.settings.seeds) {
      if (this.#closed) break;
      const broker = openBroker(this.#deps.driver, address);
      try {
        return await question(broker);
      } catch (cause) {
        trouble = cause;
      } finally {
        void broker.disconnect();
      }
    }
    throw trouble;
  }
}

function messageOf(cause: unknown): string {
  return asError(cause).message;
}

function asError(cause: unknown): Error {
  return cause instanceof Error ? cause : new Error(String(cause));
}
