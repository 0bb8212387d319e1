// The embedded archive: one SQLite database in a worker thread of this process.
import { join } from 'node:path';
import { ApiError, type DeliveryStatus, type MessageId } from '@message-push/protocol';
import type { Clock, Metrics } from '@message-push/runtime';
import { openStore, type Store } from '@message-push/runtime/sqlite';
import { HOP_STATUSES } from './facts.ts';
import type { Archive, Bucket, DeliveryRecord, Page, PushQuery, PushSummary, SampledDelivery } from './index.ts';
import { type Meters, metersOf, timed } from './meters.ts';
import {
  type CheckedQuery,
  checkDeliveriesPage,
  checkIntervals,
  checkPage,
  checkQuery,
  checkSample,
  invalid,
  TOTAL_MAX,
  writeCursor,
} from './query.ts';
import type { Funnel, Progress } from './read.ts';
import type { WriteBatch } from './write.ts';

export interface EmbeddedArchiveOptions {
  /** Directory of the database; made when missing. One process at a time. */
  dir: string;
  clock: Clock;
  metrics?: Metrics;
  /** Most candidates one search looks at; beyond it is refused as too broad. Default 1,000,000. */
  scanMax?: number;
  /** Memory for pages of the database. Default 16,384. */
  cacheKiB?: number;
}

type ArchiveStore = Store<typeof import('./embedded-store.ts')>;

/** Deliveries, or receipts, written in one transaction: some 100 ms. */
const WRITE_MAX = 4000;

/** Pushes, or deliveries, removed in one call: short enough for writes to get in between. */
const RETAIN_MAX = 500;

/** Opens the archive of a directory, or makes it. */
export async function createEmbeddedArchive(options: EmbeddedArchiveOptions): Promise<Archive> {
  const store: ArchiveStore = await openStore({
    file: join(options.dir, 'archive.db'),
    module: new URL('./embedded-store.ts', import.meta.url),
    options: undefined,
    // These are what becomes of values that cannot be stored, or are no times: no later try helps.
    error: (cause) =>
      cause instanceof TypeError || cause instanceof RangeError
        ? new Error('the archive cannot store this', { cause })
        : new ApiError('ARCHIVE_UNAVAILABLE', { cause }),
    cacheKiB: options.cacheKiB ?? 16_384,
  });
  return new EmbeddedArchive(store, options);
}

class EmbeddedArchive implements Archive {
  readonly #store: ArchiveStore;
  readonly #clock: Clock;
  readonly #scanMax: number;
  readonly #meters: Meters | undefined;

  constructor(store: ArchiveStore, { clock, scanMax, metrics }: EmbeddedArchiveOptions) {
    this.#store = store;
    this.#clock = clock;
    this.#scanMax = scanMax ?? 1_000_000;
    this.#meters = metrics && metersOf(metrics);
  }

  async write(batch: WriteBatch): Promise<void> {
    for (const part of parts(batch)) await this.#store.call('write', part);
    this.#meters?.written.inc({ what: 'push' }, batch.pushes.length);
    this.#meters?.written.inc({ what: 'receipt' }, batch.receipts.length);
  }

  search(query: PushQuery, page: { limit: number; cursor?: string }) {
    return timed(this.#meters, 'search', async () => {
      const checked = checkQuery(query);
      const { limit, after } = checkPage(page);
      const now = this.#clock.now();
      const items = await this.#page(checked, limit + 1, now, after);
      const whole = after === undefined && items.length <= limit;
      const counted = whole ? { total: items.length, totalIsLowerBound: false } : await this.#count(checked, now);
      const last = items.length > limit ? items[limit - 1] : undefined;
      const cursor = last && writeCursor({ c_time: last.c_time, message_id: last.message_id });
      return { items: items.slice(0, limit), ...(cursor === undefined ? {} : { cursor }), ...counted };
    });
  }

  push(messageId: MessageId): Promise<PushSummary | undefined> {
    return timed(this.#meters, 'push', () => this.#store.call('push', { messageId, now: this.#clock.now() }));
  }

  deliveries(
    messageId: MessageId,
    page: { limit: number; cursor?: string; status?: DeliveryStatus[]; uid?: string },
  ): Promise<Page<DeliveryRecord>> {
    return timed(this.#meters, 'deliveries', async () => {
      const checked = checkDeliveriesPage(page);
      const items = await this.#store.call('deliveries', { messageId, now: this.#clock.now(), ...checked });
      const last = items.length > checked.limit ? items[checked.limit - 1] : undefined;
      return {
        items: items.slice(0, checked.limit),
        ...(last === undefined ? {} : { cursor: writeCursor(last.uid) }),
      };
    });
  }

  histogram(query: PushQuery, intervalMs: number): Promise<Bucket[]> {
    return timed(this.#meters, 'histogram', async () => {
      const checked = checkQuery(query);
      const { from, to } = checkIntervals(checked, intervalMs, await this.#store.call('end', undefined));
      const args = { query: { ...checked, from, to }, now: this.#clock.now(), intervalMs };
      const buckets = new Map<number, Bucket>();
      await this.#through(async (hi) => {
        const { parts, ...progress } = await this.#store.call('histogram', { ...args, ...hi });
        for (const { from, hop, n } of parts) {
          const status = HOP_STATUSES[hop];
          const bucket = buckets.get(from) ?? { from, counts: {} };
          buckets.set(from, bucket);
          if (status !== undefined) bucket.counts[status] = (bucket.counts[status] ?? 0) + n;
        }
        return progress;
      });
      return [...buckets.values()].sort((a, b) => a.from - b.from);
    });
  }

  funnel(query: PushQuery): Promise<Funnel> {
    return timed(this.#meters, 'funnel', async () => {
      const args = { query: checkQuery(query), now: this.#clock.now() };
      const total: Funnel = { accepted: 0, routed: 0, written: 0, acked: 0 };
      await this.#through(async (hi) => {
        const { accepted, routed, written, acked, ...progress } = await this.#store.call('funnel', { ...args, ...hi });
        total.accepted += accepted;
        total.routed += routed;
        total.written += written;
        total.acked += acked;
        return progress;
      });
      return total;
    });
  }

  sample(query: PushQuery, limit: number): Promise<SampledDelivery[]> {
    return timed(this.#meters, 'sample', async () => {
      const args = { query: checkQuery(query), now: this.#clock.now() };
      const most = checkSample(limit);
      const items: SampledDelivery[] = [];
      await this.#through(async (hi) => {
        const { items: more, ...progress } = await this.#store.call('sample', {
          ...args,
          ...hi,
          limit: most - items.length,
        });
        items.push(...more);
        return progress;
      });
      return items;
    });
  }

  async retain(before: number): Promise<number> {
    let pushes = 0;
    for (;;) {
      const removed = await this.#store.call('retain', { before, max: RETAIN_MAX });
      pushes += removed.pushes;
      if (removed.pushes < RETAIN_MAX && removed.deliveries < RETAIN_MAX) return pushes;
    }
  }

  async erase(app: string, uid: string): Promise<number> {
    let deliveries = 0;
    for (let after: bigint | undefined; ; ) {
      const erased = await this.#store.call('erase', { app, uid, after: after ?? -1n, max: RETAIN_MAX });
      deliveries += erased.deliveries;
      if (erased.next === undefined) return deliveries;
      after = erased.next;
    }
  }

  async ping(): Promise<void> {
    await this.#store.call('end', undefined);
  }

  close(): Promise<void> {
    return this.#store.close();
  }

  async #page(
    query: CheckedQuery,
    limit: number,
    now: number,
    after: { c_time: number; message_id: string } | undefined,
  ) {
    const items: PushSummary[] = [];
    const args = { query, now, ...(after === undefined ? {} : { after }) };
    await this.#through(async (hi) => {
      const { items: more, ...progress } = await this.#store.call('page', {
        ...args,
        ...hi,
        limit: limit - items.length,
      });
      items.push(...more);
      return progress;
    });
    return items;
  }

  async #count(query: CheckedQuery, now: number): Promise<{ total: number; totalIsLowerBound: boolean }> {
    let n = 0;
    const all = await this.#walk(async (hi) => {
      const { n: more, ...progress } = await this.#store.call('count', { query, now, ...hi, max: TOTAL_MAX - n });
      n += more;
      return progress;
    });
    return { total: Math.min(n, TOTAL_MAX), totalIsLowerBound: !all || n > TOTAL_MAX };
  }

  /** Repeats a read until it has looked at everything; refuses when that is too much. */
  async #through(read: (hi: { hi?: bigint }) => Promise<Progress>): Promise<void> {
    if (!(await this.#walk(read))) throw invalid('query', 'has too much to look through; narrow the time or the app');
  }

  /** False = it ended early, having looked at `scanMax` candidates. */
  async #walk(read: (hi: { hi?: bigint }) => Promise<Progress>): Promise<boolean> {
    let looked = 0;
    let from: { hi?: bigint } = {};
    for (;;) {
      const progress = await read(from);
      looked += progress.looked;
      if (progress.next === undefined) return true;
      if (looked >= this.#scanMax) return false;
      from = { hi: progress.next };
    }
  }
}

/** Cuts a batch where it is so large that searches would wait for it; receipts stay with the pushes before them. */
function* parts({ pushes, receipts }: WriteBatch): Iterable<WriteBatch> {
  let part: WriteBatch = { pushes: [], receipts: [] };
  let size = 0;
  for (const push of pushes) {
    part.pushes.push(push);
    size += push.uids.length;
    if (size < WRITE_MAX) continue;
    yield part;
    part = { pushes: [], receipts: [] };
    size = 0;
  }
  for (let from = 0; from < receipts.length; from += WRITE_MAX) {
    part.receipts = receipts.slice(from, from + WRITE_MAX);
    yield part;
    part = { pushes: [], receipts: [] };
  }
  if (part.pushes.length > 0) yield part;
}
