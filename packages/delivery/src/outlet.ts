// A session's place at its gateway: what was enqueued, written and acknowledged, and which node may speak to it.
import { maxSeq, SEQ_ZERO, type Seq } from '@message-push/protocol';

/** One flat object per session, changed in place. */
export interface Outlet {
  /** Number of the present bind; frames of any other are void. */
  bind: number;
  /** State has answered a bind of this session: from now on its binds are repeats. */
  attached: boolean;
  /** Highest sequence enqueued to the socket; these three are never below the start that the first bind answered. */
  enqueued: Seq;
  /** Highest sequence that the socket took. */
  written: Seq;
  /** Highest sequence that the client acknowledged; until the session is attached the cursor of its LOGIN, unproved. */
  acked: Seq;
  /** Highest sequence of an online-only message that was enqueued. */
  online?: Seq;
}

/** `cursor` is what an acknowledging client says at LOGIN that it has seen. */
export function openOutlet(cursor: Seq = SEQ_ZERO): Outlet {
  return { bind: 0, attached: false, enqueued: SEQ_ZERO, written: SEQ_ZERO, acked: cursor };
}

/** The number for the next BIND, at whichever node; from here on the frames of the bind before are void. */
export function nextBind(outlet: Outlet): number {
  outlet.bind += 1;
  return outlet.bind;
}

/**
 * BOUND of this bind came; false: it is of an old one. The first start is where the session begins, so that a move does not go
 * back behind it; it takes the place of the cursor of the LOGIN, which was believed or not in making it.
 */
export function onOutletBound(outlet: Outlet, bind: number, start: Seq, attached: boolean): boolean {
  if (bind !== outlet.bind) return false;
  if (!attached || outlet.attached) return true;
  outlet.attached = true;
  outlet.enqueued = maxSeq(outlet.enqueued, start);
  outlet.written = start;
  outlet.acked = start;
  return true;
}

/** True when a frame from a node may go to the socket; then its sequence counts as enqueued. SEQ_ZERO has no place and passes. */
export function onDown(outlet: Outlet, bind: number, seq: Seq): boolean {
  if (bind !== outlet.bind) return false;
  if (seq === SEQ_ZERO) return true;
  if (seq <= outlet.enqueued) return false;
  outlet.enqueued = seq;
  return true;
}

/**
 * The same for an online-only message, by the sequence of its push: it has no place between the others, but goes at most once,
 * also when the node before and the node after a move both send it.
 */
export function onOnlineOnlyDown(outlet: Outlet, bind: number, seq: Seq): boolean {
  if (bind !== outlet.bind || seq <= (outlet.online ?? SEQ_ZERO)) return false;
  outlet.online = seq;
  return true;
}

/** The socket took everything up to here. True: to be reported upstream. */
export function onWritten(outlet: Outlet, seq: Seq): boolean {
  if (seq <= outlet.written) return false;
  outlet.written = seq;
  return true;
}

/** The client acknowledged. What was never enqueued to it is ignored. True: to be reported upstream. */
export function onAck(outlet: Outlet, seq: Seq): boolean {
  if (seq > outlet.enqueued || seq <= outlet.acked) return false;
  outlet.acked = seq;
  return true;
}
