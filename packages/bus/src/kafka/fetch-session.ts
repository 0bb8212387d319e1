// A fetch session: the broker remembers which offsets were asked for, so that a request names only what changed since the last one.

/** Belongs to one broker. Thrown away when a fetch fails: the next one begins another. */
export class FetchSession {
  #id = 0;
  #epoch = 0;
  #known = new Map<number, number>();

  /** What to send so that exactly these partitions are fetched, each from its offset. */
  ask(wanted: Map<number, number>): {
    sessionId: number;
    epoch: number;
    partitions: { partition: number; from: number }[];
    forgotten: number[];
  } {
    const known = this.#id === 0 ? new Map<number, number>() : this.#known;
    const changed = [...wanted].filter(([partition, from]) => known.get(partition) !== from);
    const forgotten = [...known.keys()].filter((partition) => !wanted.has(partition));
    this.#known = wanted;
    const partitions = changed.map(([partition, from]) => ({ partition, from }));
    return { sessionId: this.#id, epoch: this.#epoch, partitions, forgotten };
  }

  /** `id` is 0 when the broker keeps no session for us: then each request names everything. */
  answered(id: number): void {
    this.#epoch = id === 0 ? 0 : (this.#epoch % EPOCHS) + 1;
    this.#id = id;
  }
}

const EPOCHS = 2 ** 31 - 1;
