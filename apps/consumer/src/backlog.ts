// What was read of a partition and is not on its way yet: apps take turns, each in the order of its own pushes.
import type { Flight, Pace } from './pace.ts';
import type { DeadWork, PushWork } from './work.ts';

/** Some receivers of a push, in a row. */
export interface Piece {
  readonly work: PushWork;
  /** Index of the first of them. */
  readonly from: number;
  /** One for each of them. */
  readonly flights: Flight[];
}

/** What goes on its way together. */
export interface Turn {
  readonly pieces: Piece[];
  readonly dead: DeadWork[];
  /** Entries in it. */
  readonly entries: number;
}

/**
 * Promises: pushes of one app leave in the order in which they were added, so that the order of each receiver is kept; an app with one
 * entry waits for one turn, however much others have. The bound is the reader's: it adds nothing while too much was read.
 */
export class Backlog {
  #apps = new Map<string, PushWork[]>();
  #dead: DeadWork[] = [];

  get empty(): boolean {
    return this.#apps.size === 0 && this.#dead.length === 0;
  }

  /** When the bus stored the oldest of it, epoch milliseconds. */
  get oldest(): number | undefined {
    let oldest = this.#dead[0]?.record.at;
    for (const [work] of this.#apps.values())
      if (work !== undefined && work.record.at < (oldest ?? Number.POSITIVE_INFINITY)) oldest = work.record.at;
    return oldest;
  }

  add(work: PushWork): void {
    const { app } = work.push;
    const queue = this.#apps.get(app);
    if (queue === undefined) this.#apps.set(app, [work]);
    else queue.push(work);
  }

  addDead(dead: DeadWork): void {
    this.#dead.push(dead);
  }

  clear(): void {
    this.#apps.clear();
    this.#dead = [];
  }

  /** At most `max` entries: an equal share for each app that has some, and what is left over for whoever has more. */
  take(max: number, pace: Pace, now: number): Turn {
    const dead = this.#dead.splice(0, max);
    const pieces: Piece[] = [];
    let left = max - dead.length;
    const share = Math.max(1, Math.floor(left / Math.max(1, this.#apps.size)));
    for (const most of [share, max]) {
      for (const app of [...this.#apps.keys()]) {
        if (left === 0) break;
        left -= this.#takeOf(app, Math.min(most, left), pieces, pace, now);
      }
    }
    return { pieces, dead, entries: max - left };
  }

  /** Answers how many entries it took. It ends at a receiver who is to wait: those behind may be the same again. */
  #takeOf(app: string, most: number, pieces: Piece[], pace: Pace, now: number): number {
    const queue = this.#apps.get(app) ?? [];
    let taken = 0;
    let works = 0;
    for (const work of queue) {
      const flights = flightsOf(work, most - taken, pace, now);
      if (flights.length > 0) pieces.push({ work, from: work.next, flights });
      taken += flights.length;
      work.next += flights.length;
      if (work.next < work.push.uids.length) break;
      works++;
    }
    queue.splice(0, works);
    if (taken === 0 && queue.length > 0) return 0;
    // Behind the others for the next turn.
    this.#apps.delete(app);
    if (queue.length > 0) this.#apps.set(app, queue);
    return taken;
  }
}

function flightsOf({ push, next, bytes }: PushWork, most: number, pace: Pace, now: number): Flight[] {
  const flights: Flight[] = [];
  for (const uid of push.uids.slice(next, next + most)) {
    const flight = pace.take(push.app, uid, bytes, now);
    if (flight === undefined) break;
    flights.push(flight);
  }
  return flights;
}
