// The inbox of one (app, uid): the one place of truth about delivery. Each function is one atomic call on it.
import { type MessageId, maxSeq, SEQ_ZERO, type Seq } from '@message-push/protocol';
import {
  admit,
  evict,
  findScope,
  firstSight,
  isFor,
  markPassed,
  moveCursor,
  prevOf,
  startOf,
  sweep,
  take,
  topOf,
} from './inbox-parts.ts';
import { deviceOf } from './scope.ts';
import type {
  AdvanceAnswer,
  AdvanceRequest,
  AppendResult,
  Arrival,
  Bind,
  BindAnswer,
  BindRequest,
  Changes,
  Entry,
  Inbox,
  InboxLimits,
  PullAnswer,
  PullRequest,
  Scope,
} from './types.ts';

export function emptyInbox(): Inbox {
  return { floor: SEQ_ZERO, gap: SEQ_ZERO, entries: [], scopes: [], binds: [], revoked_before: 0 };
}

export function emptyChanges(): Changes {
  return { put: [], removed: [], head: false };
}

/**
 * Stores an entry unless the inbox holds it or has let it go; a later one being in is no reason, then it is inserted in order.
 * Only a marked arrival pays for the look-up by message id. One that expired on its way is answered as `gone`.
 */
export function append(
  inbox: Inbox,
  arrival: Arrival,
  now: number,
  limits: InboxLimits,
  changes?: Changes,
): AppendResult {
  sweep(inbox, now, limits, changes);
  const { entries } = inbox;
  const at = indexAfter(entries, arrival.seq);
  const same = entries[at - 1];
  if (same?.seq === arrival.seq) {
    return appended(inbox, 'held', prevOf(inbox, at - 1), same.evicts ?? []);
  }
  const prev = prevOf(inbox, at, arrival.seq);
  if (arrival.seq <= inbox.floor || arrival.expires_at <= now) return appended(inbox, 'gone', prev, []);
  if (arrival.again === true) {
    const twin = entries.find((entry) => entry.message_id === arrival.message_id);
    if (twin !== undefined) {
      twin.twin = maxSeq(twin.twin ?? SEQ_ZERO, arrival.seq);
      changes?.put.push(twin);
      return appended(inbox, 'again', prev, []);
    }
  }
  const entry = stored(arrival);
  entries.splice(at, 0, entry);
  changes?.put.push(entry);
  // A cursor is never above the highest sequence, so only a late entry can have been passed already.
  if (at < entries.length - 1) markPassed(inbox, now, limits, changes);
  const evicted = evict(inbox, limits, changes);
  if (evicted.length > 0) entry.evicts = evicted;
  return appended(inbox, 'new', prev, evicted);
}

/**
 * Records where a session is bound and answers where it starts to read. A first bind starts at its scope's cursor, a repeated
 * one at what the session was already sent. A revoked token binds nothing.
 */
export function bind(
  inbox: Inbox,
  request: BindRequest,
  now: number,
  limits: InboxLimits,
  changes?: Changes,
): BindAnswer {
  if (request.issued_at > 0 && request.issued_at < inbox.revoked_before) {
    return { revoked: true, start: SEQ_ZERO, behind: false, resumed: true, binds: [...inbox.binds], passed: [] };
  }
  sweep(inbox, now, limits, changes);
  recordBind(inbox, request.bind, limits);
  const cursor = believed(inbox, request);
  const scope = seen(inbox, request, cursor, now, limits);
  const passed = moveCursor(inbox, scope, cursor);
  scope.platform = request.platform;
  scope.used_at = now;
  markPassed(inbox, now, limits, changes);
  if (changes !== undefined) changes.head = true;

  const start = request.repeat ? request.enqueued : startOf(inbox, scope, request.since, now);
  const known = request.repeat ? request.enqueued : request.cursor;
  const behind = inbox.entries.some((entry) => entry.seq > start && isFor(entry, scope, now));
  return {
    revoked: false,
    start: behind ? start : maxSeq(start, topOf(inbox)),
    behind,
    resumed: inbox.gap <= (known === SEQ_ZERO ? start : known),
    binds: [...inbox.binds],
    passed,
  };
}

/** Reads past a position; changes nothing, so that it can be repeated and answered from a copy. */
export function pull(inbox: Inbox, request: PullRequest, now: number): PullAnswer {
  const skips = findScope(inbox, request.scope)?.skips ?? [];
  const reader = { id: request.scope, platform: request.platform, skips };
  const entries: Entry[] = [];
  let bytes = 0;
  for (let i = indexAfter(inbox.entries, request.after); i < inbox.entries.length; i++) {
    const entry = inbox.entries[i];
    if (entry === undefined || !isFor(entry, reader, now)) continue;
    bytes += entry.bytes;
    const last = entries.at(-1);
    if (last !== undefined && bytes > request.bytesMax) return { entries, upTo: last.seq, more: true };
    entries.push(entry);
  }
  return { entries, upTo: maxSeq(request.after, topOf(inbox)), more: false };
}

/** Moves a scope's cursor forward. Answers what the scope passed by it. */
export function advance(
  inbox: Inbox,
  request: AdvanceRequest,
  now: number,
  limits: InboxLimits,
  changes?: Changes,
): AdvanceAnswer {
  sweep(inbox, now, limits, changes);
  const cursor = minSeq(request.cursor, topOf(inbox));
  let scope = findScope(inbox, request.scope);
  if (scope !== undefined && cursor <= scope.cursor) return { passed: [] };
  scope ??= admit(inbox, newScope(request, now), limits);
  const passed = moveCursor(inbox, scope, cursor);
  scope.used_at = now;
  markPassed(inbox, now, limits, changes);
  if (changes !== undefined) changes.head = true;
  return { passed };
}

/**
 * Removes the record of exactly this incarnation. `serial` is given by the node itself: a record of a later bind stays.
 * Without it the record goes in any case, because the incarnation is out of the ring.
 */
export function unbind(
  inbox: Inbox,
  node: string,
  incarnation: string,
  changes?: Changes,
  serial = Number.POSITIVE_INFINITY,
): void {
  const at = inbox.binds.findIndex((bind) => bind.node === node && bind.incarnation === incarnation);
  if (at < 0 || (inbox.binds[at]?.serial ?? 0) > serial) return;
  inbox.binds.splice(at, 1);
  if (changes !== undefined) changes.head = true;
}

/** Refuses tokens issued before this epoch second from the next bind on; never takes it back. */
export function revokeBefore(inbox: Inbox, epochS: number, changes?: Changes): void {
  if (epochS <= inbox.revoked_before) return;
  inbox.revoked_before = epochS;
  if (changes !== undefined) changes.head = true;
}

/** Takes back what not every addressed scope has passed yet of a message; answers whether there was something. */
export function recall(
  inbox: Inbox,
  messageId: MessageId,
  now: number,
  limits: InboxLimits,
  changes?: Changes,
): { recalled: boolean } {
  sweep(inbox, now, limits, changes);
  const meant = (entry: Entry): boolean => entry.message_id === messageId && entry.passed_at === undefined;
  return { recalled: take(inbox, meant, changes) > 0 };
}

/**
 * Forgets a person: entries, cursors, binds; answers the devices that were known. What stays says only that they are not new: the floor, so that a record of the bus that is
 * read again brings nothing back, and which tokens are refused.
 */
export function erase(inbox: Inbox, changes?: Changes): { devices: string[] } {
  const devices = inbox.scopes.map(({ id }) => deviceOf(id)).filter((device) => device !== undefined);
  take(inbox, () => true, changes);
  inbox.scopes = [];
  inbox.binds = [];
  inbox.gap = SEQ_ZERO;
  if (changes !== undefined) changes.head = true;
  return { devices };
}

/** The cursor of a bind as far as it is believed: a session never acknowledged more than it was sent, a client never more than there is. */
function believed(inbox: Inbox, request: BindRequest): Seq {
  const top = topOf(inbox);
  if (request.repeat) return minSeq(minSeq(request.cursor, request.enqueued), top);
  return request.cursor > top ? SEQ_ZERO : request.cursor;
}

/** The scope of a bind. A client that brings a cursor was seen before, like a session that was attached: its scope was lost. */
function seen(inbox: Inbox, request: BindRequest, cursor: Seq, now: number, limits: InboxLimits): Scope {
  const present = findScope(inbox, request.scope);
  if (present !== undefined) return present;
  const scope = newScope(request, now);
  if (!request.repeat && cursor === SEQ_ZERO) firstSight(inbox, scope, request.since, now);
  return admit(inbox, scope, limits);
}

function newScope(request: { scope: string; platform: string }, now: number): Scope {
  return { id: request.scope, platform: request.platform, cursor: SEQ_ZERO, skips: [], used_at: now };
}

function recordBind(inbox: Inbox, bind: Bind, limits: InboxLimits): void {
  const present = inbox.binds.find((other) => other.node === bind.node && other.incarnation === bind.incarnation);
  if (present !== undefined) {
    present.ring_version = Math.max(present.ring_version, bind.ring_version);
    if (bind.serial !== undefined) present.serial = Math.max(present.serial ?? 0, bind.serial);
    return;
  }
  inbox.binds.push({ ...bind });
  if (inbox.binds.length <= limits.bindsMax) return;
  const oldest = inbox.binds.reduce((a, b) => (b.ring_version < a.ring_version ? b : a));
  inbox.binds.splice(inbox.binds.indexOf(oldest), 1);
}

/** Only the fields of an entry: what a store adds to an arrival is its own. */
function stored(arrival: Arrival): Entry {
  const entry: Entry = {
    seq: arrival.seq,
    message_id: arrival.message_id,
    bytes: arrival.bytes,
    expires_at: arrival.expires_at,
  };
  if (arrival.platforms !== undefined) entry.platforms = arrival.platforms;
  if (arrival.device_ids !== undefined) entry.device_ids = arrival.device_ids;
  return entry;
}

function appended(
  inbox: Inbox,
  outcome: AppendResult['outcome'],
  prev: Seq,
  evicted: AppendResult['evicted'],
): AppendResult {
  return { outcome, prev, binds: inbox.binds.length === 0 ? [] : [...inbox.binds], evicted };
}

/** Index of the first entry past a sequence; looks from the end, where nearly all calls are. */
function indexAfter(entries: Entry[], seq: Seq): number {
  let at = entries.length;
  while (at > 0 && (entries[at - 1]?.seq ?? SEQ_ZERO) > seq) at--;
  return at;
}

function minSeq(a: Seq, b: Seq): Seq {
  return a <= b ? a : b;
}
