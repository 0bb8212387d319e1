// How far a receiver's inbox is filled ahead of its posts: no further than half, since what an inbox lets go must have been sent.
import type { ConsumerConfig } from './config.ts';
import type { ConsumerMetrics } from './metrics.ts';

export interface PaceDeps {
  config: Pick<ConsumerConfig, 'consumerUidBytesMax' | 'consumerUidEntriesMax' | 'consumerUidWaitMs'>;
  metrics: Pick<ConsumerMetrics, 'paced'>;
  /** Somebody who was held back may go on. */
  onRoom(): void;
}

/** What is on its way to one receiver: taken from the backlog, and not yet answered by the nodes where they are bound. */
export class Flight {
  readonly #pace: Pace;
  readonly #key: string;
  bytes = 0;
  entries = 0;
  /** Since when the next entry waits and nothing was answered, epoch milliseconds. */
  blockedAt: number | undefined;
  /** Its nodes are silent: nobody waits for them until all of it is answered. */
  free = false;

  constructor(pace: Pace, key: string) {
    this.#pace = pace;
    this.#key = key;
  }

  /** An entry was answered, or went to no node. */
  land(bytes: number): void {
    this.bytes -= bytes;
    this.entries--;
    this.#pace.landed(this, this.#key);
  }
}

/**
 * Promises: a receiver whose nodes answer has never more than CONSUMER_UID_BYTES_MAX and CONSUMER_UID_ENTRIES_MAX appended and not
 * yet posted, one entry excepted. A receiver whose nodes are silent for CONSUMER_UID_WAIT_MS holds nobody up.
 */
export class Pace {
  #deps: PaceDeps;
  #flights = new Map<string, Flight>();
  #blocked = 0;

  constructor(deps: PaceDeps) {
    this.#deps = deps;
  }

  /** Somebody is held back. */
  get blocked(): boolean {
    return this.#blocked > 0;
  }

  /** Counts an entry as on its way; undefined = not now: ask again when there is room, or after the wait. */
  take(app: string, uid: string, bytes: number, now: number): Flight | undefined {
    // An app id has no slash.
    const key = `${app}/${uid}`;
    let flight = this.#flights.get(key);
    if (flight === undefined) {
      flight = new Flight(this, key);
      this.#flights.set(key, flight);
    } else if (!flight.free && this.#isFull(flight, bytes) && this.#waits(flight, now)) return undefined;
    flight.bytes += bytes;
    flight.entries++;
    return flight;
  }

  landed(flight: Flight, key: string): void {
    // One of before a reset.
    if (this.#flights.get(key) !== flight) return;
    if (flight.entries === 0) this.#flights.delete(key);
    if (flight.blockedAt === undefined) return;
    flight.blockedAt = undefined;
    this.#blocked--;
    this.#deps.onRoom();
  }

  /** Reading goes back: what was on its way is void, and its answers count for nothing. */
  reset(): void {
    this.#flights = new Map();
    this.#blocked = 0;
  }

  #isFull({ bytes, entries }: Flight, more: number): boolean {
    const { consumerUidBytesMax, consumerUidEntriesMax } = this.#deps.config;
    return bytes + more > consumerUidBytesMax || entries >= consumerUidEntriesMax;
  }

  #waits(flight: Flight, now: number): boolean {
    const { config, metrics } = this.#deps;
    if (flight.blockedAt === undefined) {
      flight.blockedAt = now;
      this.#blocked++;
      metrics.paced.inc();
      return true;
    }
    if (now - flight.blockedAt < config.consumerUidWaitMs) return true;
    flight.free = true;
    flight.blockedAt = undefined;
    this.#blocked--;
    return false;
  }
}
