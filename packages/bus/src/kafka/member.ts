// One subscription: the partitions that its group gives to this member, their readers, and its commits.
import { type Clock, counter, type Log, type Metrics } from '@message-push/runtime';
import type { SubscribeOptions, Subscription } from '../index.ts';
import { Reader } from '../reader.ts';
import type { Cluster } from './cluster.ts';
import { errorOf } from './driver.ts';
import { Feed } from './feed.ts';
import { Fetcher } from './fetcher.ts';
import { Membership } from './membership.ts';
import type { Offsets } from './offsets.ts';
import { busIdOf, type KafkaSettings } from './settings.ts';

/** A batch under way may hold up its partition's move this long; then it moves, and what the batch does is not committed. */
const GIVE_UP_MS = 5000;
const RETRY_FIRST_MS = 50;
const RETRY_LAST_MS = 1000;
const COMMIT_TRIES = 5;
/** Illegal generation, unknown member, rebalance: the group changes; what is still ours afterwards can be committed then. */
const GROUP_CHANGES = new Set([22, 25, 27]);

export interface MemberDeps {
  cluster: Cluster;
  offsets: Offsets;
  settings: KafkaSettings;
  clock: Clock;
  log: Log | undefined;
  metrics: Metrics | undefined;
  groupId: string;
}

interface Owned {
  partition: number;
  /** The log that its offsets belong to. */
  topicId: string;
  committed: number;
  feed: Feed;
  reader: Reader;
}

export class Member implements Subscription {
  /** Resolves when the first assignment is there. */
  readonly joined: Promise<void>;
  readonly #deps: MemberDeps;
  readonly #options: SubscribeOptions;
  readonly #owned = new Map<number, Owned>();
  readonly #fetcher: Fetcher;
  readonly #membership: Membership;
  readonly #first = Promise.withResolvers<void>();
  readonly #failures;
  readonly #incidents;
  readonly #moves;
  /** Changes with each assignment: what an earlier one was about to take is not taken. */
  #round = 0;
  #closing: Promise<void> | undefined;

  constructor(deps: MemberDeps, options: SubscribeOptions) {
    this.#deps = deps;
    this.#options = options;
    this.joined = this.#first.promise;
    this.joined.catch(() => undefined); // nobody may be waiting any more
    const { cluster, settings, log, metrics, clock, groupId } = deps;
    const { topic } = options;
    const labels: ('group' | 'topic')[] = ['group', 'topic'];
    this.#failures = metrics && counter(metrics, 'mp_bus_batch_failures_total', 'Batches that come again', labels);
    this.#incidents =
      metrics && counter(metrics, 'mp_bus_out_of_range_total', 'Partitions whose next record is not kept', labels);
    this.#moves =
      metrics && counter(metrics, 'mp_bus_assignments_total', 'Assignments received from the group', labels);
    this.#fetcher = new Fetcher({
      cluster,
      topic,
      log,
      waitMs: settings.fetchWaitMs,
      bytesMax: settings.fetchBytesMax,
      gatherMs: options.gatherMs ?? 0,
      onOutOfRange: (feed) => void this.#outOfRange(feed),
    });
    this.#membership = new Membership({
      cluster,
      settings,
      clock,
      log,
      groupId,
      topic,
      owned: () => [...this.#owned.keys()],
      onAssignment: (partitions) => this.#assigned(partitions),
      onLost: () => this.#drop([...this.#owned.keys()]),
      onContact: () => {
        for (const { reader } of this.#owned.values()) reader.nudge();
      },
    });
    this.#membership.start();
  }

  async commit(offsets: { partition: number; offset: number }[]): Promise<void> {
    const { offsets: log, settings, cluster } = this.#deps;
    if (offsets.length === 0) return;
    const owned = offsets.map(({ partition }) => this.#mine(partition));
    for (let tries = 1; ; tries++) {
      // Given anew between two tries it may be of another log, where these offsets mean nothing.
      for (const [i, { partition }] of offsets.entries())
        if (this.#mine(partition) !== owned[i]) throw new Error(`partition ${partition} was given anew meanwhile`);
      const { self } = this.#membership;
      const topicId = owned[0]?.topicId ?? '';
      let code: number;
      try {
        code = await log.commit(self, this.#options.topic, topicId, offsets);
      } catch (cause) {
        if (tries < COMMIT_TRIES && !this.#closing) continue;
        throw cluster.unavailable(cause);
      }
      if (code === 0) {
        for (const [i, { offset }] of offsets.entries()) if (owned[i]) owned[i].committed = offset;
        return;
      }
      if (!GROUP_CHANGES.has(code) || tries === COMMIT_TRIES || this.#closing) throw errorOf(code);
      await this.#membership.after(self.generation, settings.rebalanceMs);
    }
  }

  pause(partition: number): void {
    this.#owned.get(partition)?.reader.pause();
  }

  resume(partition: number): void {
    this.#owned.get(partition)?.reader.resume();
  }

  rewind(partition: number): void {
    this.#owned.get(partition)?.reader.rewind();
  }

  /** The topic was made anew: its partitions begin again, and there may be more or fewer of them. */
  restart(): void {
    this.#round += 1;
    this.#drop([...this.#owned.keys()]);
    this.#membership.rejoin();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#first.reject(this.#deps.cluster.unavailable(new Error('the subscription is closed')));
    await Promise.all([...this.#owned.values()].map(({ reader }) => reader.stop()));
    this.#owned.clear();
    await Promise.all([this.#membership.close(), this.#fetcher.close()]);
  }

  #mine(partition: number): Owned {
    const owned = this.#owned.get(partition);
    if (owned === undefined || this.#closing) throw new Error(`partition ${partition} is not this member's`);
    return owned;
  }

  /** Gives up what is not in the assignment, then takes what is new. True when something was given up. */
  async #assigned(partitions: number[]): Promise<boolean> {
    const { group, topic } = this.#options;
    this.#round += 1;
    this.#moves?.inc({ group, topic });
    const lost = [...this.#owned.keys()].filter((partition) => !partitions.includes(partition));
    const gained = partitions.filter((partition) => !this.#owned.has(partition));
    void this.#take(gained, this.#round);
    await within(GIVE_UP_MS, Promise.all(lost.map((partition) => this.#owned.get(partition)?.reader.stop())));
    this.#drop(lost);
    return lost.length > 0;
  }

  /** They are not ours any more from here on. */
  #drop(partitions: number[]): void {
    const dropped = partitions.filter((partition) => {
      void this.#owned.get(partition)?.reader.stop();
      this.#fetcher.remove(partition);
      return this.#owned.delete(partition);
    });
    if (dropped.length > 0 && !this.#closing) this.#options.onRevoked?.(dropped);
  }

  /** Begins to read at the committed offsets. Tried until it is done or another assignment came. */
  async #take(partitions: number[], round: number): Promise<void> {
    const { log, groupId } = this.#deps;
    for (let waitMs = RETRY_FIRST_MS; this.#goesOn(round); waitMs = Math.min(2 * waitMs, RETRY_LAST_MS)) {
      try {
        const starts = await this.#starts(partitions);
        if (this.#goesOn(round)) this.#begin(starts);
        return;
      } catch (cause) {
        log?.warn({ err: cause, group: groupId }, 'where the group is can not be read now');
        await new Promise((resolve) => setTimeout(resolve, waitMs));
      }
    }
  }

  #goesOn(round: number): boolean {
    return this.#round === round && !this.#closing;
  }

  async #starts(partitions: number[]): Promise<{ partition: number; committed: number }[]> {
    const { offsets, groupId } = this.#deps;
    const { topic } = this.#options;
    if (partitions.length === 0) return [];
    const found = await offsets.committed(groupId, topic, partitions);
    const fresh = found.filter(({ offset }) => offset === undefined).map(({ partition }) => partition);
    const oldest = fresh.length > 0 ? await offsets.starts(topic, fresh) : new Map<number, number>();
    return found.map(({ partition, offset }) => ({ partition, committed: offset ?? oldest.get(partition) ?? 0 }));
  }

  #begin(given: { partition: number; committed: number }[]): void {
    try {
      if (given.length > 0) this.#options.onAssigned?.(given);
    } catch (cause) {
      // The subscriber can't begin: the partitions are for others.
      this.#deps.log?.error(
        { err: cause, group: this.#deps.groupId },
        'a subscriber failed when it was given partitions',
      );
      this.#first.reject(cause);
      void this.close();
      return;
    }
    for (const { partition, committed } of given) this.#read(partition, committed);
    this.#first.resolve();
  }

  #read(partition: number, committed: number): void {
    const { settings, cluster } = this.#deps;
    const { group, topic } = this.#options;
    const { id: topicId } = cluster.topic(topic);
    const feed = new Feed({
      busId: busIdOf(topicId),
      partition,
      from: committed,
      bytesMax: settings.fetchBytesMax,
      onRecords: () => owned.reader.nudge(),
      onRoom: () => this.#fetcher.pump(),
    });
    const source = {
      committed: async () => owned.committed,
      read: async (from: number, max: number) => (this.#membership.silent ? undefined : feed.read(from, max)),
      failed: () => this.#failures?.inc({ group, topic }),
    };
    const reader = new Reader(source, this.#options, committed);
    const owned: Owned = { partition, topicId, committed, feed, reader };
    this.#owned.set(partition, owned);
    this.#fetcher.add(feed);
  }

  /** An incident: what was to be read next is not kept (any more). It is said, and reading goes on at the oldest record there is. */
  async #outOfRange(feed: Feed): Promise<void> {
    const { partition } = feed;
    const { topic, group } = this.#options;
    const { cluster, offsets, log } = this.#deps;
    const owned = this.#owned.get(partition);
    if (owned?.feed !== feed) return;
    this.#fetcher.remove(partition);
    const here = () => this.#owned.get(partition) === owned && !this.#closing;
    for (let waitMs = RETRY_FIRST_MS; here(); waitMs = Math.min(2 * waitMs, RETRY_LAST_MS)) {
      try {
        await cluster.refresh();
        const [starts, ends] = await Promise.all([
          offsets.starts(topic, [partition]),
          offsets.ends(topic, [partition]),
        ]);
        const oldest = starts.get(partition) ?? 0;
        const end = ends.get(partition) ?? 0;
        if (!here()) return;
        if (feed.from >= oldest && feed.from <= end) return this.#fetcher.add(feed);
        this.#incidents?.inc({ group, topic });
        log?.error({ group, topic, partition, next: feed.from, oldest, end }, 'the next record to read is not kept');
        await within(GIVE_UP_MS, owned.reader.stop());
        if (!here()) return;
        this.#drop([partition]);
        return this.#begin([{ partition, committed: oldest }]);
      } catch (cause) {
        log?.warn({ err: cause, group, topic, partition }, 'where the log begins can not be read now');
        await new Promise((resolve) => setTimeout(resolve, waitMs));
      }
    }
  }
}

/** Resolves when the work is done or the time is over. */
async function within(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work, over]);
  clearTimeout(timer);
}
