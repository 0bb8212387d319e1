// Which connection a key goes through: one server, or the masters of a Redis Cluster.
import type { Lane } from './lane.ts';

export interface Routes {
  /** The lane of a hash tag; throws ApiError STATE_UNAVAILABLE when nobody serves it now. */
  laneOf(tag: string): Lane;
  /** A hash tag that begins with this text and is served by this lane. */
  tagOn(lane: Lane, text: string): string;
  /** Every master; throws ApiError STATE_UNAVAILABLE when some keys are served by nobody. */
  masters(): Lane[];
  /** Resolves when the first attempt to connect has succeeded or failed. */
  firstOutcome(): Promise<void>;
  /** Why what was reached must not be used, in one sentence. */
  refusal(): string | undefined;
  close(): Promise<void>;
}

export class SingleRoute implements Routes {
  readonly #lane: Lane;

  constructor(lane: Lane) {
    this.#lane = lane;
  }

  laneOf(): Lane {
    return this.#lane;
  }

  tagOn(_lane: Lane, text: string): string {
    return text;
  }

  masters(): Lane[] {
    return [this.#lane];
  }

  firstOutcome(): Promise<void> {
    return this.#lane.firstOutcome;
  }

  refusal(): string | undefined {
    return this.#lane.refusal;
  }

  close(): Promise<void> {
    return this.#lane.close();
  }
}
