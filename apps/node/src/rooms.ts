// How much may be on its way to a client: plenty while the node as a whole has little under way, so that a burst goes out live.
import type { NodeConfig } from './config.ts';
import { onSent, onWritten, type Sent, type Session } from './session.ts';

/**
 * Promises: a session never has more than NODE_LIVE_BYTES_MAX and one message unwritten, which its gateway holds without closing it;
 * and only NODE_PULL_BYTES_MAX when clients that do not read have filled NODE_UNWRITTEN_BYTES_MAX, or when the session brought
 * unwritten messages along from another node. Whoever has no room is served from the inbox.
 */
export class Rooms {
  #config: NodeConfig;
  #bytes = 0;

  constructor(config: NodeConfig) {
    this.#config = config;
  }

  /** Bytes sent and not yet written, of all sessions; a message for many counts for each of them. */
  get unwrittenBytes(): number {
    return this.#bytes;
  }

  /** Bytes that may still be sent before some are written. */
  of(session: Session): number {
    const { nodeLiveBytesMax, nodePullBytesMax, nodeUnwrittenBytesMax } = this.#config;
    // What another node sent waits at the gateway besides what is counted here.
    const scarce = this.#bytes >= nodeUnwrittenBytesMax || session.written < session.base;
    return (scarce ? Math.min(nodePullBytesMax, nodeLiveBytesMax) : nodeLiveBytesMax) - session.unwrittenBytes;
  }

  /** A message went down the link. */
  sent(session: Session, sent: Sent): void {
    onSent(session, sent);
    this.#bytes += sent.bytes;
  }

  /** The client's socket took everything up to `seq`: answers what of it was sent from here. */
  written(session: Session, seq: Sent['seq'], now: number): Sent[] {
    const before = session.unwrittenBytes;
    const written = onWritten(session, seq, this.#config.nodeUnreportedMax, now);
    this.#bytes += session.unwrittenBytes - before;
    return written;
  }

  /** The session is not here any more. */
  left(session: Session): void {
    this.#bytes -= session.unwrittenBytes;
    session.unwrittenBytes = 0;
  }
}
