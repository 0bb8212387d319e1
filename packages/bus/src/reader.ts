// Hands one partition to its subscriber, batch after batch; the same rules for every implementation.
import type { BusBatch, SubscribeOptions } from './index.ts';

const RETRY_FIRST_MS = 100;
const RETRY_LAST_MS = 2000;

/** Where a reader gets its batches. */
export interface Source {
  committed(): Promise<number>;
  /** What there is from this offset; undefined when nothing is there now (whoever learns of more calls `nudge`). */
  read(from: number, max: number): Promise<BusBatch | undefined>;
  /** A batch was refused by its subscriber and will come again. */
  failed(): void;
}

/**
 * One `onBatch` at a time, in order. A refused batch comes again after a growing pause. Reading goes on behind a batch that was taken,
 * or at the committed offset after `rewind`.
 */
export class Reader {
  readonly #source: Source;
  readonly #options: Pick<SubscribeOptions, 'batchMax' | 'onBatch'>;
  /** Next offset to read; undefined = ask for the committed one first. */
  #position: number | undefined;
  /** A refused batch, to come again. */
  #refused: BusBatch | undefined;
  #retryMs = RETRY_FIRST_MS;
  /** Changes with each rewind: what was read before it is dropped. */
  #turn = 0;
  #paused = false;
  #stopped = false;
  #wait: { end(): void; timer?: NodeJS.Timeout } | undefined;
  /** Woken while it was not asleep: what it looked at may be old. */
  #woken = false;
  readonly #done: Promise<void>;

  constructor(source: Source, options: Pick<SubscribeOptions, 'batchMax' | 'onBatch'>, position: number) {
    this.#source = source;
    this.#options = options;
    this.#position = position;
    this.#done = this.#run();
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#wake();
  }

  rewind(): void {
    this.#turn += 1;
    this.#position = undefined;
    this.#refused = undefined;
    this.#wake();
  }

  /** Resolves when the batch under way has ended; nothing comes after it. */
  stop(): Promise<void> {
    this.#stopped = true;
    this.#wake();
    return this.#done;
  }

  /** There is something new; a pause after a refused batch goes on. */
  nudge(): void {
    if (this.#wait?.timer === undefined) this.#wake();
  }

  async #run(): Promise<void> {
    // The caller of `subscribe` gets its subscription before its first batch.
    await new Promise(setImmediate);
    while (!this.#stopped) {
      const turn = this.#turn;
      this.#woken = false;
      try {
        const batch = this.#paused ? undefined : (this.#refused ?? (await this.#read()));
        if (this.#stopped) return;
        if (turn !== this.#turn) continue;
        if (this.#paused || batch === undefined) await this.#sleep();
        else await this.#hand(batch, turn);
      } catch {
        this.#source.failed();
        if (!this.#stopped && turn === this.#turn) await this.#sleep(this.#retryMs);
        this.#retryMs = Math.min(this.#retryMs * 2, RETRY_LAST_MS);
      }
    }
  }

  async #hand(batch: BusBatch, turn: number): Promise<void> {
    this.#refused = batch;
    await this.#options.onBatch(batch);
    this.#retryMs = RETRY_FIRST_MS;
    if (turn !== this.#turn) return;
    this.#refused = undefined;
    this.#position = (batch.records.at(-1)?.offset ?? -1) + 1;
  }

  async #read(): Promise<BusBatch | undefined> {
    const turn = this.#turn;
    const from = this.#position ?? (await this.#source.committed());
    if (turn !== this.#turn) return undefined;
    this.#position = from;
    return this.#source.read(from, this.#options.batchMax);
  }

  /** Until woken, or (after a refused batch) for a time that news do not shorten. */
  #sleep(ms?: number): Promise<void> {
    if (ms === undefined && this.#woken) return Promise.resolve();
    return new Promise((resolve) => {
      this.#wait = { end: resolve };
      if (ms !== undefined) this.#wait.timer = setTimeout(() => this.#wake(), ms);
    });
  }

  #wake(): void {
    const wait = this.#wait;
    this.#woken = true;
    if (!wait) return;
    this.#wait = undefined;
    clearTimeout(wait.timer);
    wait.end();
  }
}
