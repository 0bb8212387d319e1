// Commits of one subscription, gathered: at most one under way, the newest offset of each partition, never backwards.
import type { Subscription } from '@message-push/bus';
import type { Log } from '@message-push/runtime';

export interface CommitsOptions {
  everyMs: number;
  log: Log;
  /** Called before each commit: the moment to `set` what is to be in it. */
  gather?(): void;
  onCommitted?(partition: number, offset: number): void;
}

export class Commits {
  #options: CommitsOptions;
  #subscription: Pick<Subscription, 'commit'> | undefined;
  #waiting = new Map<number, number>();
  /** Partition → how often one was given before it: a partition that was taken and given again may be of another log. */
  #owned = new Map<number, number>();
  #given = 0;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;

  constructor(options: CommitsOptions) {
    this.#options = options;
  }

  /** The subscription that the offsets belong to; until it is known they wait. */
  to(subscription: Pick<Subscription, 'commit'>): void {
    this.#subscription = subscription;
  }

  /** Partitions given to this member. */
  own(partitions: number[]): void {
    for (const partition of partitions) this.#owned.set(partition, this.#given++);
  }

  /** Since which giving it is ours; undefined = it is not. To be asked for when records come, and given with their offsets. */
  since(partition: number): number | undefined {
    return this.#owned.get(partition);
  }

  /** There is or will be something to commit: `gather` is asked after the pause. */
  soon(): void {
    this.#timer ??= setTimeout(() => this.#tick(), this.#options.everyMs);
  }

  /** `offset` is the next to read. One of before the partition was last given says nothing any more. */
  set(partition: number, offset: number, since: number | undefined): void {
    if (since === undefined || this.since(partition) !== since) return;
    this.#waiting.set(partition, offset);
    this.soon();
  }

  /** Partitions that are another member's now: their offsets are not committed any more. */
  forget(partitions: Iterable<number>): void {
    for (const partition of partitions) {
      this.#owned.delete(partition);
      this.#waiting.delete(partition);
    }
  }

  /** Resolves when what was set so far is committed, or was refused once. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#running;
    await this.#commit();
  }

  /** Commits what is left and takes nothing more. */
  async stop(): Promise<void> {
    await this.flush();
    this.forget([...this.#owned.keys()]);
    clearTimeout(this.#timer);
  }

  #tick(): void {
    this.#timer = undefined;
    if (this.#running !== undefined) {
      this.soon();
      return;
    }
    this.#running = this.#commit().finally(() => {
      this.#running = undefined;
    });
  }

  async #commit(): Promise<void> {
    this.#options.gather?.();
    if (this.#subscription === undefined || this.#waiting.size === 0) return;
    const offsets = [...this.#waiting].map(([partition, offset]) => ({ partition, offset }));
    const since = new Map(this.#owned);
    const isOurs = (partition: number) => this.since(partition) === since.get(partition);
    this.#waiting = new Map();
    try {
      await this.#subscription.commit(offsets);
      for (const { partition, offset } of offsets)
        if (isOurs(partition)) this.#options.onCommitted?.(partition, offset);
    } catch (cause) {
      // Nothing is lost: what is not committed comes again. Offsets that are still ours are tried again with the next ones.
      this.#options.log.warn({ err: cause }, 'offsets were not committed');
      for (const { partition, offset } of offsets)
        if (!this.#waiting.has(partition)) this.set(partition, offset, since.get(partition));
    }
  }
}
