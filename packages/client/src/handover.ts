// Hands messages to the application one by one, each once and in order, and acknowledges what it has handled.
import { isSeq, SEQ_ZERO, type Seq } from '@message-push/protocol';
import type { Device } from './device.ts';
import { SeenMessages } from './inbox.ts';

/** A message as the application gets it. */
export interface PushMessage {
  title?: string;
  content: string;
  content_type?: string;
  extras?: string;
  message_id?: string;
  /** Creation time, epoch milliseconds. */
  c_time?: number;
  seq?: Seq;
}

export interface HandoverDeps {
  device: Device;
  onMessage(message: PushMessage): void | Promise<void>;
  onError(error: unknown): void;
  /** The server may forget everything up to here. */
  onAck(seq: Seq): void;
  /** Nothing waits any more. */
  onIdle(): void;
}

const ACK_DELAY_MS = 20;
const ACK_BATCH = 64;
/** No more than the ids that are remembered, so that what waits is never taken twice. */
const WAITING_MAX = 1_000;

interface Waiting {
  message: PushMessage;
  seq: Seq | undefined;
}

export class Handover {
  private readonly deps: HandoverDeps;
  private readonly seen: SeenMessages;
  private readonly waiting: Waiting[] = [];
  private running = false;
  private closed = false;
  private ackTimer: ReturnType<typeof setTimeout> | undefined;
  private unacknowledged = 0;

  constructor(deps: HandoverDeps) {
    this.deps = deps;
    this.seen = new SeenMessages(deps.device.cursor);
  }

  /** Everything up to here was handled. */
  get cursor(): Seq {
    return this.seen.cursor;
  }

  /** The server knows less than our cursor. */
  rewind(seq: Seq): void {
    this.seen.rewind(seq);
  }

  /** False when too many wait: this one must come again. */
  take(data: Record<string, unknown>): boolean {
    const seq = isSeq(data.seq) ? data.seq : undefined;
    const messageId = typeof data.message_id === 'string' ? data.message_id : undefined;
    if (!this.seen.isNew(messageId, seq)) {
      // Seen before: only the server's cursor is behind.
      this.ackSoon();
      return true;
    }
    if (this.waiting.length >= WAITING_MAX) return false;
    this.seen.taken(messageId);
    const message = data as unknown as PushMessage; // fields as in protocol.md §2; content is always there
    this.waiting.push({ message, seq });
    if (!this.running) void this.run();
    return true;
  }

  /** Acknowledges what is handled and hands nothing over any more; what waits comes again to the next connection of the device. */
  close(): void {
    this.acknowledge();
    this.closed = true;
    this.waiting.length = 0;
  }

  private async run(): Promise<void> {
    this.running = true;
    for (let next = this.waiting.shift(); next !== undefined; next = this.waiting.shift()) {
      try {
        await this.deps.onMessage(next.message);
      } catch (error) {
        this.deps.onError(error);
      }
      this.handled(next.seq);
    }
    this.running = false;
    this.deps.onIdle();
  }

  private handled(seq: Seq | undefined): void {
    if (!this.seen.handled(seq)) return;
    // Another connection may have gone on since this one was closed.
    if (this.closed && (this.deps.device.cursor ?? SEQ_ZERO) > this.cursor) return;
    this.deps.device.keep(this.cursor);
    this.ackSoon();
  }

  private ackSoon(): void {
    if (this.closed) return;
    this.unacknowledged++;
    if (this.unacknowledged >= ACK_BATCH) this.acknowledge();
    else this.ackTimer ??= setTimeout(() => this.acknowledge(), ACK_DELAY_MS);
  }

  private acknowledge(): void {
    clearTimeout(this.ackTimer);
    this.ackTimer = undefined;
    if (this.unacknowledged === 0 || this.cursor === SEQ_ZERO) return;
    this.unacknowledged = 0;
    this.deps.onAck(this.cursor);
  }
}
