// Positions on their way to the nodes: what was written and acknowledged, one frame per node, kind and flush.
import type { PositionsFrame } from '@message-push/protocol';
import type { NodePeer } from './node-peer.ts';
import { REPORT_ACKED, REPORT_WRITTEN } from './outbound.ts';
import type { Session } from './session.ts';

/** Positions in one frame: bounds the size of a batch. */
const FRAME_POSITIONS_MAX = 5000;
/** A session that was written more than this since its report was noted is reported in the same turn: its node waits for room. */
const UNREPORTED_BYTES_MAX = 32 * 1024;

export class Positions {
  /** With the bytes that the socket had been given when the first growth was noted. */
  #pending = new Map<Session, number>();
  #soon: NodeJS.Immediate | undefined;

  /** Notes that a position of the session has grown. */
  report(session: Session, what: number): void {
    const bytes = bytesGiven(session);
    if (session.unreported === 0) this.#pending.set(session, bytes);
    else if (bytes - (this.#pending.get(session) ?? bytes) > UNREPORTED_BYTES_MAX)
      this.#soon ??= setImmediate(() => this.flush());
    session.unreported |= what;
  }

  /** Sends what has grown. A session between two nodes waits: its BIND may have left before the position grew. */
  flush(): void {
    if (this.#soon !== undefined) clearImmediate(this.#soon);
    this.#soon = undefined;
    if (this.#pending.size === 0) return;
    const pending = this.#pending;
    this.#pending = new Map();
    const written = new Map<NodePeer, PositionsFrame>();
    const acked = new Map<NodePeer, PositionsFrame>();
    for (const [session, bytes] of pending) {
      if (session.unreported === 0) continue;
      if (!session.bound || session.node === undefined) {
        this.#pending.set(session, bytes);
        continue;
      }
      this.#add(written, 'written', REPORT_WRITTEN, session);
      this.#add(acked, 'acked', REPORT_ACKED, session);
      session.unreported = 0;
    }
    for (const frames of [written, acked]) for (const [peer, frame] of frames) peer.link?.send(frame);
  }

  /** Sends the session's last positions now: it is about to end. */
  flushOne(session: Session): void {
    const { unreported, bound, node, number, bind, written, acked } = session;
    session.unreported = 0;
    if (!bound || node === undefined) return;
    if ((unreported & REPORT_WRITTEN) !== 0)
      node.link?.send({ type: 'written', positions: [{ session: number, bind, seq: written }] });
    if ((unreported & REPORT_ACKED) !== 0)
      node.link?.send({ type: 'acked', positions: [{ session: number, bind, seq: acked }] });
  }

  #add(frames: Map<NodePeer, PositionsFrame>, type: PositionsFrame['type'], what: number, session: Session): void {
    const { node, number, bind } = session;
    if ((session.unreported & what) === 0 || node === undefined) return;
    let frame = frames.get(node);
    if (frame === undefined) {
      frame = { type, positions: [] };
      frames.set(node, frame);
    }
    const seq = type === 'written' ? session.written : session.acked;
    frame.positions.push({ session: number, bind, seq });
    if (frame.positions.length < FRAME_POSITIONS_MAX) return;
    node.link?.send(frame);
    frames.delete(node);
  }
}

/** What an upgrade hands over is a socket; a stream that does not count is reported with the others. */
function bytesGiven({ stream }: Session): number {
  return 'bytesWritten' in stream && typeof stream.bytesWritten === 'number' ? stream.bytesWritten : 0;
}
