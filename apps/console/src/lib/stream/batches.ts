// Collects events and hands them on once per animation frame, so that a burst costs a page one update.

/** Events of one topic kept for the next frame; a tab that is not drawn would keep them for ever. */
const HELD_MAX = 1000;

export interface Frames {
  request(callback: () => void): number;
  cancel(id: number): void;
}

export class Batches {
  #frames: Frames;
  #onFlush: (topic: string, events: unknown[]) => void;
  #onOverflow: () => void;
  #held = new Map<string, unknown[]>();
  #frame: number | undefined;

  constructor(frames: Frames, onFlush: (topic: string, events: unknown[]) => void, onOverflow: () => void) {
    this.#frames = frames;
    this.#onFlush = onFlush;
    this.#onOverflow = onOverflow;
  }

  /** Past the bound everything held is dropped and told as an overflow: what is shown has to be read anew. */
  add(topic: string, event: unknown): void {
    const events = this.#held.get(topic) ?? [];
    if (events.length >= HELD_MAX) {
      this.clear();
      this.#onOverflow();
      return;
    }
    events.push(event);
    this.#held.set(topic, events);
    this.#frame ??= this.#frames.request(() => this.#flush());
  }

  clear(): void {
    this.#held.clear();
    if (this.#frame !== undefined) this.#frames.cancel(this.#frame);
    this.#frame = undefined;
  }

  #flush(): void {
    this.#frame = undefined;
    const held = this.#held;
    this.#held = new Map();
    for (const [topic, events] of held) this.#onFlush(topic, events);
  }
}
