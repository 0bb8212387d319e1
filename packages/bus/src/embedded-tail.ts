// Watches the embedded log: what is published in this process is handed on as soon as it is stored, without reading it again.
import type { BusRecord, Tail, TailOptions, Topic } from './index.ts';

/** Reads what was stored before. */
type Read = (partition: number, from: number, max: number) => Promise<{ records: BusRecord[] }>;

export class EmbeddedTail implements Tail {
  readonly topic: Topic;
  readonly #options: TailOptions;
  readonly #onClose: () => void;
  /** What came while records before it were read, by partition. */
  readonly #waiting = new Map<number, BusRecord[]>();
  #begun = false;
  #closed = false;

  constructor(topic: Topic, options: TailOptions, onClose: () => void) {
    this.topic = topic;
    this.#options = options;
    this.#onClose = onClose;
  }

  /** Hands on what is asked for of the past, up to these ends, then what came meanwhile. */
  async begin(ends: readonly number[], read: Read): Promise<void> {
    const { back = 0 } = this.#options;
    for (const [partition, end] of back === 0 ? [] : ends.entries()) {
      const { records } = await read(partition, Math.max(0, end - back), back);
      // What was stored since is among the waiting.
      this.#hand(
        partition,
        records.filter(({ offset }) => offset < end),
      );
    }
    this.#begun = true;
    for (const [partition, records] of this.#waiting)
      this.#hand(
        partition,
        records.filter(({ offset }) => offset >= (ends[partition] ?? 0)),
      );
    this.#waiting.clear();
  }

  /** These values were stored: the i-th in the i-th partition at the i-th offset. */
  stored(partitions: readonly number[], offsets: readonly number[], values: readonly Uint8Array[], at: number): void {
    const [only] = partitions;
    if (only !== undefined && partitions.length === 1) {
      this.#came(only, recordsOf([0], offsets, values, at));
      return;
    }
    const places = Map.groupBy(partitions.keys(), (i) => partitions[i] ?? 0);
    for (const [partition, list] of places) this.#came(partition, recordsOf(list, offsets, values, at));
  }

  close(): void {
    this.#closed = true;
    this.#waiting.clear();
    this.#onClose();
  }

  #came(partition: number, records: BusRecord[]): void {
    const waiting = this.#waiting.get(partition);
    if (this.#begun) this.#hand(partition, records);
    else if (waiting === undefined) this.#waiting.set(partition, records);
    else waiting.push(...records);
  }

  #hand(partition: number, records: readonly BusRecord[]): void {
    if (!this.#closed && records.length > 0) this.#options.onRecords(partition, records, false);
  }
}

function recordsOf(
  places: readonly number[],
  offsets: readonly number[],
  values: readonly Uint8Array[],
  at: number,
): BusRecord[] {
  return places.map((i) => ({ offset: offsets[i] ?? 0, at, value: values[i] ?? new Uint8Array() }));
}
