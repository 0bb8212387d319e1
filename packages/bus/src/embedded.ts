// The embedded bus: a log in one file of this machine, read by groups of this process.
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { ApiError } from '@message-push/protocol';
import { type Clock, counter, gauge, type Metrics } from '@message-push/runtime';
import { openStore, ownBytes, type Store } from '@message-push/runtime/sqlite';
import { BUS_LIMITS } from './config.ts';
import { EmbeddedTail } from './embedded-tail.ts';
import { Group, type GroupLog } from './group.ts';
import type { Bus, BusRecord, Lag, SubscribeOptions, Subscription, Tail, TailOptions, Topic } from './index.ts';

export interface EmbeddedBusOptions {
  /** Directory of the log; made when missing. */
  dir: string;
  /** Partitions of the topics `pushes` and `receipts`; an existing log with another number is refused. */
  partitions: number;
  clock: Clock;
  limits?: Partial<typeof BUS_LIMITS>;
  metrics?: Metrics;
  /** Identity of a log that is made anew. */
  newId?: () => string;
}

/** Opens the log of a directory, or makes it. One process at a time. */
export async function createEmbeddedBus(options: EmbeddedBusOptions): Promise<Bus> {
  const { dir, partitions, clock, limits, metrics, newId = randomUUID } = options;
  const store: Store<typeof import('./embedded-store.ts')> = await openStore({
    file: join(dir, 'bus.db'),
    module: new URL('./embedded-store.ts', import.meta.url),
    options: { busId: newId(), partitions, ...BUS_LIMITS, ...limits },
    error: (cause, unknown, call) =>
      new ApiError(unknown && call === 'publish' ? 'PUBLISH_UNKNOWN' : 'BUS_UNAVAILABLE', { cause }),
  });
  const bus = new EmbeddedBus(store, clock, metrics);
  await bus.prepare();
  return bus;
}

class EmbeddedBus implements Bus {
  readonly #store: Store<typeof import('./embedded-store.ts')>;
  readonly #clock: Clock;
  readonly #groups = new Map<string, Group>();
  readonly #tails = new Set<EmbeddedTail>();
  readonly #ends: Record<Topic, number[]> = { pushes: [], receipts: [], dead: [] };
  readonly #log: GroupLog & { busId: string };
  readonly #published;
  readonly #bytes;

  constructor(store: Store<typeof import('./embedded-store.ts')>, clock: Clock, metrics: Metrics | undefined) {
    this.#store = store;
    this.#clock = clock;
    this.#published = metrics && counter(metrics, 'mp_bus_records_total', 'Records stored', ['topic']);
    this.#bytes =
      metrics &&
      gauge(metrics, 'mp_bus_partition_bytes', 'Bytes of values kept, at the last write', ['topic', 'partition']);
    const failures =
      metrics && counter(metrics, 'mp_bus_batch_failures_total', 'Batches that come again', ['group', 'topic']);
    this.#log = {
      busId: '',
      end: (topic, partition) => this.#ends[topic][partition] ?? 0,
      read: (topic, partition, from, max) => store.call('read', { topic, partition, from, max }),
      committed: (group, topic, partition) => store.call('committed', { group, topic, partition }),
      join: (group, topic, partitions) => store.call('join', { group, topic, partitions, at: clock.now() }),
      commit: (group, topic, offsets) => store.call('commit', { group, topic, offsets, at: clock.now() }),
      failed: (group, topic) => failures?.inc({ group, topic }),
    };
  }

  /** Learns which log it is and where it ends. */
  async prepare(): Promise<void> {
    for (const topic of ['pushes', 'receipts', 'dead'] as const) {
      const { busId, ends } = await this.describe(topic);
      this.#log.busId = busId;
      this.#ends[topic] = ends;
    }
  }

  describe(topic: Topic): Promise<{ busId: string; partitions: number; ends: number[] }> {
    return this.#store.call('describe', { topic });
  }

  async publish(topic: Topic, records: { partition: number; value: Uint8Array }[]): Promise<number[]> {
    if (records.length === 0) return [];
    const partitions = records.map(({ partition }) => partition);
    const values = records.map(({ value }) => ownBytes(value));
    const at = this.#clock.now();
    const { offsets, sizes } = await this.#store.call('publish', { topic, partitions, values, at });
    this.#published?.inc({ topic }, records.length);
    const ends = this.#ends[topic];
    for (const [i, partition] of partitions.entries())
      ends[partition] = Math.max(ends[partition] ?? 0, (offsets[i] ?? 0) + 1);
    for (const [partition, bytes] of Object.entries(sizes)) {
      this.#bytes?.set({ topic, partition }, bytes);
      for (const group of this.#groupsOf(topic)) group.wake(Number(partition));
    }
    for (const tail of this.#tails) if (tail.topic === topic) tail.stored(partitions, offsets, values, at);
    return offsets;
  }

  subscribe(options: SubscribeOptions): Promise<Subscription> {
    const key = `${options.topic}/${options.group}`;
    let group = this.#groups.get(key);
    if (!group) {
      group = new Group(this.#log, this.#ends[options.topic].length);
      this.#groups.set(key, group);
    }
    return group.subscribe(options);
  }

  async tail(topic: Topic, options: TailOptions): Promise<Tail> {
    const tail = new EmbeddedTail(topic, options, () => this.#tails.delete(tail));
    // From here on it hears of everything; what it reads back lies before.
    this.#tails.add(tail);
    try {
      const { ends } = await this.describe(topic);
      await tail.begin(ends, (partition, from, max) => this.#store.call('read', { topic, partition, from, max }));
    } catch (error) {
      tail.close();
      throw error;
    }
    return tail;
  }

  lag(group: SubscribeOptions['group'], topic: Topic): Promise<Lag[]> {
    return this.#store.call('lag', { group, topic });
  }

  async read(topic: Topic, partition: number, offset: number): Promise<BusRecord | undefined> {
    const { records } = await this.#store.call('read', { topic, partition, from: offset, max: 1 });
    return records[0]?.offset === offset ? records[0] : undefined;
  }

  async ping(): Promise<void> {
    await this.#store.call('describe', { topic: 'dead' });
  }

  async close(): Promise<void> {
    for (const tail of [...this.#tails]) tail.close();
    await Promise.all([...this.#groups.values()].map((group) => group.close()));
    await this.#store.close();
  }

  *#groupsOf(topic: Topic): Iterable<Group> {
    for (const [key, group] of this.#groups) if (key.startsWith(`${topic}/`)) yield group;
  }
}
