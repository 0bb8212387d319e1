// Watches a topic of Kafka beside all groups: fetches every partition from its end, and passes over what it is too slow for.
import type { Log } from '@message-push/runtime';
import type { Tail, TailOptions, Topic } from '../index.ts';
import type { Cluster } from './cluster.ts';
import { Feed } from './feed.ts';
import { Fetcher } from './fetcher.ts';
import type { Offsets } from './offsets.ts';
import type { KafkaSettings } from './settings.ts';

export interface KafkaTailDeps {
  cluster: Cluster;
  offsets: Offsets;
  settings: KafkaSettings;
  log: Log | undefined;
}

/** So many records behind the end it goes on there. */
const BEHIND_MAX = 5_000;
const RECORDS_MAX = 500;
const BEGIN_AGAIN_MS = 1_000;

interface Watched {
  feed: Feed;
  /** Offset to read next. */
  next: number;
  /** Records before it were passed over. */
  missed: boolean;
}

export class KafkaTail implements Tail {
  readonly topic: Topic;
  readonly #deps: KafkaTailDeps;
  readonly #options: TailOptions;
  readonly #onClose: () => void;
  readonly #timers = new Set<NodeJS.Timeout>();
  #fetcher: Fetcher | undefined;
  #closed = false;

  constructor(deps: KafkaTailDeps, topic: Topic, options: TailOptions, onClose: () => void) {
    this.topic = topic;
    this.#deps = deps;
    this.#options = options;
    this.#onClose = onClose;
  }

  /** Rejects when the topic or its ends are not known now. */
  begin(): Promise<void> {
    return this.#begin(this.#options.back ?? 0, false);
  }

  close(): void {
    this.#closed = true;
    this.#stop();
    this.#onClose();
  }

  /** The topic was made anew: no offset of the old one means anything. */
  restart(): void {
    this.#stop();
    if (this.#closed) return;
    this.#begin(0, true).catch(() => this.#later(() => this.restart()));
  }

  async #begin(back: number, missed: boolean): Promise<void> {
    const { cluster, offsets, settings, log } = this.#deps;
    const { topic } = this;
    const { id, leaders } = cluster.topic(topic);
    const ends = await offsets.ends(topic);
    const starts = back > 0 ? await offsets.starts(topic) : new Map<number, number>();
    if (this.#closed) return;
    const watched = new Map<Feed, Watched>();
    const fetcher = new Fetcher({
      ...{ cluster, topic, log, waitMs: settings.fetchWaitMs, bytesMax: settings.fetchBytesMax },
      onOutOfRange: (feed) => {
        fetcher.remove(feed.partition);
        const one = watched.get(feed);
        if (one !== undefined) void this.#seekEnd(fetcher, one);
      },
    });
    this.#fetcher = fetcher;
    for (const partition of leaders.keys()) {
      const from = Math.max(starts.get(partition) ?? 0, (ends.get(partition) ?? 0) - back);
      const feed = new Feed({
        ...{ busId: id, partition, from, bytesMax: settings.fetchBytesMax },
        onRecords: () => this.#hand(one),
        onRoom: () => fetcher.pump(),
      });
      const one: Watched = { feed, next: from, missed };
      watched.set(feed, one);
      fetcher.add(feed);
    }
  }

  #hand(one: Watched): void {
    while (!this.#closed) {
      const batch = one.feed.read(one.next, RECORDS_MAX);
      if (batch === undefined) return;
      const { partition, records, end } = batch;
      one.next = (records.at(-1)?.offset ?? one.next) + 1;
      this.#options.onRecords(partition, records, one.missed);
      one.missed = end - one.next > BEHIND_MAX;
      if (one.missed) seek(one, end);
    }
  }

  /** What is not kept any more was missed. */
  async #seekEnd(fetcher: Fetcher, one: Watched): Promise<void> {
    const { partition } = one.feed;
    try {
      const ends = await this.#deps.offsets.ends(this.topic, [partition]);
      if (this.#fetcher !== fetcher) return;
      one.missed = true;
      seek(one, ends.get(partition) ?? 0);
      fetcher.add(one.feed);
    } catch {
      this.#later(() => void this.#seekEnd(fetcher, one));
    }
  }

  #later(then: () => void): void {
    if (this.#closed) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      then();
    }, BEGIN_AGAIN_MS);
    this.#timers.add(timer);
  }

  #stop(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    // Its connections close by themselves; nobody waits for them.
    void this.#fetcher?.close();
    this.#fetcher = undefined;
  }
}

function seek(one: Watched, offset: number): void {
  one.next = offset;
  one.feed.read(offset, 0);
}
