// Joins the writes of a short time into one, since what a write costs hardly grows with its size; each is still answered for itself.
import type { QueuedPush } from './index.ts';
import type { WriteBatch } from './write.ts';

/** Deliveries and receipts after which a write waits no longer. */
const GATHERED_MAX = 2000;

interface Gathered {
  pushes: QueuedPush[];
  receipts: WriteBatch['receipts'];
  size: number;
  batches: WriteBatch[];
  timer: NodeJS.Timeout;
  written: Promise<void>;
  start(): void;
}

export class Gather {
  readonly #write: (batch: WriteBatch) => Promise<void>;
  readonly #lingerMs: number;
  #open: Gathered | undefined;

  /** `lingerMs`: how long a write waits for others. */
  constructor(write: (batch: WriteBatch) => Promise<void>, lingerMs: number) {
    this.#write = write;
    this.#lingerMs = lingerMs;
  }

  /** Resolves when it is stored. Rejects when it was not, whatever became of those it was joined with. */
  async add(batch: WriteBatch): Promise<void> {
    const gathered = this.#open ?? this.#begin();
    gathered.batches.push(batch);
    for (const push of batch.pushes) {
      gathered.pushes.push(push);
      gathered.size += push.uids.length;
    }
    for (const receipt of batch.receipts) gathered.receipts.push(receipt);
    gathered.size += batch.receipts.length;
    if (gathered.size >= GATHERED_MAX) this.flush();
    try {
      await gathered.written;
    } catch (error) {
      if (gathered.batches.length === 1) throw error;
      await this.#write(batch); // facts may be repeated: only the batch that cannot be written fails
    }
  }

  /** Writes what waits, at once. */
  flush(): void {
    const gathered = this.#open;
    if (gathered === undefined) return;
    this.#open = undefined;
    clearTimeout(gathered.timer);
    gathered.start();
  }

  #begin(): Gathered {
    const { promise, resolve } = Promise.withResolvers<void>();
    const gathered: Gathered = {
      pushes: [],
      receipts: [],
      size: 0,
      batches: [],
      timer: setTimeout(() => this.flush(), this.#lingerMs),
      written: promise,
      start: () => resolve(this.#write({ pushes: gathered.pushes, receipts: gathered.receipts })),
    };
    this.#open = gathered;
    return gathered;
  }
}
