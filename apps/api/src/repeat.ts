// Runs a piece of work again and again, one run at a time, until it is stopped.
import type { Log } from '@message-push/runtime';

export interface Repeated {
  stop(): void;
}

/** The first run starts at once. A run that fails is logged once until one succeeds. */
export function repeat(what: string, everyMs: number, log: Log, work: () => Promise<void>): Repeated {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let failing = false;
  const run = async () => {
    try {
      await work();
      failing = false;
    } catch (error) {
      if (!failing && !stopped) log.warn({ err: error }, `${what} failed; it is tried on`);
      failing = true;
    }
    if (!stopped) timer = setTimeout(run, everyMs);
  };
  void run();
  return {
    stop: () => {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
