// What is known of the Kafka cluster: its brokers, our topics with their ids and leaders; connects in the background and keeps looking.
import { ApiError } from '@message-push/protocol';
import { type Clock, counter, gauge, type Log, type Metrics } from '@message-push/runtime';
import type { Topic } from '../index.ts';
import { Connections } from './connections.ts';
import { type Address, type Broker, call, check, type DriverOptions, errorOf, openBroker, send } from './driver.ts';
import { type ClusterMetadata, metadataRequest, type TopicMetadata } from './metadata.ts';
import { type KafkaSettings, nameOf, PARTITIONS_DEFAULT, TOPICS } from './settings.ts';

const RETRY_FIRST_MS = 100;
const RETRY_LAST_MS = 1000;
/** How soon a topic that was made anew is noticed. */
const WATCH_MS = 1000;
/** A topic that is gone is left alone this long: an operator may be making it anew with other settings. */
const MISSING_MS = 10_000;
const SAY_AGAIN_MS = 30_000;
const METADATA_API = 3;
const METADATA_VERSION = 10;
const UNKNOWN_TOPIC = 3;
const TOPIC_EXISTS = 36;

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
  readonly #recreated: ((topic: Topic) => void)[] = [];
  readonly #up;
  readonly #anew;
  #metadata: ClusterMetadata | undefined;
  #problem: Error | undefined = new Error('not connected yet');
  #said: { text: string; at: number } | undefined;
  #refreshing: Promise<void> | undefined;
  #watching: Promise<void> | undefined;
  #wake: (() => void) | undefined;
  #closed = false;

  constructor(deps: ClusterDeps) {
    this.#deps = deps;
    const { driver, metrics } = deps;
    this.calls = new Connections(driver, (nodeId) => this.addressOf(nodeId));
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

  addressOf(nodeId: number): Address | undefined {
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
    const { seeds } = this.#deps.settings;
    const places = seeds.map(({ host, port }) => `${host}:${port}`).join(', ');
    const why = this.#closed ? 'the bus is closed' : messageOf(cause ?? this.#problem ?? 'no answer');
    return new ApiError('BUS_UNAVAILABLE', { cause: new Error(`Kafka at ${places}: ${why}`, { cause }) });
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
    if (this.addressOf(coordinator.nodeId) === undefined) await this.refresh();
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
    if (this.#closed) return;
    const now = clock.now();
    if (text === undefined) {
      if (this.#said !== undefined) log?.info('the bus is there');
      this.#said = undefined;
    } else if (this.#said?.text !== text || now - this.#said.at > SAY_AGAIN_MS) {
      this.#said = { text, at: now };
      log?.warn({ err: this.unavailable(cause).cause }, 'waiting for the bus');
    }
  }

  async #refresh(): Promise<void> {
    const { settings } = this.#deps;
    const names = TOPICS.map((topic) => nameOf(settings, topic));
    const metadata = await this.#ask((broker) => metadataOf(broker, names));
    this.#metadata = metadata;
    const missing: Topic[] = [];
    for (const topic of TOPICS) {
      const found = metadata.topics.find(({ name }) => name === nameOf(settings, topic));
      if (found?.errorCode === UNKNOWN_TOPIC) missing.push(topic);
      else await this.#learn(topic, found);
    }
    if (missing.length > 0) await this.#make(missing, metadata);
  }

  async #learn(topic: Topic, found: TopicMetadata | undefined): Promise<void> {
    const { settings, log } = this.#deps;
    const name = nameOf(settings, topic);
    if (found === undefined || found.errorCode !== 0) throw errorOf(found?.errorCode ?? UNKNOWN_TOPIC);
    const count = found.partitions.length;
    const wanted = topic === 'dead' ? undefined : settings.partitions;
    if (wanted !== undefined && wanted !== count)
      throw new Error(
        `the topic ${name} has ${count} partitions, not ${wanted}: their number is fixed (BUS_PARTITIONS)`,
      );
    const leaders: number[] = Array(count).fill(-1);
    for (const { partition, leader } of found.partitions) leaders[partition] = leader;
    const before = this.#topics.get(topic);
    const same = before?.id === found.id;
    const bytesMax = same ? before.bytesMax : await this.#bytesMax(name);
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
    const expected = Math.min(3, settings.seeds.length);
    if (settings.replication === undefined && brokers.length < expected)
      throw new Error(
        `${brokers.length} of ${expected} brokers are there: topics are made when all are (KAFKA_REPLICATION)`,
      );
    const topics = missing.map((topic) => topicSpec(topic, settings, brokers.length));
    const controller = this.addressOf(controllerId) === undefined ? brokers[0]?.nodeId : controllerId;
    const { topicErrors } = await call(this.calls.broker(controller ?? -1), 'CreateTopics', {
      topics,
      validateOnly: false,
      timeout: settings.requestMs,
    });
    for (const { topic, errorCode, errorMessage } of topicErrors) {
      if (errorCode !== 0 && errorCode !== TOPIC_EXISTS)
        throw new Error(`the topic ${topic} can't be made: ${errorMessage ?? errorOf(errorCode).message}`);
    }
    log?.info({ topics }, 'topics made');
    throw new Error(`topics are being made: ${names}`);
  }

  /** The topic's own bound when we may read it. */
  async #bytesMax(name: string): Promise<number> {
    const { messageBytesMax } = this.#deps.settings;
    try {
      const resource = { type: TOPIC_RESOURCE, name, configNames: ['max.message.bytes'] };
      const { resources } = await this.#ask((broker) =>
        call(broker, 'DescribeConfigs', { resources: [resource], includeSynonyms: false }),
      );
      return Number(resources[0]?.configEntries[0]?.configValue) || messageBytesMax;
    } catch {
      return messageBytesMax;
    }
  }

  /** Asks brokers one after the other until one answers: those known first, then those of the settings. */
  async #ask<T>(question: (broker: Broker) => Promise<T>): Promise<T> {
    let trouble: unknown = new Error('there is no broker');
    for (const { nodeId } of this.#metadata?.brokers ?? []) {
      if (this.#closed) break;
      try {
        return await question(this.calls.broker(nodeId));
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

const TOPIC_RESOURCE = 2;

async function metadataOf(broker: Broker, names: string[]): Promise<ClusterMetadata> {
  if (!broker.isConnected()) await broker.connect();
  const newest = broker.versions?.[METADATA_API]?.maxVersion ?? 0;
  if (newest < METADATA_VERSION) throw new Error('this Kafka is too old: topics have an id since 2.8');
  // What the decoder of this request gives.
  return (await send(broker, metadataRequest(names))) as ClusterMetadata;
}

/** How a topic is made: three copies, two of them synced before a publish is answered, where there are brokers for it. */
export function topicSpec(topic: Topic, settings: KafkaSettings, brokers: number): object {
  const replicationFactor = settings.replication ?? Math.min(3, brokers);
  const configs = {
    'cleanup.policy': 'delete',
    'retention.ms': settings.retentionMs,
    'max.message.bytes': settings.messageBytesMax,
    'min.insync.replicas': replicationFactor >= 3 ? 2 : 1,
    'message.timestamp.type': 'LogAppendTime',
  };
  return {
    topic: nameOf(settings, topic),
    numPartitions: topic === 'dead' ? 1 : (settings.partitions ?? PARTITIONS_DEFAULT),
    replicationFactor,
    configEntries: Object.entries(configs).map(([name, value]) => ({ name, value: String(value) })),
  };
}

function messageOf(cause: unknown): string {
  return asError(cause).message;
}

function asError(cause: unknown): Error {
  return cause instanceof Error ? cause : new Error(String(cause));
}
