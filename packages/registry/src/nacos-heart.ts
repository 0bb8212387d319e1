// Keeps one registration known to Nacos: tells it at once, beats every second with all that is needed to tell it anew, and leaves no ghost.
import { setTimeout as pause } from 'node:timers/promises';
import type { Clock, Log } from '@message-push/runtime';
import type { Registration } from './index.ts';
import type { Instance, NacosApi } from './nacos-api.ts';
import { isRefused } from './nacos-error.ts';
import { isTaken, toInstance } from './nacos-list.ts';

export interface HeartDeps {
  api: Pick<NacosApi, 'put' | 'beat' | 'remove' | 'list'>;
  service: string;
  beatMs: number;
  clock: Clock;
  log: Log;
}

/** A beat that was under way while the instance was taken away may bring it back: it has this long to arrive. */
const GHOST_MS = 300;

/** One call is under way at a time, so that none can undo what a later one has done. */
export class Heart {
  readonly #deps: HeartDeps;
  #wanted: Registration;
  #instance: Instance;
  /** What the server was last told. */
  #stored: Instance | undefined;
  #problem: string | undefined = 'it is not stored yet';
  #saidRefused = false;
  #at: number;
  #turn: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(deps: HeartDeps, registration: Registration) {
    this.#deps = deps;
    this.#wanted = registration;
    this.#at = deps.clock.now();
    this.#instance = toInstance(registration, this.#at, deps.beatMs);
  }

  get registration(): Registration {
    return this.#wanted;
  }

  /** Why the registration is not stored; undefined = it is. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** Rejects only what Nacos will never take. While it is away this resolves after one try, and every beat is another one. */
  start(): Promise<void> {
    return this.#inTurn(() => this.#store(true));
  }

  /** Replaces what was said before, in place. Rejects as `start` does; what was said before then stays. */
  async update(registration: Registration): Promise<void> {
    const { clock, beatMs } = this.#deps;
    const at = Math.max(clock.now(), this.#at + 1);
    const instance = toInstance(registration, at, beatMs);
    const before = { wanted: this.#wanted, instance: this.#instance };
    this.#wanted = registration;
    this.#instance = instance;
    this.#at = at;
    try {
      await this.#inTurn(() => this.#store(true));
    } catch (cause) {
      if (this.#instance === instance) {
        this.#wanted = before.wanted;
        this.#instance = before.instance;
      }
      throw cause;
    }
  }

  /** No more beats; resolves when the one that is under way has ended. The instance is forgotten by the server in time. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#turn;
  }

  /** Takes the registration back, unless somebody else has its place by now. */
  async leave(): Promise<void> {
    await this.stop();
    await this.#remove();
    await pause(GHOST_MS);
    await this.#remove();
  }

  #inTurn(call: () => Promise<void>): Promise<void> {
    clearTimeout(this.#timer);
    const turn = this.#turn.then(call);
    const ended = turn
      .catch(() => {})
      .finally(() => {
        // The last one in the queue goes on beating.
        if (this.#stopped || this.#turn !== ended) return;
        this.#timer = setTimeout(() => void this.#inTurn(() => this.#beat()), this.#deps.beatMs);
      });
    this.#turn = ended;
    return turn;
  }

  async #beat(): Promise<void> {
    const { api, service } = this.#deps;
    if (this.#stopped) return;
    if (this.#stored !== this.#instance || this.#problem !== undefined) return this.#store(false);
    try {
      if (!(await api.beat(service, this.#instance))) await this.#store(false);
    } catch (cause) {
      this.#failed(cause);
    }
  }

  async #store(first: boolean): Promise<void> {
    const { api, service } = this.#deps;
    const instance = this.#instance;
    const before = this.#stored;
    try {
      await api.put(service, instance);
      this.#stored = instance;
      this.#problem = undefined;
      this.#saidRefused = false;
      const moved = before !== undefined && (before.ip !== instance.ip || before.port !== instance.port);
      if (moved) await api.remove(service, before);
    } catch (cause) {
      this.#failed(cause);
      if (first && isRefused(cause)) throw cause;
    }
  }

  #failed(cause: unknown): void {
    const { role, id } = this.#wanted;
    this.#problem = cause instanceof Error ? cause.message : 'unknown';
    // That the registry is away the api says.
    if (isRefused(cause) && !this.#saidRefused)
      this.#deps.log.error({ role, id, err: cause }, 'the registry refuses us');
    this.#saidRefused = isRefused(cause);
  }

  /** A listing can be older than the last change by half a second: only another one in our place stops us, its absence does not. */
  async #remove(): Promise<void> {
    const { api, service } = this.#deps;
    if (!isTaken(await api.list(service), this.#instance)) await api.remove(service, this.#instance);
  }
}
