// A store: one SQLite database in one worker thread, reached by typed calls that are grouped into few transactions.
import type { DatabaseSync } from 'node:sqlite';
import { Worker } from 'node:worker_threads';

/** What a capability runs in the worker. `reads` never write; `writes` run inside a transaction. All are synchronous. */
export interface StoreHandlers {
  reads: Record<string, (args: never) => unknown>;
  writes: Record<string, (args: never) => unknown>;
  /** Called once before each transaction commits, inside it: the place for bounded sweeps. */
  beforeCommit?(): void;
  /** Something was rolled back (one call, or a transaction): what is cached from the database must be forgotten. */
  rolledBack?(): void;
}

/** A module file of a capability, named by URL: its schema, and how its handlers are made. It is loaded in the worker. */
export interface StoreModule {
  /** SQL scripts; script n brings a database from version n to n + 1. A released script never changes. */
  readonly migrations: readonly string[];
  /** Called once, on a database at the newest version. `options` is plain data. */
  open(db: DatabaseSync, options: never): StoreHandlers;
}

type Handlers<M extends StoreModule> = ReturnType<M['open']>['reads'] & ReturnType<M['open']>['writes'];
type Args<F> = F extends (args: infer A) => unknown ? A : never;
type Result<F> = F extends (args: never) => infer R ? R : never;

/** Calls and results cross by structured clone, or as JSON. Pass byte arrays with a buffer of their own (see `ownBytes`). */
export interface Store<M extends StoreModule> {
  /**
   * Carries out one handler. Calls are carried out in the order they were made; those that wait together share one
   * transaction. Resolved = committed and synced. Rejected = this call changed nothing, unless `error` was told otherwise
   * (the worker crashed, or the disk failed in the middle of a commit).
   */
  call<K extends keyof Handlers<M> & string>(name: K, args: Args<Handlers<M>[K]>): Promise<Result<Handlers<M>[K]>>;
  /** Calls not yet answered. */
  readonly pending: number;
  /** Answers what was called before, then closes the database and ends the worker. Later calls reject. */
  close(): Promise<void>;
}

type MakeError = (cause: unknown, unknown: boolean, call: string) => Error;

export interface StoreOptions<M extends StoreModule> {
  /** Path of the database; its directory is made. One store at a time has it open. */
  file: string;
  /** The store module. */
  module: URL;
  options: Parameters<M['open']>[1];
  /** Makes the error a rejected call gets, e.g. an ApiError of the capability. `unknown`: it may have been carried out. */
  error: MakeError;
  /** Most unanswered calls; more are rejected at once. Default 20,000. */
  queueMax?: number;
  /** Page cache in KiB. Default 4,096. */
  cacheKiB?: number;
  /** How long to wait for another process that still has the file, milliseconds. Default 5,000. */
  busyMs?: number;
  /**
   * Calls and results cross as JSON, for half the work of cloning small objects: for a store that has nothing else in them. A null
   * result arrives as undefined.
   */
  asJson?: boolean;
}

export interface WorkerStart {
  file: string;
  module: string;
  options: unknown;
  cacheKiB: number;
  busyMs: number;
  asJson: boolean;
}

/** To the worker: calls as name, arguments, name, arguments, …, or their JSON; or `close`. */
export type ToWorker = unknown[] | string | 'close';

export interface GroupAnswer {
  results: unknown[];
  failed: FailedCall[];
}

/**
 * From the worker: that it is open, or what prevented it; then one answer for each group of calls, in their order: the JSON of the
 * results if calls cross as JSON and none failed.
 */
export type FromWorker = { open: true } | { refused: string } | GroupAnswer | string;

export interface FailedCall {
  index: number;
  cause: unknown;
  unknown: boolean;
}

interface Waiting {
  name: string;
  resolve(result: unknown): void;
  reject(error: Error): void;
}

/** Opens (or creates) the database. Rejects with a sentence when it cannot be opened. */
export async function openStore<M extends StoreModule>(options: StoreOptions<M>): Promise<Store<M>> {
  const { file, module, cacheKiB = 4096, busyMs = 5000, asJson = false } = options;
  const start: WorkerStart = { file, module: module.href, options: options.options, cacheKiB, busyMs, asJson };
  const entry = new URL('./sqlite-worker.ts', import.meta.url);
  const worker = new Worker(entry, { workerData: start, execArgv: [] }); // flags of the process are not the worker's
  await new Promise<void>((resolve, reject) => {
    worker.once('error', reject);
    worker.once('exit', reject);
    worker.once('message', (message: Exclude<FromWorker, string>) => {
      worker.off('error', reject);
      worker.off('exit', reject);
      if ('refused' in message) reject(new Error(`cannot open ${file}: ${message.refused}`));
      else resolve();
    });
  });
  // The handlers' names and types were given by M; the worker answers each call with its handler's result.
  return new WorkerStore(worker, options.error, asJson, options.queueMax ?? 20_000) as unknown as Store<M>;
}

/** The bytes in a buffer of their own: a view of a shared pool would be cloned with the whole pool. */
export function ownBytes(bytes: Uint8Array): Uint8Array {
  return bytes.byteLength === bytes.buffer.byteLength ? bytes : new Uint8Array(bytes);
}

class WorkerStore {
  readonly #worker: Worker;
  readonly #error: MakeError;
  readonly #asJson: boolean;
  readonly #queueMax: number;
  readonly #exited: Promise<void>;
  /** Unanswered calls, oldest first: those before `#head` are answered already. */
  #waiting: Waiting[] = [];
  #head = 0;
  #outbox: unknown[] = [];
  /** Calls that the worker has and has not answered. */
  #unanswered = 0;
  #ended: unknown;

  constructor(worker: Worker, error: MakeError, asJson: boolean, queueMax: number) {
    this.#worker = worker;
    this.#error = error;
    this.#asJson = asJson;
    this.#queueMax = queueMax;
    worker.on('message', (message: FromWorker) => this.#answer(message));
    worker.on('error', (cause) => this.#end(cause));
    this.#exited = new Promise((resolve) => {
      worker.once('exit', () => {
        this.#end(new Error('the store has ended'));
        resolve();
      });
    });
  }

  get pending(): number {
    return this.#waiting.length - this.#head;
  }

  call(name: string, args: unknown): Promise<unknown> {
    if (this.#ended !== undefined) return Promise.reject(this.#error(this.#ended, false, name));
    if (this.pending >= this.#queueMax)
      return Promise.reject(this.#error(new Error('too many calls are waiting'), false, name));
    // While a group is under way the next one gathers: the busier, the larger the groups, and the fewer messages and syncs.
    if (this.#outbox.length === 0 && this.#unanswered === 0) setImmediate(this.#flush);
    this.#outbox.push(name, args);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ name, resolve, reject });
    });
  }

  async close(): Promise<void> {
    if (this.#ended === undefined) {
      this.#flush();
      this.#worker.postMessage('close' satisfies ToWorker);
      this.#ended = new Error('the store is closed');
    }
    await this.#exited;
  }

  /** One message for all calls of an event-loop turn, or of the time in which the group before was under way. */
  #flush = (): void => {
    const calls = this.#outbox;
    if (calls.length === 0) return;
    this.#outbox = [];
    this.#unanswered += calls.length / 2;
    try {
      this.#worker.postMessage((this.#asJson ? JSON.stringify(calls) : calls) satisfies ToWorker);
    } catch (cause) {
      // Arguments that cannot be cloned are a programming error; their turn fails, the order of the others stays.
      this.#unanswered -= calls.length / 2;
      for (const { name, reject } of this.#waiting.splice(this.#waiting.length - calls.length / 2))
        reject(this.#error(cause, false, name));
    }
  };

  #answer(message: FromWorker): void {
    // After it has opened, the worker posts answers alone.
    const { results, failed } =
      typeof message === 'string'
        ? { results: JSON.parse(message) as unknown[], failed: [] }
        : (message as GroupAnswer);
    const first = this.#head;
    this.#head += results.length;
    this.#unanswered -= results.length;
    if (this.#unanswered === 0) this.#flush();
    for (const { index, cause, unknown } of failed) {
      const waiting = this.#waiting[first + index];
      waiting?.reject(this.#error(cause, unknown, waiting.name));
    }
    // Rejected ones ignore this.
    for (const [index, result] of results.entries()) this.#waiting[first + index]?.resolve(result ?? undefined);
    if (this.#head < this.#waiting.length && this.#head < 4096) return;
    this.#waiting.splice(0, this.#head);
    this.#head = 0;
  }

  #end(cause: unknown): void {
    this.#ended ??= cause;
    const lost = this.#waiting.slice(this.#head);
    this.#waiting = [];
    this.#head = 0;
    this.#outbox = [];
    for (const { name, reject } of lost) reject(this.#error(cause, true, name));
  }
}
