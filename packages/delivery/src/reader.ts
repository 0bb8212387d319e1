// A session's position at its node: which live deliveries it may be sent, and when the node must read the inbox instead.
import { maxSeq, SEQ_ZERO, type Seq } from '@message-push/protocol';
import type { Entry } from './types.ts';

/** Tens of thousands of them live in a node: one flat object per session, changed in place. */
export interface Reader {
  /** Everything for this session up to here was sent to its gateway, or is not for it. Only grows. */
  position: Seq;
  /** A bind or a pull is under way: nothing is sent live meanwhile. */
  busy: boolean;
  /** Something past the position may wait in the inbox. */
  behind: boolean;
  /** Highest sequence of an online-only message that was sent: those have no position, but go at most once. */
  online: Seq;
}

/** What to do with a live delivery: nothing, send it, or start a pull. */
export type Step = 'drop' | 'send' | 'pull';

/** A reader whose bind is under way; `enqueued` is the session's position at its gateway. Create it before the call to state. */
export function startReader(enqueued: Seq): Reader {
  return { position: enqueued, busy: true, behind: false, online: SEQ_ZERO };
}

/** The bind was answered. True: start a pull now. */
export function onBound(reader: Reader, start: Seq, behind: boolean, room: number): boolean {
  reader.position = maxSeq(reader.position, start);
  reader.busy = false;
  reader.behind ||= behind;
  return wantsPull(reader, room);
}

/**
 * The session was recorded again while it went on (a new connection to state, the periodic net): its position stands, but what
 * was appended while the record was missing must be fetched. True: start a pull now.
 */
export function onRecordedAgain(reader: Reader, behind: boolean, room: number): boolean {
  reader.behind ||= behind;
  return wantsPull(reader, room);
}

/**
 * A delivery came by post. Dropped when it is not past the position; sent when nothing is missing before it; else the inbox
 * is read. A session that is behind is served from the inbox alone, which knows what its scope skips. `addressed`: the filters let it through to this session. `room`: bytes that may still be sent before some are
 * written; without room the inbox keeps it.
 */
export function onDelivery(reader: Reader, prev: Seq, seq: Seq, addressed: boolean, room: number): Step {
  if (seq <= reader.position) return 'drop';
  if (!reader.busy && !reader.behind && prev <= reader.position) {
    if (!addressed || room > 0) reader.position = seq;
    if (!addressed) return 'drop';
    if (room > 0) return 'send';
  }
  reader.behind = true;
  return wantsPull(reader, room) ? 'pull' : 'drop';
}

/** True when an online-only message may be sent: whatever the position is, but not a second time. */
export function onOnlineOnly(reader: Reader, seq: Seq): boolean {
  if (seq <= reader.online) return false;
  reader.online = seq;
  return true;
}

/** A pull was answered: what of it to send, in order. Ask `wantsPull` when it is sent. */
export function onPulled<T extends Pick<Entry, 'seq'>>(
  reader: Reader,
  answer: { entries: T[]; upTo: Seq; more: boolean },
): T[] {
  const from = reader.position;
  reader.position = maxSeq(from, answer.upTo);
  reader.busy = false;
  reader.behind ||= answer.more;
  return answer.entries.filter((entry) => entry.seq > from);
}

/** A pull failed: the session stays behind; ask `wantsPull` after a pause. */
export function onPullFailed(reader: Reader): void {
  reader.busy = false;
  reader.behind = true;
}

/** True when a pull has to start, and takes it as started. Ask whenever room appears. */
export function wantsPull(reader: Reader, room: number): boolean {
  if (!reader.behind || reader.busy || room <= 0) return false;
  reader.busy = true;
  reader.behind = false;
  return true;
}
