// The delivery group: reads ahead, appends to inboxes app by app in turn, posts to the nodes of the receivers, commits what is settled.
import type { Bus, BusBatch, Subscription } from '@message-push/bus';
import { type Bind, OFFSET_LIMITS, type OffsetLimits } from '@message-push/delivery';
import { type MessageId, reasonText } from '@message-push/protocol';
import type { Clock, Log } from '@message-push/runtime';
import type { State } from '@message-push/state';
import type { Appends } from './appends.ts';
import type { Turn } from './backlog.ts';
import { Commits } from './commits.ts';
import type { ConsumerConfig } from './config.ts';
import type { DeadLetters } from './dead-letters.ts';
import type { Delivery } from './delivery.ts';
import type { LogBook } from './log-book.ts';
import type { ConsumerMetrics } from './metrics.ts';
import { Partition } from './partition.ts';
import type { Retry } from './retry.ts';
import type { Routed, Router } from './router.ts';
import { type Item, itemsOf, type PushWork, readWork } from './work.ts';

export interface DeliveryGroupDeps {
  bus: Pick<Bus, 'describe' | 'subscribe'>;
  state: Pick<State, 'inboxes' | 'connection' | 'lossWindowMs' | 'ping'>;
  appends: Appends;
  router: Router;
  letters: DeadLetters;
  retry: Retry;
  /** A message that its sender took back: it is neither appended nor posted. */
  isRecalled(messageId: MessageId): boolean;
  book: LogBook;
  config: ConsumerConfig;
  metrics: ConsumerMetrics;
  clock: Clock;
  log: Log;
}

/**
 * Promises: an offset is committed only when every message before it is in its inboxes, was answered by the nodes where its receiver is
 * bound (or those are out of the ring), and its receipts are stored. Of one app nothing is appended before what was read earlier, and nothing
 * posted before it is appended; apps take turns. What is read, what is under way, and what is ahead of one receiver's posts is bounded.
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
      bytesMax: config.consumerReadBytesMax,
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
      gatherMs: config.consumerGatherMs,
      onBatch: (batch) => this.#onBatch(batch),
      onAssigned: (partitions) => this.#onAssigned(partitions),
      onRevoked: (partitions) => this.#onRevoked(partitions),
    });
    this.#commits.to(this.#subscription);
  }

  /** Starts nothing more, waits until what is under way is settled or `until` is over, commits, and leaves the group. */
  async stop(until: Promise<void>): Promise<void> {
    this.#stopping = true;
    for (const partition of this.#partitions.values()) {
      this.#subscription?.pause(partition.number);
      partition.wake();
    }
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

  /** Partitions that do not go on, bytes read and not done, and since when the oldest entry is not settled, and not even started. */
  status(): { paused: number; bytes: number; oldest: number | undefined; waiting: number | undefined } {
    const all = [...this.#partitions.values()];
    return {
      paused: all.filter(({ paused }) => paused).length,
      bytes: all.reduce((sum, { bytes }) => sum + bytes, 0),
      oldest: earliest(all.map(({ oldest }) => oldest)),
      waiting: earliest(all.map(({ waiting }) => waiting)),
    };
  }

  /** Call it now and then: what state may have lost is read again even if nothing new comes. */
  tick(): void {
    const connection = this.#deps.state.connection();
    for (const partition of this.#partitions.values()) partition.follow(connection);
  }

  #onAssigned(given: { partition: number; committed: number }[]): void {
    const { state, config, metrics, book } = this.#deps;
    // Whoever read them before may have raised the generation: their sequences must go on above it.
    book.forget();
    this.#commits.own(given.map(({ partition }) => partition));
    for (const { partition, committed } of given) {
      const deps = {
        subscription: () => this.#subscription,
        limits: this.#limits,
        config,
        metrics,
        endOf: (number: number) => this.#endOf(number),
        onSettled: () => this.#commits.soon(),
      };
      const own = new Partition(partition, committed, state.connection(), deps);
      this.#partitions.set(partition, own);
      void this.#work(own);
    }
    this.#shareBytes();
  }

  #onRevoked(partitions: number[]): void {
    this.#commits.forget(partitions);
    for (const partition of partitions) {
      this.#partitions.get(partition)?.wake();
      this.#partitions.delete(partition);
    }
    this.#shareBytes();
  }

  /** Each partition may read its share of the bytes, and at least one record. */
  #shareBytes(): void {
    const { consumerReadBytesMax } = this.#deps.config;
    this.#limits.bytesMax = Math.max(1, Math.floor(consumerReadBytesMax / Math.max(1, this.#partitions.size)));
  }

  async #endOf(partition: number): Promise<number | undefined> {
    try {
      return (await this.#deps.bus.describe('pushes')).ends[partition];
    } catch (cause) {
      this.#deps.log.debug({ err: cause }, 'the end of the log is not known: the bus is away');
      return undefined;
    }
  }

  /** Rejects when something is away: the bus brings the batch again, and what of it was read is not read twice. */
  async #onBatch(batch: BusBatch): Promise<void> {
    const { book, clock, metrics } = this.#deps;
    const partition = this.#partitions.get(batch.partition);
    if (partition === undefined || this.#stopping) throw new Error('this partition is given up');
    const { turn } = partition;
    const { generation } = await book.open(batch.busId);
    await partition.begin(batch.end);
    if (!this.#goesOn(partition, turn)) return;
    const now = clock.now();
    for (const record of batch.records) if (readWork(record, partition, generation, now)) metrics.records.inc();
    partition.wake();
    const last = batch.records.at(-1);
    if (last === undefined) return;
    partition.behind = last.offset + 1 < batch.end;
    book.saw(generation, partition.number, last.offset);
  }

  /** One partition, as long as it is ours: turn by turn. */
  async #work(partition: Partition): Promise<void> {
    const { config, clock } = this.#deps;
    // The partition is among ours when the first turn begins.
    await Promise.resolve();
    while (this.#partitions.get(partition.number) === partition && !this.#stopping) {
      const next = partition.start(config.consumerAppendsMax, clock.now());
      if (next.entries === 0) await partition.news();
      else await this.#untilDone(partition, next);
    }
  }

  /** What is away is asked again, with the same entries; a new connection to state makes them void. */
  async #untilDone(partition: Partition, next: Turn): Promise<void> {
    const { retry, log } = this.#deps;
    const { turn } = partition;
    for (let failures = 0; this.#goesOn(partition, turn) && !retry.stopped; failures++) {
      try {
        await this.#carryOut(partition, turn, next);
        return;
      } catch (cause) {
        if (failures === 0)
          log.warn({ err: cause, partition: partition.number }, 'entries are not appended; trying again');
      }
      await retry.pause(failures);
    }
  }

  async #carryOut(partition: Partition, turn: number, { pieces, dead }: Turn): Promise<void> {
    const { state, clock, config, appends, router, isRecalled } = this.#deps;
    const connection = state.connection();
    const now = clock.now();
    const { consumerOnlineOnlyMs: onlineOnlyMs } = config;
    const items = pieces.flatMap((piece) =>
      itemsOf(piece, { partition, reports: router, onlineOnlyMs, isRecalled, now }),
    );
    const [appended, binds] = await Promise.all([
      appends.append(items.flatMap(({ call }) => call ?? [])),
      this.#bindsOf(items.filter(({ fate }) => fate === 'once')),
    ]);
    if (!this.#goesOn(partition, turn)) return;
    partition.stateAnswered(connection, now);
    await this.#bury(partition, { dead, items, appended });
    if (!this.#goesOn(partition, turn)) return;
    router.route(partition, { dead, items, appended, binds });
  }

  #goesOn(partition: Partition, turn: number): boolean {
    if (this.#partitions.get(partition.number) !== partition) return false;
    partition.follow(this.#deps.state.connection());
    return partition.turn === turn;
  }

  async #bindsOf(items: Item[]): Promise<Map<Delivery, Bind[]>> {
    if (items.length === 0) return new Map();
    const receivers = items.map(({ delivery: { message, uid } }) => ({ app: message.app, uid }));
    const binds = await this.#deps.state.inboxes.binds(receivers);
    return new Map(items.map(({ delivery }, i) => [delivery, binds[i] ?? []]));
  }

  /** Letters are stored before anything of their record is settled. */
  async #bury(partition: Partition, { dead, items, appended }: Omit<Routed, 'binds'>): Promise<void> {
    const { letters } = this.#deps;
    for (const { record, letter } of dead) {
      const { receivers: _receivers, ...known } = letter;
      await letters.bury({ partition: partition.number, offset: record.offset, ...known });
    }
    const buried = new Set<PushWork>();
    let next = 0;
    for (const { call, work } of items) {
      const result = call === undefined ? undefined : appended[next++];
      if (result === undefined || !('refused' in result) || buried.has(work)) continue;
      buried.add(work);
      const { record, index, push } = work;
      const reason = reasonText('refused', result.refused);
      await letters.bury({ partition: partition.number, offset: record.offset, index, push, reason });
    }
  }

  /** What may be committed now. Where state may lose its last seconds, it is asked again until that is proved. */
  #gather(): void {
    let open = false;
    for (const partition of this.#partitions.values()) {
      const offset = partition.committable();
      if (offset !== undefined) this.#commits.set(partition.number, offset, this.#commits.since(partition.number));
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

function earliest(times: (number | undefined)[]): number | undefined {
  const known = times.filter((at) => at !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

const SETTLE_LOOK_MS = 20;
const PROOF_EVERY_MS = 1000;
