// A session at its node: one flat object with its place in the inbox, what it was sent, and what of that is reported.
import { deviceOf, type Reader, startReader } from '@message-push/delivery';
import type { Link } from '@message-push/link';
import { type BindFrame, type MessageId, maxSeq, SEQ_ZERO, type Seq } from '@message-push/protocol';

/** A gateway by its link: the sessions it has here, and the targets of the frame being put together. */
export interface Gateway {
  readonly link: Link;
  /** Of this node, as it was told to the gateway: its sessions are recorded under it. */
  readonly incarnation: string;
  /** By the gateway's number of the session. */
  readonly sessions: Map<number, Session>;
  /** Session and bind numbers, flattened. */
  targets: number[];
}

/** A message on its way, shared by all sessions that it was sent to. */
export interface Sent {
  readonly seq: Seq;
  readonly message_id: MessageId;
  readonly bytes: number;
}

/** A message that an acknowledging client's socket took. */
export interface Unacked extends Sent {
  readonly written_at: number;
}

/** Tens of thousands of them live in a node: no closure, no timer and no collection of its own while it is idle. */
export interface Session extends Reader {
  readonly gateway: Gateway;
  readonly number: number;
  readonly bind: number;
  readonly session_id: string;
  readonly app: string;
  readonly uid: string;
  readonly scope: string;
  /** Lower case. */
  readonly platform: string;
  /** Undefined for a client that does not name its device. */
  readonly device: string | undefined;
  readonly since: number;
  readonly issued_at: number;
  readonly ring_version: number;
  /** The client acknowledges: its cursor follows `acked`, else `written`. */
  readonly ack: boolean;
  /** State has answered a bind of the session: from now on its binds are repeats. */
  attached: boolean;
  /** BOUND was sent, with or without an attached inbox. */
  bound: boolean;
  /** State has answered a bind made from here: the session is in its inbox's records. */
  recorded: boolean;
  /** Told to close: nothing more is sent, its last positions still count. */
  closing: boolean;
  /** Not bound here any more. */
  gone: boolean;
  written: Seq;
  acked: Seq;
  /** What lies up to here is not in the lists below: its receipts come from the inbox's answers. */
  base: Seq;
  /** The cursor that was handed to state last. */
  advanced: Seq;
  /** Sent and not yet written, in order; undefined while empty. */
  unwritten: Sent[] | undefined;
  /** Written and not yet acknowledged, in order; undefined while empty. */
  unacked: Unacked[] | undefined;
  unwrittenBytes: number;
}

/** The session of a BIND; its bind at state counts as under way from here on. */
export function openSession(gateway: Gateway, frame: BindFrame): Session {
  const { position, busy, behind, online } = startReader(frame.enqueued);
  // Measured: with `...` the object grows field by field and costs four times the memory to make.
  return {
    position,
    busy,
    behind,
    online,
    gateway,
    number: frame.session,
    bind: frame.bind,
    session_id: frame.session_id,
    app: frame.app,
    uid: frame.uid,
    scope: frame.scope,
    platform: frame.platform.toLowerCase(),
    device: deviceOf(frame.scope),
    since: frame.since,
    issued_at: frame.issued_at,
    ring_version: frame.ring_version,
    ack: frame.ack,
    attached: frame.repeat,
    bound: false,
    recorded: false,
    closing: false,
    gone: false,
    written: frame.written,
    acked: frame.acked,
    base: frame.enqueued,
    advanced: SEQ_ZERO,
    unwritten: undefined,
    unacked: undefined,
    unwrittenBytes: 0,
  };
}

/** Everything up to here the client has, by its own word or by its socket's. */
export function cursorOf(session: Session): Seq {
  return session.ack ? session.acked : session.written;
}

/** The first bind of a session was answered: what lies up to its start it has, whatever its client said at LOGIN. */
export function onAttached(session: Session, start: Seq): void {
  session.acked = start;
  session.written = maxSeq(session.written, start);
  session.base = start;
  session.attached = true;
}

/** A message went down the link. */
export function onSent(session: Session, sent: Sent): void {
  if (session.unwritten === undefined) session.unwritten = [sent];
  else session.unwritten.push(sent);
  session.unwrittenBytes += sent.bytes;
}

/** The client's socket took everything up to `seq`: answers what of it was sent from here. */
export function onWritten(session: Session, seq: Seq, unreportedMax: number, now: number): Sent[] {
  // Nothing above the position was ever sent: whoever says so is wrong.
  if (seq <= session.written || seq > session.position) return [];
  session.written = seq;
  const written = takeUpTo(session.unwritten, seq);
  if (session.unwritten?.length === 0) session.unwritten = undefined;
  for (const { bytes } of written) session.unwrittenBytes -= bytes;
  if (session.ack) awaitAck(session, written, unreportedMax, now);
  return written;
}

/** The client acknowledged everything up to `seq`, so its socket took it: answers what of it was sent from here. */
export function onAcked(session: Session, seq: Seq): Unacked[] {
  if (!session.ack || seq <= session.acked || seq > session.position) return [];
  session.acked = seq;
  const acked = takeUpTo(session.unacked, seq);
  if (session.unacked?.length === 0) session.unacked = undefined;
  return acked;
}

/** Remembers what waits for its acknowledgement; a client that never acknowledges costs a bounded list. */
function awaitAck(session: Session, written: Sent[], max: number, now: number): void {
  const unacked = session.unacked ?? [];
  for (const { seq, message_id, bytes } of written) unacked.push({ seq, message_id, bytes, written_at: now });
  const over = unacked.length - max;
  if (over > 0) session.base = maxSeq(session.base, unacked.splice(0, over).at(-1)?.seq ?? SEQ_ZERO);
  session.unacked = unacked.length === 0 ? undefined : unacked;
}

/** Takes the front of an ordered list. */
function takeUpTo<T extends Sent>(list: T[] | undefined, seq: Seq): T[] {
  if (list === undefined) return [];
  let count = 0;
  while (count < list.length && (list[count]?.seq ?? seq) <= seq) count++;
  return list.splice(0, count);
}
