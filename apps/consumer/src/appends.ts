// Appends to the inboxes: in calls of a bounded size, under way together; what state refuses alone is told apart from state being away.
import type { AppendResult } from '@message-push/delivery';
import { ApiError } from '@message-push/protocol';
import type { Log } from '@message-push/runtime';
import type { Inboxes } from '@message-push/state';
import type { ConsumerMetrics } from './metrics.ts';
import type { AppendCall } from './work.ts';

/** An append that state will never take, by the reason it gave. */
export type Appended = AppendResult | { refused: string };

export interface AppendsDeps {
  inboxes: Pick<Inboxes, 'append'>;
  /** Calls in one request to state. */
  callsMax: number;
  metrics: ConsumerMetrics;
  log: Log;
}

export class Appends {
  #deps: AppendsDeps;

  constructor(deps: AppendsDeps) {
    this.#deps = deps;
  }

  /** Answers in order; rejects when state is away. State carries out what is sent first, first. */
  async append(calls: AppendCall[]): Promise<Appended[]> {
    const { inboxes, callsMax, metrics } = this.#deps;
    const parts: Promise<Appended[]>[] = [];
    for (let from = 0; from < calls.length; from += callsMax) {
      const part = calls.slice(from, from + callsMax);
      parts.push(
        inboxes.append(part).catch((cause: unknown) => {
          metrics.stateFailures.inc();
          if (cause instanceof ApiError) throw cause;
          return this.#appendEach(part, cause);
        }),
      );
    }
    return (await Promise.all(parts)).flat();
  }

  async #appendEach(calls: AppendCall[], cause: unknown): Promise<Appended[]> {
    this.#deps.log.error({ err: cause }, 'state refuses a batch: it is appended one by one');
    const results: Appended[] = [];
    for (const call of calls) {
      try {
        results.push(...(await this.#deps.inboxes.append([call])));
      } catch (alone) {
        if (alone instanceof ApiError) throw alone;
        results.push({ refused: alone instanceof Error ? alone.message : String(alone) });
      }
    }
    return results;
  }
}
