// Dead letters as people decide about them: read from the bus newest first, sent again or dismissed, each once.
import type { Archive } from '@message-push/archive';
import type { Bus, BusRecord } from '@message-push/bus';
import type { Database, DeadLetterDecision, DeadLetterPlace } from '@message-push/database';
import {
  ApiError,
  type DeadLetter,
  type DeliveryStatus,
  deadLetterJson,
  type EnvelopePush,
  FormatError,
  inputError,
  type Language,
  partitionOf,
  problemText,
} from '@message-push/protocol';
import type { Clock } from '@message-push/runtime';
import type { Publisher } from './publish.ts';

export interface DeadLettersDeps {
  bus: Pick<Bus, 'describe' | 'read'>;
  database: Pick<Database, 'deadLetters'>;
  archive: Pick<Archive, 'deliveries'>;
  publisher: Pick<Publisher, 'publish'>;
  clock: Clock;
  /** Partitions of the log of pushes, undefined until it is open. */
  partitions(): number | undefined;
}

/** A letter at its place, with the decision about it. */
export interface PlacedLetter extends DeadLetterPlace {
  /** When it was stored on the bus. */
  at: number;
  /** Undefined when the letter itself cannot be read. */
  letter: DeadLetter | undefined;
  decision: DeadLetterDecision | undefined;
}

/** Records read ahead per partition. */
const AHEAD = 16;
/** Letters looked through for one page; a page may end here with fewer than asked for. */
const SCAN_MAX = 1_000;
const PAGE = 200;
/** Who has a message already, or must not have it any more. */
const HAVE_IT: DeliveryStatus[] = ['written', 'acked', 'recalled'];

export class DeadLetterBox {
  readonly #deps: DeadLettersDeps;
  /** Of each partition of a log: the offset of the oldest letter that is kept. */
  #kept: { log: string; from: number[] } | undefined;

  constructor(deps: DeadLettersDeps) {
    this.#deps = deps;
  }

  /** Newest first; `wanted` leaves others out. Throws INVALID_QUERY for a cursor of another log. */
  async list(
    { limit, cursor, language }: { limit: number; cursor: string | undefined; language: Language },
    wanted: (letter: PlacedLetter) => boolean,
  ): Promise<{ items: PlacedLetter[]; cursor?: string }> {
    const { busId, ends } = await this.#deps.bus.describe('dead');
    const before = cursor === undefined ? [...ends] : positionsOf(cursor, busId, ends.length, language);
    const reader = new Backwards(this.#deps.bus, before);
    const items: PlacedLetter[] = [];
    for (let scanned = 0; items.length < limit && scanned < SCAN_MAX; ) {
      const read = await reader.next(limit - items.length);
      if (read.length === 0) return { items };
      scanned += read.length;
      items.push(...(await this.#placed(busId, read)).filter(wanted));
    }
    return { items, ...(reader.hasMore && { cursor: cursorOf(busId, reader.before) }) };
  }

  /** Undefined for what is not kept (any more). */
  async get({ log, partition, offset }: DeadLetterPlace): Promise<PlacedLetter | undefined> {
    const { bus } = this.#deps;
    const { busId, partitions } = await bus.describe('dead');
    if (log !== busId || partition >= partitions) return undefined;
    const record = await bus.read('dead', partition, offset);
    if (record === undefined) return undefined;
    const [placed] = await this.#placed(busId, [{ partition, record }]);
    return placed;
  }

  /** Letters without a decision. */
  async undecided(): Promise<number> {
    const { busId, ends } = await this.#deps.bus.describe('dead');
    const from = await this.#oldestKept(busId, ends);
    const letters = ends.reduce((total, end, partition) => total + Math.max(0, end - (from[partition] ?? 0)), 0);
    return letters === 0 ? 0 : Math.max(0, letters - (await this.#deps.database.deadLetters.count(busId, from)));
  }

  /** Whether its push can be sent again: it could be read, and its time is not over. */
  isReplayable({ letter, decision }: PlacedLetter): boolean {
    return decision === undefined && letter?.push !== undefined && this.#deps.clock.now() < endOf(letter.push);
  }

  /** Throws TAKEN when there is a decision already. */
  async dismiss(placed: PlacedLetter, by: string): Promise<PlacedLetter> {
    return { ...placed, decision: await this.#deps.database.deadLetters.decide(placed, 'dismissed', by) };
  }

  /**
   * Publishes the push again, for those who do not have it: whose inbox still holds it recognizes the message id, who got it is in the
   * history. Throws TAKEN, NOT_REPLAYABLE, ARCHIVE_UNAVAILABLE, BUS_UNAVAILABLE; after PUBLISH_UNKNOWN the decision stands, since
   * the push may be on its way.
   */
  async replay(placed: PlacedLetter, by: string): Promise<PlacedLetter> {
    const { database } = this.#deps;
    const push = placed.letter?.push;
    if (placed.decision !== undefined) throw new ApiError('TAKEN', { params: { what: 'decision' } });
    if (push === undefined || !this.isReplayable(placed)) throw new ApiError('NOT_REPLAYABLE');
    const receivers = await this.#whoLacks(push);
    const decision = await database.deadLetters.decide(placed, 'replayed', by);
    try {
      await this.#publish(push, receivers);
    } catch (error) {
      if (!(error instanceof ApiError && error.code === 'PUBLISH_UNKNOWN')) await database.deadLetters.undo(placed);
      throw error;
    }
    return { ...placed, decision };
  }

  async #whoLacks({ message_id, uids }: EnvelopePush): Promise<string[]> {
    const have = new Set<string>();
    let cursor: string | undefined;
    do {
      const page = await this.#deps.archive.deliveries(message_id, {
        limit: PAGE,
        status: HAVE_IT,
        ...(cursor !== undefined && { cursor }),
      });
      for (const { uid } of page.items) have.add(uid);
      cursor = page.cursor;
    } while (cursor !== undefined);
    return uids.filter((uid) => !have.has(uid));
  }

  async #publish(push: EnvelopePush, receivers: string[]): Promise<void> {
    const partitions = this.#deps.partitions();
    if (partitions === undefined) throw new ApiError('BUS_UNAVAILABLE');
    const byPartition = Map.groupBy(receivers, (uid) => partitionOf(push.app, uid, partitions));
    const parts = [...byPartition].map(([partition, uids]) => ({
      partition,
      push: { ...push, uids, ...devicesFor(uids, push.devices), again: true as const },
    }));
    if (parts.length === 0) return;
    const bytes = JSON.stringify(push).length * parts.length;
    await this.#deps.publisher.publish({ message_id: push.message_id, parts, bytes });
  }

  async #placed(log: string, read: ReadRecord[]): Promise<PlacedLetter[]> {
    const places = read.map(({ partition, record: { offset } }) => ({ log, partition, offset }));
    const decisions = await this.#deps.database.deadLetters.decisions(places);
    const known = new Map(decisions.map((decision) => [placeText(decision), decision]));
    return read.map(({ record: { at, value } }, n) => {
      // As many places as records.
      const place = places[n] as DeadLetterPlace;
      return { ...place, at, letter: letterOf(value), decision: known.get(placeText(place)) };
    });
  }

  /** Letters leave the log from its beginning: the first that can be read is looked for between what was known and the end. */
  async #oldestKept(log: string, ends: number[]): Promise<number[]> {
    const known = this.#kept?.log === log ? this.#kept.from : [];
    const from = await Promise.all(
      ends.map(async (end, partition) => {
        let [low, high] = [Math.min(known[partition] ?? 0, end), end];
        if (low < high && (await this.#deps.bus.read('dead', partition, low)) !== undefined) return low;
        while (low < high) {
          const middle = Math.floor((low + high) / 2);
          if ((await this.#deps.bus.read('dead', partition, middle)) === undefined) low = middle + 1;
          else high = middle;
        }
        return low;
      }),
    );
    this.#kept = { log, from };
    return from;
  }
}

interface ReadRecord {
  partition: number;
  record: BusRecord;
}

/** Reads all partitions from their ends, the newest record first. */
class Backwards {
  /** Of each partition: the offset behind the next record. */
  readonly before: number[];
  readonly #bus: Pick<Bus, 'read'>;
  /** Read ahead, the newest first. */
  readonly #ahead: BusRecord[][];

  constructor(bus: Pick<Bus, 'read'>, before: number[]) {
    this.#bus = bus;
    this.before = before;
    this.#ahead = before.map(() => []);
  }

  get hasMore(): boolean {
    return this.before.some((offset) => offset > 0);
  }

  async next(count: number): Promise<ReadRecord[]> {
    const read: ReadRecord[] = [];
    while (read.length < count) {
      await Promise.all(this.before.map((_, partition) => this.#fill(partition)));
      let newest: ReadRecord | undefined;
      for (const [partition, [record]] of this.#ahead.entries())
        if (record !== undefined && (newest === undefined || record.at > newest.record.at))
          newest = { partition, record };
      if (newest === undefined) return read;
      this.#ahead[newest.partition]?.shift();
      this.before[newest.partition] = newest.record.offset;
      read.push(newest);
    }
    return read;
  }

  async #fill(partition: number): Promise<void> {
    const end = this.before[partition] ?? 0;
    if (end === 0 || (this.#ahead[partition]?.length ?? 0) > 0) return;
    const offsets = Array.from({ length: Math.min(AHEAD, end) }, (_, n) => end - 1 - n);
    const records = await Promise.all(offsets.map((offset) => this.#bus.read('dead', partition, offset)));
    // Where one is not kept any more, none before it is.
    const gone = records.indexOf(undefined);
    const kept = (gone < 0 ? records : records.slice(0, gone)).filter((record) => record !== undefined);
    this.#ahead[partition] = kept;
    if (kept.length === 0) this.before[partition] = 0;
  }
}

function letterOf(value: Uint8Array): DeadLetter | undefined {
  try {
    return deadLetterJson.decode(value);
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}

/** When its push is not worth sending any more; one for who was online is over at once. */
function endOf({ c_time, ttl_s }: EnvelopePush): number {
  return c_time + ttl_s * 1_000;
}

function devicesFor(uids: string[], devices: EnvelopePush['devices']): { devices?: Record<string, string[]> } {
  if (devices === undefined) return {};
  const rows = uids.flatMap((uid) => (Object.hasOwn(devices, uid) ? [[uid, devices[uid] ?? []] as const] : []));
  // fromEntries makes own fields also of names like __proto__.
  return { devices: Object.fromEntries(rows) };
}

/** The name of a place in paths: opaque. */
export function placeText({ log, partition, offset }: DeadLetterPlace): string {
  return Buffer.from(`${log}.${partition}.${offset}`).toString('base64url');
}

const PLACE = /^(.{1,256})\.(\d{1,9})\.(\d{1,15})$/s;

/** Undefined for what is no such name. */
export function placeOf(text: string): DeadLetterPlace | undefined {
  const [, log, partition, offset] = PLACE.exec(Buffer.from(text, 'base64url').toString()) ?? [];
  if (log === undefined) return undefined;
  return { log, partition: Number(partition), offset: Number(offset) };
}

function cursorOf(log: string, before: number[]): string {
  return Buffer.from(JSON.stringify([log, ...before])).toString('base64url');
}

function positionsOf(cursor: string, log: string, partitions: number, language: Language): number[] {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (Array.isArray(value) && value.length === partitions + 1 && value[0] === log) {
      const before = value.slice(1);
      if (before.every((offset) => Number.isSafeInteger(offset) && offset >= 0)) return before;
    }
  } catch {
    // No JSON: refused below.
  }
  throw inputError('INVALID_QUERY', [{ path: 'cursor', problem: problemText('format', language) }]);
}
