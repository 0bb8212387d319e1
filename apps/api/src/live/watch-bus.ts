// Pushes and receipts as they are published: read beside all groups, only while somebody looks on.
import type { Bus, BusRecord, Tail } from '@message-push/bus';
import { type EnvelopePush, envelopeJson, type Receipt, receiptBatchJson } from '@message-push/protocol';
import type { StreamEvents } from '@message-push/protocol/admin';
import type { Clock, Log } from '@message-push/runtime';
import type { LiveEvents } from './event-log.ts';

export interface BusWatchDeps {
  bus: Pick<Bus, 'tail'>;
  clock: Clock;
  log: Log;
  onPushes(data: LiveEvents['pushes']): void;
  onReceipts(data: LiveEvents['receipts']): void;
}

type Item = StreamEvents['receipts']['items'][number];
type Which = 'pushes' | 'receipts';

interface Seen {
  partition: number;
  record: BusRecord;
}

/** Pushes are told this often, and so many at a time: 50 a second at most. */
const PUSHES_EVERY_MS = 250;
const LISTED_MAX = 100;
/** Receipts of a message are gathered this long. */
const RECEIPTS_EVERY_MS = 100;
/** So many records of each partition that were stored already are looked through for a message that is watched. */
const BACK = 16;
/** Records kept for messages that are watched later, and their bytes. */
const KEPT_MAX = 4_000;
const KEPT_BYTES_MAX = 8 * 1024 * 1024;
const TOLD_MAX = 5_000;
const AGAIN_MS = 1_000;
/** Clocks of machines may differ by so much. */
const SKEW_MS = 500;

export class BusWatch {
  readonly #deps: BusWatchDeps;
  readonly #tails = new Map<Which, Promise<Tail | undefined>>();
  readonly #kept: Record<Which, Seen[]> = { pushes: [], receipts: [] };
  readonly #keptBytes: Record<Which, number> = { pushes: 0, receipts: 0 };
  /** Watched messages by the bytes of their ids. */
  readonly #watched = new Map<string, Buffer>();
  /** Facts to be told, by message. */
  readonly #facts = new Map<string, { app: string; items: Item[] }>();
  /** Of the pushes that were told last: one has several parts. */
  readonly #told = new Set<string>();
  #listed: LiveEvents['pushes']['items'] = [];
  #counts = new Map<string, number>();
  /** Since when each push is told. */
  #tellingSince: number | undefined;
  #timers: NodeJS.Timeout[] = [];
  readonly #retries = new Map<Which, NodeJS.Timeout>();

  constructor(deps: BusWatchDeps) {
    this.#deps = deps;
  }

  /** Which messages are watched, and whether each push is to be told. Nothing runs that nobody needs. */
  need(messages: Iterable<string>, pushes: boolean): void {
    const wanted = new Set(messages);
    for (const id of this.#watched.keys()) if (!wanted.has(id)) this.#watched.delete(id);
    const fresh = [...wanted].filter((id) => !this.#watched.has(id));
    for (const id of fresh) this.#watched.set(id, Buffer.from(id));
    if (!pushes) this.#tellingSince = undefined;
    else this.#tellingSince ??= this.#deps.clock.now() - SKEW_MS;
    this.#run('receipts', wanted.size > 0);
    this.#run('pushes', wanted.size > 0 || pushes);
    this.#tick(wanted.size > 0 || pushes);
    for (const id of fresh) this.#lookBack(id);
  }

  stop(): void {
    this.need([], false);
  }

  #run(which: Which, wanted: boolean): void {
    const running = this.#tails.get(which);
    if (!wanted) {
      clearTimeout(this.#retries.get(which));
      this.#retries.delete(which);
      this.#tails.delete(which);
      this.#kept[which] = [];
      this.#keptBytes[which] = 0;
      void running?.then((tail) => tail?.close());
    } else if (running === undefined) this.#start(which);
  }

  #start(which: Which): void {
    const { bus, log } = this.#deps;
    const onRecords = (partition: number, records: readonly BusRecord[]) => {
      if (this.#tails.get(which) !== starting) return;
      for (const record of records) this.#came(which, partition, record);
    };
    const starting: Promise<Tail | undefined> = Promise.resolve()
      .then(() => bus.tail(which, { back: BACK, onRecords }))
      .catch((error: unknown) => {
        log.debug({ err: error, topic: which }, 'the bus cannot be watched now');
        if (this.#tails.get(which) === starting)
          this.#retries.set(
            which,
            setTimeout(() => this.#start(which), AGAIN_MS),
          );
        return undefined;
      });
    this.#tails.set(which, starting);
  }

  #came(which: Which, partition: number, record: BusRecord): void {
    // The bytes are the bus's own.
    const seen = { partition, record: { ...record, value: Uint8Array.from(record.value) } };
    const kept = this.#kept[which];
    kept.push(seen);
    this.#keptBytes[which] += record.value.byteLength;
    while (this.#keptBytes[which] > KEPT_BYTES_MAX || kept.length > KEPT_MAX)
      this.#keptBytes[which] -= kept.shift()?.record.value.byteLength ?? 0;
    if (which === 'receipts') this.#receipts(seen, this.#watched);
    else this.#pushes(seen, this.#watched, record.at >= (this.#tellingSince ?? Number.POSITIVE_INFINITY));
  }

  /** What came before somebody asked for this message. */
  #lookBack(id: string): void {
    const only = new Map([[id, Buffer.from(id)]]);
    for (const seen of this.#kept.pushes) this.#pushes(seen, only, false);
    for (const seen of this.#kept.receipts) this.#receipts(seen, only);
  }

  #receipts({ record }: Seen, watched: ReadonlyMap<string, Buffer>): void {
    if (!names(record, watched)) return;
    for (const receipt of decoded(receiptBatchJson, record)?.receipts ?? [])
      if (watched.has(receipt.message_id)) this.#fact(receipt.message_id, receipt.app, factsOf(receipt));
  }

  #pushes(seen: Seen, watched: ReadonlyMap<string, Buffer>, telling: boolean): void {
    const { partition, record } = seen;
    if (!telling && !names(record, watched)) return;
    for (const push of decoded(envelopeJson, record)?.pushes ?? []) {
      if (telling) this.#tell(push);
      if (!watched.has(push.message_id)) continue;
      for (const uid of push.uids)
        this.#fact(push.message_id, push.app, { uid, queued_at: record.at, partition, offset: record.offset });
    }
  }

  #tell({ message_id, app, c_time, accepted }: EnvelopePush): void {
    if (this.#told.has(message_id)) return;
    if (this.#told.size >= TOLD_MAX) this.#told.clear();
    this.#told.add(message_id);
    this.#counts.set(app, (this.#counts.get(app) ?? 0) + 1);
    if (this.#listed.length < LISTED_MAX) this.#listed.push({ message_id, app, c_time, accepted });
  }

  #fact(id: string, app: string, item: Item): void {
    const known = this.#facts.get(id);
    if (known === undefined) this.#facts.set(id, { app, items: [item] });
    else known.items.push(item);
  }

  #tick(wanted: boolean): void {
    if (wanted && this.#timers.length === 0) {
      this.#timers = [
        setInterval(() => this.#flushPushes(), PUSHES_EVERY_MS),
        setInterval(() => this.#flushReceipts(), RECEIPTS_EVERY_MS),
      ];
    } else if (!wanted) {
      for (const timer of this.#timers) clearInterval(timer);
      this.#timers = [];
      this.#facts.clear();
      this.#counts = new Map();
      this.#listed = [];
    }
  }

  #flushPushes(): void {
    if (this.#counts.size === 0) return;
    this.#deps.onPushes({ items: this.#listed, counts: this.#counts });
    this.#listed = [];
    this.#counts = new Map();
  }

  #flushReceipts(): void {
    for (const [message_id, { app, items }] of this.#facts) this.#deps.onReceipts({ app, message_id, items });
    this.#facts.clear();
  }
}

/** Most records name no message that is watched: their bytes are looked through, they are not parsed. */
function names({ value }: BusRecord, watched: ReadonlyMap<string, Buffer>): boolean {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  for (const id of watched.values()) if (bytes.includes(id)) return true;
  return false;
}

/** A record that cannot be read is a matter of the consumers. */
function decoded<T>(codec: { decode(input: Uint8Array): T }, { value }: BusRecord): T | undefined {
  try {
    return codec.decode(value);
  } catch {
    return undefined;
  }
}

function factsOf({ message_id: _id, app: _app, ...facts }: Receipt): Item {
  return facts;
}
