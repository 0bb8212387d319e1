// Groups of one process: partitions are shared among the members, each is read by one of them at a time, without polling.
import type { BusBatch, BusRecord, SubscribeOptions, Subscription, Topic } from './index.ts';
import { Reader, type Source } from './reader.ts';

/** What groups need of the log. */
export interface GroupLog {
  readonly busId: string;
  /** Offset after the last record known to be stored. */
  end(topic: Topic, partition: number): number;
  read(topic: Topic, partition: number, from: number, max: number): Promise<{ records: BusRecord[]; end: number }>;
  committed(group: string, topic: Topic, partition: number): Promise<number>;
  /** Records that the group reads these partitions; answers where it is. */
  join(group: string, topic: Topic, partitions: number[]): Promise<{ partition: number; committed: number }[]>;
  commit(group: string, topic: Topic, offsets: { partition: number; offset: number }[]): Promise<void>;
  /** A batch was refused by its reader and will come again. */
  failed(group: string, topic: Topic): void;
}

/** The members of one group for one topic. Partition p belongs to member p modulo their number, in order of joining. */
export class Group {
  readonly #log: GroupLog;
  readonly #partitions: number;
  readonly #members: Member[] = [];
  /** One sharing at a time. */
  #shared: Promise<void> = Promise.resolve();

  constructor(log: GroupLog, partitions: number) {
    this.#log = log;
    this.#partitions = partitions;
  }

  async subscribe(options: SubscribeOptions): Promise<Subscription> {
    const member = new Member(this.#log, options, async () => {
      this.#members.splice(this.#members.indexOf(member), 1);
      await member.giveUp(() => true);
      await this.#share();
    });
    this.#members.push(member);
    await this.#share();
    return member;
  }

  /** A record was stored in this partition. */
  wake(partition: number): void {
    for (const member of this.#members) member.readers.get(partition)?.nudge();
  }

  async close(): Promise<void> {
    await Promise.all([...this.#members].map((member) => member.close()));
  }

  #share(): Promise<void> {
    const share = this.#shared.then(async () => {
      const members = [...this.#members];
      const isOf = (member: Member) => (partition: number) => members[partition % members.length] === member;
      await Promise.all(
        members.map(async (member) => {
          const taken = await member.giveUp((partition) => !isOf(member)(partition));
          if (taken.length > 0) member.options.onRevoked?.(taken);
        }),
      );
      for (const member of members) {
        const own = Array.from({ length: this.#partitions }, (_, partition) => partition).filter(isOf(member));
        await member.take(own.filter((partition) => !member.readers.has(partition)));
      }
    });
    this.#shared = share.catch(() => undefined); // whoever asked for this sharing hears of its failure
    return share;
  }
}

class Member implements Subscription {
  readonly options: SubscribeOptions;
  readonly readers = new Map<number, Reader>();
  readonly #log: GroupLog;
  readonly #leave: () => Promise<void>;
  #left: Promise<void> | undefined;

  constructor(log: GroupLog, options: SubscribeOptions, leave: () => Promise<void>) {
    this.#log = log;
    this.options = options;
    this.#leave = leave;
  }

  async commit(offsets: { partition: number; offset: number }[]): Promise<void> {
    for (const { partition } of offsets)
      if (!this.readers.has(partition)) throw new Error(`partition ${partition} is not this member's`);
    await this.#log.commit(this.options.group, this.options.topic, offsets);
  }

  pause(partition: number): void {
    this.readers.get(partition)?.pause();
  }

  resume(partition: number): void {
    this.readers.get(partition)?.resume();
  }

  rewind(partition: number): void {
    this.readers.get(partition)?.rewind();
  }

  close(): Promise<void> {
    this.#left ??= this.#leave();
    return this.#left;
  }

  async take(partitions: number[]): Promise<void> {
    if (partitions.length === 0 || this.#left) return;
    const { group, topic } = this.options;
    const given = await this.#log.join(group, topic, partitions);
    if (this.#left) return;
    this.options.onAssigned?.(given);
    for (const { partition, committed } of given)
      this.readers.set(partition, new Reader(sourceOf(this.#log, this.options, partition), this.options, committed));
  }

  /** Stops reading those partitions; resolves, with their list, when their batches under way have ended. */
  async giveUp(which: (partition: number) => boolean): Promise<number[]> {
    const taken = [...this.readers].filter(([partition]) => which(partition));
    await Promise.all(taken.map(([, reader]) => reader.stop()));
    for (const [partition] of taken) this.readers.delete(partition);
    return taken.map(([partition]) => partition);
  }
}

/** One partition of the log, as a group reads it. */
function sourceOf(log: GroupLog, { group, topic }: SubscribeOptions, partition: number): Source {
  return {
    committed: () => log.committed(group, topic, partition),
    async read(from: number, max: number): Promise<BusBatch | undefined> {
      if (from >= log.end(topic, partition)) return undefined;
      const { records, end } = await log.read(topic, partition, from, max);
      return records.length > 0 ? { busId: log.busId, partition, records, end } : undefined;
    },
    failed: () => log.failed(group, topic),
  };
}
