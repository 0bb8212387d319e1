// The bookkeeping of an inbox: who has passed what, what a new scope gets, and what leaves when.
import { maxSeq, messageIdTime, SEQ_ZERO, type Seq } from '@message-push/protocol';
import { addressesScope } from './scope.ts';
import type { Changes, Entry, Inbox, InboxLimits, Left, Scope } from './types.ts';

/** The highest sequence the inbox has known. */
export function topOf(inbox: Inbox): Seq {
  return maxSeq(inbox.floor, inbox.entries.at(-1)?.seq ?? SEQ_ZERO);
}

export function findScope(inbox: Inbox, id: string): Scope | undefined {
  return inbox.scopes.find((scope) => scope.id === id);
}

/** True when a reader of this scope is to get the entry: addressed, not skipped, not expired. */
export function isFor(entry: Entry, reader: Pick<Scope, 'id' | 'platform' | 'skips'>, now: number): boolean {
  return entry.expires_at > now && addressesScope(entry, reader) && !reader.skips.includes(entry.seq);
}

/**
 * Lets a scope in that the inbox did not know. Beyond the limit the longest unused one is forgotten: the person's
 * oldest device loses its place, never the one that comes.
 */
export function admit(inbox: Inbox, scope: Scope, limits: InboxLimits): Scope {
  while (inbox.scopes.length >= limits.scopesMax) {
    const oldest = inbox.scopes.reduce((a, b) => (b.used_at < a.used_at ? b : a));
    inbox.scopes.splice(inbox.scopes.indexOf(oldest), 1);
  }
  inbox.scopes.push(scope);
  return scope;
}

/**
 * A scope seen for the first time gets what is held, addresses it, and no other addressed scope has passed; what was created
 * since a LOGIN that could not be recorded then it gets in any case. Its cursor is the longest prefix without anything for it, the rest is in `skips`.
 */
export function firstSight(inbox: Inbox, scope: Scope, since: number | undefined, now: number): void {
  const taken = (entry: Entry): boolean => !isSince(entry, since) && takenByOthers(inbox, entry, scope.id);
  const first = inbox.entries.findIndex((entry) => isFor(entry, scope, now) && !taken(entry));
  if (first < 0) {
    scope.cursor = topOf(inbox);
    return;
  }
  scope.cursor = prevOf(inbox, first);
  scope.skips = inbox.entries
    .slice(first + 1)
    .filter(taken)
    .map((entry) => entry.seq);
}

/** What was held or let go just before the entry at this index. What has left may lie above what is held still. */
export function prevOf(inbox: Inbox, index: number, seq: Seq = inbox.entries[index]?.seq ?? SEQ_ZERO): Seq {
  const before = inbox.entries[index - 1]?.seq ?? SEQ_ZERO;
  return inbox.floor < seq ? maxSeq(before, inbox.floor) : before;
}

/**
 * Where a session of a scope starts to read at its first bind: at the cursor, or before the first entry that was created
 * since a LOGIN which could not be recorded then and that other sessions of the scope have passed meanwhile.
 */
export function startOf(inbox: Inbox, scope: Scope, since: number | undefined, now: number): Seq {
  if (since === undefined) return scope.cursor;
  const first = inbox.entries.findIndex((entry) => isSince(entry, since) && isFor(entry, scope, now));
  const entry = inbox.entries[first];
  return entry === undefined || entry.seq > scope.cursor ? scope.cursor : prevOf(inbox, first);
}

function isSince(entry: Entry, since: number | undefined): boolean {
  return since !== undefined && messageIdTime(entry.message_id) >= since;
}

/** Moves a cursor forward and answers what the scope passed by it, oldest first. */
export function moveCursor(inbox: Inbox, scope: Scope, cursor: Seq): Left[] {
  if (cursor <= scope.cursor) return [];
  const passed: Left[] = [];
  for (const entry of inbox.entries) {
    if (entry.seq <= scope.cursor || entry.seq > cursor) continue;
    if (!addressesScope(entry, scope) || scope.skips.includes(entry.seq)) continue;
    passed.push({ seq: entry.seq, message_id: entry.message_id });
  }
  scope.cursor = cursor;
  // A slower session of the scope may still read below the cursor: a skip lasts as long as its entry.
  if (scope.skips.length > 0)
    scope.skips = scope.skips.filter((seq) => inbox.entries.some((entry) => entry.seq === seq));
  return passed;
}

/**
 * Marks entries that every addressed scope has passed, and takes the mark back when a scope that has not is recorded again:
 * the hold counts from the last one.
 */
export function markPassed(inbox: Inbox, now: number, limits: InboxLimits, changes?: Changes): void {
  for (const entry of inbox.entries) {
    if (entry.passed_at === undefined) {
      if (passage(inbox, entry, now, limits) !== 'passed') continue;
      entry.passed_at = now;
    } else {
      if (passage(inbox, entry, now, limits) !== 'awaited') continue;
      delete entry.passed_at;
    }
    changes?.put.push(entry);
  }
}

/** Lets go what expired and what was passed longer ago than the hold. */
export function sweep(inbox: Inbox, now: number, limits: InboxLimits, changes?: Changes): void {
  const leaves = (entry: Entry): boolean =>
    entry.expires_at <= now || (entry.passed_at !== undefined && entry.passed_at + limits.holdMs <= now);
  if (!inbox.entries.some(leaves)) return;
  const kept: Entry[] = [];
  for (const entry of inbox.entries) {
    if (leaves(entry)) letGo(inbox, entry, entry.passed_at === undefined, changes);
    else kept.push(entry);
  }
  inbox.entries = kept;
}

/** Removes entries that nobody is to get any more, which leaves no gap; answers how many. */
export function take(inbox: Inbox, meant: (entry: Entry) => boolean, changes?: Changes): number {
  const kept = inbox.entries.filter((entry) => !meant(entry));
  const taken = inbox.entries.length - kept.length;
  if (taken === 0) return 0;
  for (const entry of inbox.entries) if (meant(entry)) letGo(inbox, entry, false, changes);
  inbox.entries = kept;
  return taken;
}

/**
 * Makes room: the oldest leave, also those that were passed but are within their hold. Answers those that were not passed: somebody
 * addressed still waited for them, or nobody had come. What everybody has is no loss, whenever it leaves.
 */
export function evict(inbox: Inbox, limits: InboxLimits, changes?: Changes): Left[] {
  const evicted: Left[] = [];
  let bytes = inbox.entries.reduce((sum, entry) => sum + entry.bytes, 0);
  let out = 0;
  for (const entry of inbox.entries) {
    const count = inbox.entries.length - out;
    if (count === 1 || (count <= limits.entriesMax && bytes <= limits.bytesMax)) break;
    letGo(inbox, entry, true, changes);
    if (entry.passed_at === undefined) evicted.push({ seq: entry.seq, message_id: entry.message_id });
    bytes -= entry.bytes;
    out++;
  }
  if (out > 0) inbox.entries.splice(0, out);
  return evicted;
}

/** `missed`: a reader below it will not see it any more although it might have to. */
function letGo(inbox: Inbox, entry: Entry, missed: boolean, changes?: Changes): void {
  inbox.floor = maxSeq(inbox.floor, maxSeq(entry.seq, entry.twin ?? SEQ_ZERO));
  if (missed) inbox.gap = maxSeq(inbox.gap, entry.seq);
  if (changes === undefined) return;
  changes.removed.push(entry.seq);
  changes.head = true;
}

/**
 * `awaited` while a scope in use has not passed it; `passed` when one has and none is awaited; `open` when nobody addressed
 * has come. A scope long unused holds nothing back, but does not pass anything either.
 */
function passage(inbox: Inbox, entry: Entry, now: number, limits: InboxLimits): 'awaited' | 'passed' | 'open' {
  let someone = false;
  for (const scope of inbox.scopes) {
    if (!addressesScope(entry, scope)) continue;
    if (scope.cursor >= entry.seq) someone = true;
    else if (scope.skips.includes(entry.seq)) continue;
    else if (now - scope.used_at < limits.scopeIdleMs) return 'awaited';
  }
  return someone ? 'passed' : 'open';
}

function takenByOthers(inbox: Inbox, entry: Entry, self: string): boolean {
  if (entry.passed_at !== undefined) return true;
  return inbox.scopes.some(
    (scope) =>
      scope.id !== self &&
      addressesScope(entry, scope) &&
      (scope.cursor >= entry.seq || scope.skips.includes(entry.seq)),
  );
}
