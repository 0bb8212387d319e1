// One connection to one Redis master: calls made in order are carried out in order, and nothing is ever sent a second time by itself.
import { ApiError } from '@message-push/protocol';
import type { Histogram, Log } from '@message-push/runtime';
import { Redis } from 'ioredis';
import type { Address } from './address.ts';
import { type Call, commandOf, groupsOf, type ScriptCall } from './calls.ts';
import { problemOf, warningOf } from './server-info.ts';

export interface LaneOptions {
  connect: Address;
  /** A connection that answers nothing for this long while calls are under way is given up, with all of them. */
  timeoutMs: number;
  /** Calls under way at most; more are refused. */
  callsMax: number;
  /** Lua texts that are loaded into each new connection's server before any call. */
  scripts: string[];
  cluster: boolean;
  log: Log | undefined;
  /** Seconds from sending a batch of calls to its answer. */
  seconds: Histogram | undefined;
  /** A new connection is in use from now on. */
  onOpen(): void;
  /** The master says that it does not have a key: its answer. */
  onMoved(reason: string): void;
}

/** Calls of one script that go as one: as long as it runs, Redis answers nobody else. */
const TOGETHER_MAX = 100;
const RETRY_STEP_MS = 100;
const RETRY_MAX_MS = 1000;
/** A server that must not be used is asked again after this. */
const RECHECK_MS = 1000;
/** Answers that speak of where keys are, or that this is no master (any more). */
const MOVED = /^(MOVED|ASK|TRYAGAIN|CLUSTERDOWN|READONLY|MASTERDOWN)\b/;

export class Lane {
  readonly name: string;
  /** Set when the server was reached and must not be used. */
  refusal: string | undefined;
  readonly #options: LaneOptions;
  readonly #redis: Redis;
  #isOpen = false;
  #isClosed = false;
  /** Why it is not open, in words. */
  #problem: string;
  #connection = 0;
  #waiting: Call[] = [];
  /** Calls that found their script gone, in order: they go out again before all others. */
  #again: Call[] = [];
  /** Batches, and all calls, that are not answered. */
  #underWay = 0;
  #calls = 0;
  #isFlushing = false;
  #recheck: NodeJS.Timeout | undefined;
  readonly #firstOutcome = Promise.withResolvers<void>();

  constructor(options: LaneOptions) {
    this.#options = options;
    const { host, port } = options.connect;
    this.name = `${host}:${port}`;
    this.#problem = `Redis at ${this.name} is not connected yet`;
    this.#redis = new Redis({
      ...options.connect,
      connectTimeout: options.timeoutMs,
      socketTimeout: options.timeoutMs,
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      retryStrategy: (times) => Math.min(RETRY_STEP_MS * times, RETRY_MAX_MS),
    });
    this.#redis.on('ready', () => void this.#onReady());
    this.#redis.on('close', () => this.#onClose());
    this.#redis.on('error', (error: Error) => {
      this.#problem = `Redis at ${this.name} is away: ${error.message || String(error)}`;
      this.#firstOutcome.resolve();
    });
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Resolves when the first attempt to connect has succeeded or failed. */
  get firstOutcome(): Promise<void> {
    return this.#firstOutcome.promise;
  }

  /** Rejects at once while the connection is not open, and when it is lost: then the call may have been carried out. */
  call(command: string[]): Promise<unknown> {
    return this.#add(command);
  }

  /** As `call`. Calls of one script that come together are carried out together where all keys are on this server. */
  run(call: ScriptCall): Promise<unknown> {
    return this.#add(call);
  }

  #add(what: Call['what']): Promise<unknown> {
    if (!this.#isOpen) return Promise.reject(this.#away());
    if (this.#calls >= this.#options.callsMax)
      return Promise.reject(away(`${this.#calls} calls to Redis at ${this.name} are under way`));
    return new Promise((done, failed) => {
      this.#waiting.push({ what, done, failed });
      this.#calls += 1;
      this.#flushSoon();
    });
  }

  /** What is under way is answered first. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#recheck);
    if (this.#isOpen) await this.call(['PING']).catch(() => undefined);
    this.#isOpen = false;
    this.#problem = `the connection to Redis at ${this.name} was closed`;
    this.#redis.disconnect();
    this.#rejectAll();
  }

  /** Calls of one turn of the event loop go out together. */
  #flushSoon(): void {
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    setImmediate(() => {
      this.#isFlushing = false;
      this.#flush();
    });
  }

  #flush(): void {
    if (this.#again.length > 0 || this.#waiting.length === 0) return;
    const calls = this.#waiting;
    this.#waiting = [];
    const groups = groupsOf(calls, this.#options.cluster ? 1 : TOGETHER_MAX);
    const pipeline = this.#redis.pipeline();
    for (const group of groups) pipeline.call(...(commandOf(group) as [string, ...string[]])); // a command has a name
    const connection = this.#connection;
    const answered = this.#options.seconds?.startTimer();
    this.#underWay += 1;
    pipeline.exec().then(
      (results) => {
        answered?.();
        this.#onAnswers(connection, groups, results ?? []);
      },
      (error: Error) =>
        this.#onAnswers(
          connection,
          groups,
          groups.map(() => [error, undefined]),
        ),
    );
  }

  #onAnswers(connection: number, groups: Call[][], results: [Error | null, unknown][]): void {
    const isCurrent = connection === this.#connection;
    if (isCurrent) this.#underWay -= 1;
    for (const [i, group] of groups.entries()) {
      const [error, reply] = results[i] ?? [new Error('there was no answer'), undefined];
      const replies = group.length > 1 && Array.isArray(reply) ? reply : [reply];
      for (const [n, call] of group.entries()) {
        const failure = error ?? (replies[n] instanceof Error ? replies[n] : null);
        if (failure === null) this.#done(call, replies[n]);
        else if (isCurrent && this.#isOpen && failure.message.startsWith('NOSCRIPT')) this.#again.push(call);
        else this.#fail(call, failure);
      }
    }
    if (isCurrent && this.#again.length > 0 && this.#underWay === 0) void this.#reload(connection);
  }

  #done(call: Call, reply: unknown): void {
    this.#calls -= 1;
    call.done(reply);
  }

  #fail(call: Call, error: Error): void {
    this.#calls -= 1;
    if (MOVED.test(error.message)) {
      this.#options.onMoved(error.message);
      // A master that became a replica: the connection belongs to nobody any more.
      if (/^(READONLY|MASTERDOWN)/.test(error.message) && this.#isOpen) this.#redis.disconnect(true);
    }
    call.failed(new ApiError('STATE_UNAVAILABLE', { cause: error }));
  }

  /** Somebody flushed the scripts. Nothing is under way now, so that the order stays. */
  async #reload(connection: number): Promise<void> {
    try {
      await this.#loadScripts();
    } catch {
      if (connection === this.#connection) this.#redis.disconnect(true);
      return;
    }
    if (connection !== this.#connection || !this.#isOpen) return;
    this.#waiting = [...this.#again, ...this.#waiting];
    this.#again = [];
    this.#flush();
  }

  async #loadScripts(): Promise<void> {
    await Promise.all(this.#options.scripts.map((lua) => this.#redis.script('LOAD', lua)));
  }

  async #onReady(): Promise<void> {
    const { cluster, log, onOpen } = this.#options;
    this.#connection += 1;
    const connection = this.#connection;
    try {
      const info = await this.#redis.info();
      if (connection !== this.#connection || this.#isClosed) return;
      const problem = problemOf(info, this.name, cluster);
      if (problem !== undefined) {
        this.#refuse(problem);
        return;
      }
      await this.#loadScripts();
      if (connection !== this.#connection || this.#isClosed) return;
      const warning = warningOf(info, this.name);
      if (warning !== undefined) log?.warn(warning);
    } catch (error) {
      this.#problem = `Redis at ${this.name} cannot be used: ${error instanceof Error ? error.message : String(error)}`;
      this.#firstOutcome.resolve();
      if (connection === this.#connection && !this.#isClosed) this.#redis.disconnect(true);
      return;
    }
    this.refusal = undefined;
    this.#isOpen = true;
    onOpen();
    this.#firstOutcome.resolve();
  }

  #refuse(problem: string): void {
    if (this.refusal !== problem) this.#options.log?.error(problem);
    this.refusal = problem;
    this.#problem = problem;
    this.#firstOutcome.resolve();
    this.#recheck = setTimeout(() => {
      if (!this.#isClosed && this.#redis.status === 'ready') this.#redis.disconnect(true);
    }, RECHECK_MS);
  }

  #onClose(): void {
    clearTimeout(this.#recheck);
    this.#connection += 1;
    this.#underWay = 0;
    if (this.#isOpen) this.#problem = `the connection to Redis at ${this.name} was lost`;
    this.#isOpen = false;
    this.#rejectAll();
  }

  #rejectAll(): void {
    for (const { failed } of [...this.#again, ...this.#waiting]) {
      this.#calls -= 1;
      failed(this.#away());
    }
    this.#again = [];
    this.#waiting = [];
  }

  #away(): ApiError {
    return away(this.#problem);
  }
}

function away(why: string): ApiError {
  return new ApiError('STATE_UNAVAILABLE', { cause: new Error(why) });
}
