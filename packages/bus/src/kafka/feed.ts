// What of one partition has been fetched and not yet read: a bounded stretch of records ahead of its reader.
import type { BusBatch, BusRecord } from '../index.ts';
import type { FetchedPartition } from './fetch.ts';

export interface FeedOptions {
  busId: string;
  partition: number;
  /** First offset to read. */
  from: number;
  /** Fetched ahead at most, besides one fetch. */
  bytesMax: number;
  /** There is something to read. */
  onRecords(): void;
  /** There is room for more. */
  onRoom(): void;
}

export class Feed {
  readonly partition: number;
  readonly #options: FeedOptions;
  /** Records ahead of the reader; those before `#head` have been read. */
  #records: BusRecord[] = [];
  #head = 0;
  #bytes = 0;
  /** Offset of the next record to be read. */
  #next: number;
  /** Offset to fetch from; an answer to a fetch from anywhere else is dropped. */
  #from: number;
  /** Offset after the last record of the partition, as of the last answer. */
  #end = 0;

  constructor(options: FeedOptions) {
    this.#options = options;
    this.partition = options.partition;
    this.#next = options.from;
    this.#from = options.from;
  }

  get from(): number {
    return this.#from;
  }

  get wants(): boolean {
    return this.#bytes < this.#options.bytesMax / 2;
  }

  /** Up to `max` records and `bytesMax` bytes from this offset; anywhere but behind what was read last it begins anew there. */
  read(from: number, max: number): BusBatch | undefined {
    if (from !== this.#next) this.#seek(from);
    const { bytesMax } = this.#options;
    const stop = Math.min(this.#records.length, this.#head + max);
    let last = this.#head;
    let bytes = 0;
    for (; last < stop; last++) {
      const size = this.#records[last]?.value.length ?? 0;
      if (last > this.#head && bytes + size > bytesMax) break;
      bytes += size;
    }
    if (last === this.#head) return undefined;
    const records = this.#records.slice(this.#head, last);
    this.#next = (records.at(-1)?.offset ?? -1) + 1;
    this.#take(last, bytes);
    return { busId: this.#options.busId, partition: this.partition, records, end: Math.max(this.#end, this.#next) };
  }

  /** What a fetch from `from` brought. */
  add(from: number, { end, records, next }: FetchedPartition): void {
    if (from !== this.#from) return;
    this.#end = end;
    let news = false;
    for (const record of records) {
      if (record.offset < from) continue;
      this.#records.push(record);
      this.#bytes += record.value.length;
      news = true;
    }
    this.#from = Math.max(from, next);
    if (news) this.#options.onRecords();
  }

  #take(head: number, bytes: number): void {
    const wanted = this.wants;
    this.#bytes -= bytes;
    if (head === this.#records.length) {
      this.#records = [];
      this.#head = 0;
    } else {
      this.#records.fill(NOTHING, this.#head, head);
      this.#head = head;
    }
    if (!wanted && this.wants) this.#options.onRoom();
  }

  #seek(from: number): void {
    this.#records = [];
    this.#head = 0;
    this.#bytes = 0;
    this.#next = from;
    this.#from = from;
    this.#options.onRoom();
  }
}

/** Stands where a record was, so that its bytes can go. */
const NOTHING: BusRecord = { offset: -1, at: 0, value: new Uint8Array() };
