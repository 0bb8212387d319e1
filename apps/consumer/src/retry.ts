// Tries again with pauses that grow and are jittered, until it succeeds or the consumer stops.
import type { Log } from '@message-push/runtime';

export interface RetryOptions {
  minMs: number;
  maxMs: number;
  log: Log;
  /** In [0, 1). */
  jitter(): number;
}

export class Retry {
  #options: RetryOptions;
  #stopped = false;
  #wakes = new Set<() => void>();

  constructor(options: RetryOptions) {
    this.#options = options;
  }

  /** Answers false when `stop` came before a success. Only the first failure of a row is logged. */
  async until(work: () => Promise<unknown>, what: string): Promise<boolean> {
    for (let failures = 0; ; failures++) {
      try {
        await work();
        if (failures > 0) this.#options.log.info({ failures }, `over: ${what}`);
        return true;
      } catch (cause) {
        if (failures === 0) this.#options.log.warn({ err: cause }, `${what}; trying again`);
      }
      if (this.#stopped) return false;
      await this.pause(failures);
      if (this.#stopped) return false;
    }
  }

  /** The pause after this many failures before; ends at once when stopped. */
  pause(failures: number): Promise<void> {
    if (this.#stopped) return Promise.resolve();
    const { minMs, maxMs, jitter } = this.#options;
    const most = Math.min(maxMs, minMs * 2 ** Math.min(failures, 16));
    const { promise, resolve } = Promise.withResolvers<void>();
    const wake = () => {
      clearTimeout(timer);
      this.#wakes.delete(wake);
      resolve();
    };
    const timer = setTimeout(wake, most / 2 + (jitter() * most) / 2);
    this.#wakes.add(wake);
    return promise;
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  stop(): void {
    this.#stopped = true;
    for (const wake of [...this.#wakes]) wake();
  }
}
