// What goes to clients: the same bytes to each socket, what the kernel took goes up as written, slow readers are found.
import { onDown, onOnlineOnlyDown, onWritten } from '@message-push/delivery';
import { CLOSE, type DownFrame, SEQ_ZERO, type Seq } from '@message-push/protocol';
import type { GatewayConfig } from './config.ts';
import type { GatewayMetrics } from './metrics.ts';
import type { Session } from './session.ts';
import type { Sessions } from './sessions.ts';
import { textFrame } from './text-frame.ts';

export const REPORT_WRITTEN = 1;
export const REPORT_ACKED = 2;

export interface OutboundDeps {
  config: GatewayConfig;
  metrics: GatewayMetrics;
  sessions: Sessions;
  close(session: Session, code: number): void;
  report(session: Session, what: number): void;
}

/** A socket that the kernel does not empty at once: what was unsent at a moment, and what came after it. */
interface Slow {
  since: number;
  /** Unsent bytes at `since`; all of them out means that everything up to `seq` is. */
  unsent: number;
  seq: Seq;
  /** Bytes written after `since`. */
  more: number;
}

export class Outbound {
  #deps: OutboundDeps;
  #slow = new Map<Session, Slow>();

  constructor(deps: OutboundDeps) {
    this.#deps = deps;
  }

  get slowReaders(): number {
    return this.#slow.size;
  }

  /** Hot path: one framing per message, one write per session; `seq` and bytes are shared by all of them. */
  down(frame: DownFrame, now: number): void {
    const { targets, seq } = frame;
    const passes = frame.online ? onOnlineOnlyDown : onDown;
    // Without a place among the others it is no position that could be reported.
    const position = frame.online ? SEQ_ZERO : seq;
    let bytes: Buffer | undefined;
    let written = 0;
    for (let i = 0; i + 1 < targets.length; i += 2) {
      const session = this.#deps.sessions.get(targets[i] ?? 0);
      // A session that has ended has told its node; nothing is stale about that.
      if (session === undefined) continue;
      if (!passes(session, targets[i + 1] ?? 0, seq)) {
        this.#deps.metrics.tally.stale++;
        continue;
      }
      bytes ??= textFrame(frame.bytes);
      this.#write(session, bytes, position, now);
      written++;
    }
    this.#deps.metrics.tally.messages += written;
  }

  forget(session: Session): void {
    if (this.#slow.size > 0) this.#slow.delete(session);
  }

  /** Looks after the few sockets with unsent bytes. */
  tick(now: number): void {
    for (const [session, slow] of this.#slow) this.#look(session, slow, now);
    this.#deps.metrics.slowReaders.set(this.#slow.size);
  }

  #write(session: Session, bytes: Buffer, seq: Seq, now: number): void {
    if (session.socket.readyState !== session.socket.OPEN) return;
    session.stream.write(bytes);
    const slow = this.#slow.size === 0 ? undefined : this.#slow.get(session);
    const unsent = session.stream.writableLength;
    if (slow !== undefined) slow.more += bytes.length;
    else if (unsent > 0) this.#slow.set(session, { since: now, unsent, seq: session.enqueued, more: 0 });
    else if (seq !== SEQ_ZERO && onWritten(session, seq)) this.#deps.report(session, REPORT_WRITTEN);
    if (unsent > this.#deps.config.gatewayOutboundBytesMax) this.#deps.close(session, CLOSE.SLOW_READER);
  }

  #look(session: Session, slow: Slow, now: number): void {
    const left = session.stream.writableLength;
    if (left === 0) {
      this.#slow.delete(session);
      this.#took(session, session.enqueued);
      return;
    }
    // Bytes of answers to the client itself are not counted in `more`: the estimate errs to the safe side.
    if (left <= slow.more) {
      this.#took(session, slow.seq);
      this.#slow.set(session, { since: now, unsent: left, seq: session.enqueued, more: 0 });
    } else if (now - slow.since >= this.#deps.config.gatewayOutboundMs) this.#deps.close(session, CLOSE.SLOW_READER);
  }

  #took(session: Session, seq: Seq): void {
    if (seq !== SEQ_ZERO && onWritten(session, seq)) this.#deps.report(session, REPORT_WRITTEN);
  }
}
