// The bookkeeping of publishes: which records of which caller are in which chunk, and what each caller is told.
import { ApiError } from '@message-push/protocol';

/** What a record costs besides its value: lengths, deltas, and the header of its batch. */
const RECORD_BYTES = 32;
const BATCH_BYTES = 128;
const RECORDS_MAX = 10_000;

/** The records of one call of `publish`. */
export class Call {
  readonly records: { partition: number; value: Uint8Array }[];
  readonly bytes: number;
  readonly deadlineAt: number;
  readonly stored: Promise<number[]>;
  /** Records that are in chunks already. */
  taken = 0;
  /** A request with some of its records may have reached a broker. */
  sent = false;
  settled = false;
  readonly #offsets: number[];
  readonly #answer = Promise.withResolvers<number[]>();
  #open: number;

  constructor(records: { partition: number; value: Uint8Array }[], deadlineAt: number) {
    this.records = records;
    this.bytes = records.reduce((sum, { value }) => sum + value.length + RECORD_BYTES, 0);
    this.deadlineAt = deadlineAt;
    this.stored = this.#answer.promise;
    this.#offsets = Array(records.length).fill(-1);
    this.#open = records.length;
  }

  store(index: number, offset: number): void {
    this.#offsets[index] = offset;
    this.#open -= 1;
    if (this.#open > 0 || this.settled) return;
    this.settled = true;
    this.#answer.resolve(this.#offsets);
  }

  /** Nothing is stored for sure, unless something of it was sent. */
  giveUp(cause: unknown): void {
    this.#reject(this.sent ? 'PUBLISH_UNKNOWN' : 'BUS_UNAVAILABLE', cause);
  }

  /** A broker refused `count` of its records and stored none of these. */
  refuse(count: number, cause: unknown): void {
    this.#reject(count === this.records.length ? 'BUS_UNAVAILABLE' : 'PUBLISH_UNKNOWN', cause);
  }

  #reject(code: 'PUBLISH_UNKNOWN' | 'BUS_UNAVAILABLE', cause: unknown): void {
    if (this.settled) return;
    this.settled = true;
    this.#answer.reject(new ApiError(code, { cause }));
  }
}

/** What goes to one partition in one request. Once it was sent it is sent again as it is: its sequence number stands for these records. */
export class Chunk {
  readonly partition: number;
  items: { call: Call; index: number; value: Uint8Array }[] = [];
  bytes = BATCH_BYTES;
  /** Requests that may have reached a broker. */
  sends = 0;

  constructor(partition: number) {
    this.partition = partition;
  }

  add(call: Call, index: number, value: Uint8Array): void {
    this.items.push({ call, index, value });
    this.bytes += sizeOf(value);
  }

  sending(): void {
    this.sends += 1;
    for (const { call } of this.items) call.sent = true;
  }

  /** Leaves out what nobody waits for any more; false when nothing is left. A chunk that was sent stays whole. */
  prune(): boolean {
    if (this.sends === 0) this.items = this.items.filter(({ call }) => !call.settled);
    return this.items.length > 0;
  }

  stored(baseOffset: number): void {
    for (const [i, { call, index }] of this.items.entries()) call.store(index, baseOffset + i);
  }

  refused(cause: unknown): void {
    if (this.sends > 1) {
      this.unknown(cause);
      return;
    }
    const counts = new Map<Call, number>();
    for (const { call } of this.items) counts.set(call, (counts.get(call) ?? 0) + 1);
    for (const [call, count] of counts) call.refuse(count, cause);
  }

  unknown(cause: unknown): void {
    for (const { call } of this.items) call.giveUp(cause);
  }
}

const sizeOf = (value: Uint8Array) => value.length + RECORD_BYTES;

export function fits(value: Uint8Array, bytesMax: number): boolean {
  return BATCH_BYTES + sizeOf(value) <= bytesMax;
}

/**
 * Takes records from the front of the queue: in order, at most `bytesMax` for each partition and `totalMax` in all, at least one.
 * A call that is taken completely leaves the queue.
 */
export function takeChunks(
  queue: Call[],
  bytesMax: number,
  totalMax: number,
  onLeft: (call: Call) => void = () => undefined,
): Map<number, Chunk> {
  const chunks = new Map<number, Chunk>();
  let total = 0;
  for (let call = queue[0]; call !== undefined; call = queue[0]) {
    for (; !call.settled && call.taken < call.records.length; call.taken++) {
      const record = call.records[call.taken];
      if (record === undefined) break;
      const size = sizeOf(record.value);
      let chunk = chunks.get(record.partition);
      const full = chunk !== undefined && (chunk.bytes + size > bytesMax || chunk.items.length === RECORDS_MAX);
      if (full || (total > 0 && total + size > totalMax)) return chunks;
      chunk ??= new Chunk(record.partition);
      chunks.set(record.partition, chunk);
      chunk.add(call, call.taken, record.value);
      total += size;
    }
    queue.shift();
    onLeft(call);
  }
  return chunks;
}
