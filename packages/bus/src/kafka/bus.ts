// The bus on Kafka: `Bus` on a cluster of brokers. Connects in the background; what it can't do yet it refuses with BUS_UNAVAILABLE.
import { ApiError } from '@message-push/protocol';
import type { Clock, Log, Metrics } from '@message-push/runtime';
import type { Bus, BusRecord, Lag, SubscribeOptions, Subscription, Tail, TailOptions, Topic } from '../index.ts';
import { Cluster } from './cluster.ts';
import { check, type DriverOptions, driverLogger, passes } from './driver.ts';
import { sendFetch } from './fetch.ts';
import { Lane } from './lane.ts';
import { Member } from './member.ts';
import { Offsets } from './offsets.ts';
import { busIdOf, groupOf, type KafkaSettings } from './settings.ts';
import { KafkaTail } from './tail.ts';

export interface KafkaBusDeps {
  settings: KafkaSettings;
  clock: Clock;
  log?: Log | undefined;
  metrics?: Metrics | undefined;
}

const OUT_OF_RANGE = 1;
const NO_SESSION = -1;
const ASK_TRIES = 8;
const ASK_AGAIN_MS = 50;
const LINES_EVERY_MS = 10_000;
const LINES_KEPT = 100;

/** Returns at once; `ping` tells whether the brokers answer. */
export function createKafkaBus(deps: KafkaBusDeps): Bus {
  return new KafkaBus(deps);
}

class KafkaBus implements Bus {
  readonly #deps: KafkaBusDeps;
  readonly #cluster: Cluster;
  readonly #offsets: Offsets;
  readonly #lanes = new Map<Topic, Lane>();
  readonly #members = new Map<Member, Topic>();
  readonly #tails = new Set<KafkaTail>();
  #closing: Promise<void> | undefined;

  constructor(deps: KafkaBusDeps) {
    this.#deps = deps;
    const { settings, clock, log, metrics } = deps;
    const driver: DriverOptions = {
      clientId: 'message-push',
      ...(settings.ssl && { ssl: settings.ssl }),
      ...(settings.sasl && { sasl: settings.sasl }),
      connectionTimeout: settings.connectMs,
      requestTimeout: settings.requestMs,
      logger: driverLogger(seldom(clock, (text, broker) => log?.debug({ broker }, text))),
    };
    this.#cluster = new Cluster({ settings, driver, clock, log, metrics });
    this.#offsets = new Offsets(this.#cluster);
    this.#cluster.onRecreated((topic) => {
      for (const [member, of] of this.#members) if (of === topic) member.restart();
      for (const tail of this.#tails) if (tail.topic === topic) tail.restart();
    });
    this.#cluster.start();
  }

  async describe(topic: Topic): Promise<{ busId: string; partitions: number; ends: number[] }> {
    return this.#ask(async () => {
      await this.#cluster.refresh();
      const { id, leaders } = this.#cluster.topic(topic);
      const ends = await this.#offsets.ends(topic);
      return { busId: busIdOf(id), partitions: leaders.length, ends: leaders.map((_, p) => ends.get(p) ?? 0) };
    });
  }

  async publish(topic: Topic, records: { partition: number; value: Uint8Array }[]): Promise<number[]> {
    if (records.length === 0) return [];
    if (this.#closing) throw this.#cluster.unavailable(new Error('the bus is closed'));
    let lane = this.#lanes.get(topic);
    if (lane === undefined) {
      const { settings, clock, log, metrics } = this.#deps;
      lane = new Lane({ cluster: this.#cluster, settings, clock, log, metrics }, topic);
      this.#lanes.set(topic, lane);
    }
    return lane.publish(records);
  }

  async subscribe(options: SubscribeOptions): Promise<Subscription> {
    const { settings, clock, log, metrics } = this.#deps;
    await this.#cluster.known(options.topic);
    if (this.#closing) throw this.#cluster.unavailable(new Error('the bus is closed'));
    const groupId = groupOf(settings, options.group, options.topic);
    const shared = { cluster: this.#cluster, offsets: this.#offsets };
    const member = new Member({ ...shared, settings, clock, log, metrics, groupId }, options);
    this.#members.set(member, options.topic);
    const { close } = member;
    member.close = () => {
      this.#members.delete(member);
      return close.call(member);
    };
    await member.joined;
    return member;
  }

  async tail(topic: Topic, options: TailOptions): Promise<Tail> {
    if (this.#closing) throw this.#cluster.unavailable(new Error('the bus is closed'));
    const { settings, log } = this.#deps;
    const shared = { cluster: this.#cluster, offsets: this.#offsets };
    const tail = new KafkaTail({ ...shared, settings, log }, topic, options, () => this.#tails.delete(tail));
    this.#tails.add(tail);
    try {
      await this.#ask(() => tail.begin());
    } catch (error) {
      tail.close();
      throw error;
    }
    return tail;
  }

  lag(group: SubscribeOptions['group'], topic: Topic): Promise<Lag[]> {
    return this.#ask(async () => {
      const partitions = [...this.#cluster.topic(topic).leaders.keys()];
      const [starts, ends, committed] = await Promise.all([
        this.#offsets.starts(topic),
        this.#offsets.ends(topic),
        this.#offsets.committed(groupOf(this.#deps.settings, group, topic), topic, partitions),
      ]);
      return committed
        .map(({ partition, offset }) => {
          const start = starts.get(partition) ?? 0;
          return { partition, committed: Math.max(offset ?? start, start), end: ends.get(partition) ?? 0 };
        })
        .sort((a, b) => a.partition - b.partition);
    });
  }

  /** One fetch that does not wait; a broker answers the whole stored batch that the record is in. */
  read(topic: Topic, partition: number, offset: number): Promise<BusRecord | undefined> {
    return this.#ask(async () => {
      const { name, leaders } = this.#cluster.topic(topic);
      const leader = leaders[partition];
      if (leader === undefined) return undefined;
      const { partitions } = await sendFetch(this.#cluster.calls.broker(leader), {
        topic: name,
        waitMs: 0,
        bytesMax: 1,
        partitionBytesMax: 1,
        sessionId: 0,
        epoch: NO_SESSION,
        partitions: [{ partition, from: offset }],
        forgotten: [],
      });
      const { errorCode = 0, records = [] } = partitions[0] ?? {};
      if (errorCode === OUT_OF_RANGE) return undefined;
      if (errorCode !== 0) await this.#cluster.refresh();
      check(errorCode);
      return records.find((record) => record.offset === offset);
    });
  }

  async ping(): Promise<void> {
    await this.#ask(async () => {
      await this.#cluster.refresh();
      this.#cluster.topic('pushes');
    });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    for (const tail of [...this.#tails]) tail.close();
    await Promise.all([...this.#members.keys()].map((member) => member.close()));
    await Promise.all([...this.#lanes.values()].map((lane) => lane.close(this.#deps.settings.publishDeadlineMs)));
    await this.#cluster.close();
  }

  /** Asked again while a partition or group has no leader yet. Whatever else is wrong, the caller hears that the bus is away, and why. */
  async #ask<T>(question: () => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        return await question();
      } catch (cause) {
        if (cause instanceof ApiError) throw cause;
        if (tries === ASK_TRIES || !passes(cause)) throw this.#cluster.unavailable(cause);
        await new Promise((resolve) => setTimeout(resolve, tries * ASK_AGAIN_MS));
      }
    }
  }
}

/** The same line of the driver at most once in a while. */
function seldom(
  clock: Clock,
  line: (text: string, broker: string | undefined) => void,
): (text: string, broker: string | undefined) => void {
  const said = new Map<string, number>();
  return (text, broker) => {
    const now = clock.now();
    if (now - (said.get(text) ?? Number.NEGATIVE_INFINITY) < LINES_EVERY_MS) return;
    if (said.size >= LINES_KEPT) said.clear();
    said.set(text, now);
    line(text, broker);
  };
}
