// Frames as the test client shows them: what kind each is, and the last thousand of them.

export const FRAMES_MAX = 1_000;

export type Direction = 'in' | 'out' | 'event';

export interface Frame {
  /** Counts from 1 and on, also past what is kept. */
  n: number;
  /** Epoch milliseconds. */
  at: number;
  direction: Direction;
  /** LOGIN, HEARTBEAT, MESSAGE, ACK, ERROR; of an event what happened: open, close, drop, retry, … */
  kind: string;
  /** UTF-8. */
  bytes: number;
  /** As it went over the wire; of an event its details. */
  text: string;
  seq?: string;
  messageId?: string;
}

/** What is known of a frame before it is kept. */
type NewFrame = Omit<Frame, 'n' | 'bytes'>;

const utf8 = new TextEncoder();

/** A ring buffer: the newest FRAMES_MAX stay. */
export class FrameLog {
  #kept: Frame[] = [];
  #start = 0;
  #count = 0;
  #list: readonly Frame[] | undefined;

  add(frame: NewFrame): Frame {
    this.#count++;
    const bytes = frame.direction === 'event' ? 0 : utf8.encode(frame.text).length;
    const kept = { ...frame, bytes, n: this.#count };
    if (this.#kept.length < FRAMES_MAX) this.#kept.push(kept);
    else {
      this.#kept[this.#start] = kept;
      this.#start = (this.#start + 1) % FRAMES_MAX;
    }
    this.#list = undefined;
    return kept;
  }

  /** Oldest first; the same array until something is added. */
  list(): readonly Frame[] {
    this.#list ??= [...this.#kept.slice(this.#start), ...this.#kept.slice(0, this.#start)];
    return this.#list;
  }

  /** Frames that were added and are not kept any more. */
  get dropped(): number {
    return this.#count - this.#kept.length;
  }

  clear(): void {
    this.#kept = [];
    this.#start = 0;
    this.#count = 0;
    this.#list = undefined;
  }
}

interface FrameFilter {
  direction: Direction | 'all';
  /** Anywhere in kind or text, in any case. */
  text: string;
  heartbeats: boolean;
}

export function filtered(frames: readonly Frame[], { direction, text, heartbeats }: FrameFilter): readonly Frame[] {
  const wanted = text.trim().toLowerCase();
  if (direction === 'all' && heartbeats && wanted === '') return frames;
  return frames.filter(
    (frame) =>
      (direction === 'all' || frame.direction === direction) &&
      (heartbeats || frame.kind !== 'HEARTBEAT') &&
      (wanted === '' || `${frame.kind}\n${frame.text}`.toLowerCase().includes(wanted)),
  );
}

/** What a frame says of itself; anything that is no JSON object is of kind `?`. */
export function readFrame(text: string): { kind: string; data: Readonly<Record<string, unknown>> } {
  let frame: unknown;
  try {
    frame = JSON.parse(text);
  } catch {
    return { kind: '?', data: {} };
  }
  if (!isRecord(frame)) return { kind: '?', data: {} };
  const name = frame.cmd === 'RESPONSE' ? frame.type : frame.cmd;
  return { kind: typeof name === 'string' && name !== '' ? name : '?', data: isRecord(frame.data) ? frame.data : {} };
}

/** For reading: indented when it is JSON, as it is when not. */
export function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
