// One direction of a proxied connection: passes bytes on in order, late or slowly if told so, and holds no more than a bound.
import type { Socket } from 'node:net';

/** How all lanes of a proxy treat bytes that come in from now on. */
export interface Pace {
  delayMs: number;
  /** Bytes per second and lane. */
  rate: number;
}

/** Beyond this the source is not read: whoever sends has to wait. */
const HELD_BYTES_MAX = 4 * 1024 * 1024;
/** A throttled lane sends this often. */
const SLICE_MS = 20;

interface Held {
  bytes: Buffer;
  dueAt: number;
}

export class Lane {
  readonly #source: Socket;
  readonly #sink: Socket;
  readonly #pace: Pace;
  readonly #onPassed: (bytes: number) => void;
  readonly #held: Held[] = [];
  #heldBytes = 0;
  /** The source has ended: the sink's turn comes after the bytes. */
  #endAt: number | undefined;
  /** A throttled lane sends nothing before this. */
  #nextAt = 0;
  #timer: NodeJS.Timeout | undefined;
  #frozen = false;
  #full = false;

  constructor(source: Socket, sink: Socket, pace: Pace, onPassed: (bytes: number) => void) {
    this.#source = source;
    this.#sink = sink;
    this.#pace = pace;
    this.#onPassed = onPassed;
    source.on('data', (bytes: Buffer) => this.#take(bytes));
    source.on('end', () => {
      this.#endAt = performance.now() + pace.delayMs;
      this.#pump();
    });
    sink.on('drain', () => {
      this.#full = false;
      this.#pump();
    });
    sink.on('close', () => clearTimeout(this.#timer));
  }

  /** Nothing goes through any more, the end of the connection neither; what is held is not passed on. */
  freeze(): void {
    this.#frozen = true;
    clearTimeout(this.#timer);
    this.#source.pause();
  }

  get frozen(): boolean {
    return this.#frozen;
  }

  #take(bytes: Buffer): void {
    this.#held.push({ bytes, dueAt: performance.now() + this.#pace.delayMs });
    this.#heldBytes += bytes.length;
    if (this.#heldBytes > HELD_BYTES_MAX) this.#source.pause();
    this.#pump();
  }

  #pump(): void {
    clearTimeout(this.#timer);
    while (!this.#frozen && !this.#full && !this.#sink.destroyed) {
      const now = performance.now();
      const dueAt = this.#held[0] === undefined ? this.#endAt : Math.max(this.#held[0].dueAt, this.#nextAt);
      if (dueAt === undefined) return;
      if (dueAt > now) {
        this.#timer = setTimeout(() => this.#pump(), Math.ceil(dueAt - now));
        return;
      }
      const bytes = this.#slice();
      if (bytes === undefined) {
        this.#sink.end();
        return;
      }
      this.#pass(bytes, now);
    }
  }

  /** The next bytes to send: at a rate, those of one slice of time. */
  #slice(): Buffer | undefined {
    const [first] = this.#held;
    if (first === undefined) return undefined;
    const most = Math.max(1, Math.floor((this.#pace.rate * SLICE_MS) / 1000));
    if (first.bytes.length <= most) return this.#held.shift()?.bytes;
    const bytes = first.bytes.subarray(0, most);
    first.bytes = first.bytes.subarray(most);
    return bytes;
  }

  #pass(bytes: Buffer, now: number): void {
    this.#nextAt = now + (bytes.length / this.#pace.rate) * 1000;
    this.#heldBytes -= bytes.length;
    this.#full = !this.#sink.write(bytes);
    this.#onPassed(bytes.length);
    if (this.#heldBytes <= HELD_BYTES_MAX && this.#source.isPaused()) this.#source.resume();
  }
}
