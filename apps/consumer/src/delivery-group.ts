// The delivery group: appends pushes to inboxes, posts them to the nodes where their receivers are bound, commits what is settled.
import type { Bus, BusBatch, Subscription } from '@message-push/bus';
import { type Bind, OFFSET_LIMITS, type OffsetLimits } from '@message-push/delivery';
import type { Clock, Log } from '@message-push/runtime';
import type { State } from '@message-push/state';
import type { Appended, Appends } from './appends.ts';
import { Commits } from './commits.ts';
import type { ConsumerConfig } from './config.ts';
import type { DeadLetters } from './dead-letters.ts';
import type { Delivery } from './delivery.ts';
import type { LogBook } from './log-book.ts';
import type { ConsumerMetrics } from './metrics.ts';
import { Partition } from './partition.ts';
import type { Router } from './router.ts';
import { type Item, type Work, workOf } from './work.ts';

export interface DeliveryGroupDeps {
  bus: Pick<Bus, 'describe' | 'subscribe'>;
  state: Pick<State, 'inboxes' | 'connection' | 'lossWindowMs' | 'ping'>;
  appends: Appends;
  router: Router;
  letters: DeadLetters;
  book: LogBook;
  config: ConsumerConfig;
  metrics: ConsumerMetrics;
  clock: Clock;
  log: Log;
}

/**
 * Promises: an offset is committed only when every message before it is in its inboxes, was answered by the nodes where its receiver is
 * bound (or those are out of the ring), and its receipts are stored. Nothing is posted before all that was read earlier is appended.
 */
export class DeliveryGroup {
  #deps: DeliveryGroupDeps;
  #limits: OffsetLimits;
  #commits: Commits;
  #partitions = new Map<number, Partition>();
  #subscription: Subscription | undefined;
  #provenAt = 0;
  #stopping = false;

  constructor(deps: DeliveryGroupDeps) {
    const { config, state, log } = deps;
    this.#deps = deps;
    this.#limits = {
      ...OFFSET_LIMITS,
      unsettledMax: config.consumerUnsettledMax,
      lossWindowMs: state.lossWindowMs,
    };
    this.#commits = new Commits({
      everyMs: config.consumerCommitMs,
      log,
      gather: () => this.#gather(),
      onCommitted: (partition, offset) => this.#partitions.get(partition)?.committed(offset),
    });
  }

  async start(): Promise<void> {
    const { bus, config } = this.#deps;
    this.#subscription = await bus.subscribe({
      group: 'delivery',
      topic: 'pushes',
      batchMax: config.consumerBatchMax,
      onBatch: (batch) => this.#onBatch(batch),
      onAssigned: (partitions) => this.#onAssigned(partitions),
      onRevoked: (partitions) => this.#onRevoked(partitions),
    });
    this.#commits.to(this.#subscription);
  }

  /** Reads no more, waits until what was read is settled or `until` is over, commits, and leaves the group. */
  async stop(until: Promise<void>): Promise<void> {
    this.#stopping = true;
    for (const { number } of this.#partitions.values()) this.#subscription?.pause(number);
    let over = false;
    void until.then(() => {
      over = true;
    });
    while (!over && this.unsettled > 0) await new Promise((resolve) => setTimeout(resolve, SETTLE_LOOK_MS));
    await this.#commits.stop();
    await this.#subscription?.close();
  }

  get unsettled(): number {
    let sum = 0;
    for (const partition of this.#partitions.values()) sum += partition.unsettled;
    return sum;
  }

  /** For the gauges: partitions that do not read on, and since when the oldest entry waits. */
  status(): { paused: number; oldest: number | undefined } {
    let paused = 0;
    let oldest: number | undefined;
    for (const partition of this.#partitions.values()) {
      if (partition.paused) paused++;
      if (partition.oldest !== undefined && partition.oldest < (oldest ?? Number.POSITIVE_INFINITY))
        oldest = partition.oldest;
    }
    return { paused, oldest };
  }

  /** Call it now and then: what state may have lost is read again even if nothing new comes. */
  tick(): void {
    const connection = this.#deps.state.connection();
    for (const partition of this.#partitions.values()) partition.follow(connection);
  }

  #onAssigned(given: { partition: number; committed: number }[]): void {
    const { state, metrics } = this.#deps;
    this.#commits.own(given.map(({ partition }) => partition));
    for (const { partition, committed } of given) {
      const deps = {
        subscription: () => this.#subscription,
        limits: this.#limits,
        metrics,
        endOf: (number: number) => this.#endOf(number),
        onSettled: () => this.#commits.soon(),
      };
      this.#partitions.set(partition, new Partition(partition, committed, state.connection(), deps));
    }
  }

  async #endOf(partition: number): Promise<number | undefined> {
    try {
      return (await this.#deps.bus.describe('pushes')).ends[partition];
    } catch (cause) {
      this.#deps.log.debug({ err: cause }, 'the end of the log is not known: the bus is away');
      return undefined;
    }
  }

  #onRevoked(partitions: number[]): void {
    this.#commits.forget(partitions);
    for (const partition of partitions) this.#partitions.delete(partition);
  }

  /** Rejects when something is away: the bus brings the batch again. What of it was carried out is not carried out twice. */
  async #onBatch(batch: BusBatch): Promise<void> {
    const { book, config, clock, metrics, router } = this.#deps;
    const partition = this.#partitions.get(batch.partition);
    if (partition === undefined || this.#stopping) throw new Error('this partition is given up');
    const { turn } = partition;
    const { generation } = await book.open();
    await partition.begin(batch.end);
    if (!this.#goesOn(partition, turn)) return;
    const options = {
      partition,
      generation,
      reports: router,
      onlineOnlyMs: config.consumerOnlineOnlyMs,
      now: clock.now(),
    };
    let works: Work[] = [];
    let items = 0;
    const last = batch.records.at(-1);
    for (const record of batch.records) {
      const work = workOf(record, options);
      if (work !== undefined) {
        metrics.records.inc();
        works.push(work);
        items += work.items.length;
      }
      if (items < config.consumerAppendsMax && record !== last) continue;
      if (!(await this.#carryOut(partition, turn, works))) return;
      works = [];
      items = 0;
    }
    if (last === undefined) return;
    partition.behind = last.offset + 1 < batch.end;
    book.saw(partition.number, last.offset);
  }

  /** False when the partition is not ours any more, or has gone back because the connection to state is new. */
  async #carryOut(partition: Partition, turn: number, works: Work[]): Promise<boolean> {
    const { state, clock, appends, router } = this.#deps;
    const connection = state.connection();
    if (!this.#goesOn(partition, turn)) return false;
    if (works.length === 0) return true;
    const sentAt = clock.now();
    const items = works.flatMap((work) => work.items);
    const [appended, binds] = await Promise.all([
      appends.append(items.flatMap(({ call }) => call ?? [])),
      this.#bindsOf(items.filter(({ fate }) => fate === 'once')),
    ]);
    if (!this.#goesOn(partition, turn)) return false;
    partition.stateAnswered(connection, sentAt);
    await this.#bury(partition, works, appended);
    if (!this.#goesOn(partition, turn)) return false;
    router.route(partition, works, appended, binds);
    return true;
  }

  #goesOn(partition: Partition, turn: number): boolean {
    if (this.#partitions.get(partition.number) !== partition) return false;
    partition.follow(this.#deps.state.connection());
    return partition.turn === turn;
  }

  async #bindsOf(items: Item[]): Promise<Map<Delivery, Bind[]>> {
    if (items.length === 0) return new Map();
    const binds = await this.#deps.state.inboxes.binds(items.map(({ receiver }) => receiver));
    return new Map(items.map(({ delivery }, i) => [delivery, binds[i] ?? []]));
  }

  /** Letters are stored before anything of their record is settled. */
  async #bury(partition: Partition, works: Work[], appended: Appended[]): Promise<void> {
    let next = 0;
    for (const { record, dead, items, pushes } of works) {
      const place = { partition: partition.number, offset: record.offset };
      for (const { letter } of dead) {
        const { receivers: _receivers, ...known } = letter;
        await this.#deps.letters.bury({ ...place, ...known });
      }
      const buried = new Set<string>();
      for (const { call, delivery } of items) {
        const result = call === undefined ? undefined : appended[next++];
        const { message_id } = delivery.message;
        if (result === undefined || !('refused' in result) || buried.has(message_id)) continue;
        buried.add(message_id);
        const found = pushes.find(({ push }) => push.message_id === message_id);
        if (found !== undefined) await this.#deps.letters.bury({ ...place, ...found, reason: result.refused });
      }
    }
  }

  /** What may be committed now. Where state may lose its last seconds, it is asked again until that is proved. */
  #gather(): void {
    let open = false;
    for (const partition of this.#partitions.values()) {
      const offset = partition.committable();
      if (offset !== undefined) this.#commits.set(partition.number, offset);
      open ||= partition.open;
    }
    if (this.#limits.lossWindowMs === 0 || !open || this.#stopping) return;
    this.#commits.soon();
    this.#prove();
  }

  /** A call to state proves what was applied a loss window before it was sent. */
  #prove(): void {
    const { state, clock, log } = this.#deps;
    const sentAt = clock.now();
    if (sentAt - this.#provenAt < PROOF_EVERY_MS) return;
    this.#provenAt = sentAt;
    const connection = state.connection();
    const partitions = [...this.#partitions.values()];
    state.ping().then(
      () => {
        for (const partition of partitions) partition.stateAnswered(connection, sentAt);
      },
      (cause: unknown) => log.debug({ err: cause }, 'state did not answer a ping'),
    );
  }
}

const SETTLE_LOOK_MS = 20;
const PROOF_EVERY_MS = 1000;
