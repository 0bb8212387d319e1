// Inboxes as rows of the embedded store: loaded on a miss, kept decoded within a bound, saved by difference.
import type { DatabaseSync } from 'node:sqlite';
import {
  type Bind,
  type Changes,
  type Entry,
  emptyChanges,
  emptyInbox,
  type Inbox,
  type InboxLimits,
  sweep,
} from '@message-push/delivery';
import type { Seq } from '@message-push/protocol';
import type { Receiver } from './index.ts';

export const INBOX_SCHEMA = `
  CREATE TABLE head (app TEXT NOT NULL, uid TEXT NOT NULL, floor TEXT NOT NULL, gap TEXT NOT NULL, scopes TEXT NOT NULL,
    binds TEXT NOT NULL, revoked_before INTEGER NOT NULL, used_at INTEGER NOT NULL, PRIMARY KEY (app, uid)) WITHOUT ROWID;
  CREATE TABLE entry (app TEXT NOT NULL, uid TEXT NOT NULL, seq TEXT NOT NULL, message_id TEXT NOT NULL, bytes INTEGER NOT NULL,
    expires_at INTEGER NOT NULL, passed_at INTEGER, more TEXT, c_time INTEGER NOT NULL, body TEXT,
    PRIMARY KEY (app, uid, seq)) WITHOUT ROWID;
  CREATE TABLE body (message_id TEXT NOT NULL, seq TEXT NOT NULL, refs INTEGER NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (message_id, seq))`;

/** A body larger than this is stored once for all its receivers. */
const INLINE_BYTES_MAX = 1024;
/** A head that nothing else changes records its use at most this often. */
const USE_EVERY_MS = 3_600_000;
/** Rows of entries that are due are deleted at the latest when there are so many. */
const DUE_MAX = 32;
/** Heads looked at in one pass of the sweep. */
const SWEEP_MAX = 100;

/** An entry as it goes back; `body` is the message as JSON. */
export interface EntryRow extends Entry {
  c_time: number;
  body: string;
}

export interface InboxOptions {
  limits: InboxLimits;
  keepMs: number;
  cacheMax: number;
}

interface Slot extends Receiver {
  inbox: Inbox;
  /** As in the head row; undefined = there is none. */
  usedAt: number | undefined;
  /**
   * Entries that time has let go and whose rows are still there: they are deleted many at a time. Found again after a
   * restart, they leave again before anybody sees them, with the same floor.
   */
  due: Changes;
}

/** The body that comes with an entry to be stored. */
interface Arriving {
  seq: Seq;
  c_time: number;
  body: string;
}

export class InboxRows {
  readonly #options: InboxOptions;
  readonly #sql;
  /** Least recently used first. */
  readonly #slots = new Map<string, Slot>();
  /** Where the next pass of the sweep goes on. */
  #swept: Receiver = { app: '', uid: '' };

  constructor(db: DatabaseSync, options: InboxOptions) {
    this.#options = options;
    this.#sql = statements(db);
  }

  /** The inbox of a receiver, from memory or from its rows. */
  slot(receiver: Receiver): Slot {
    const key = keyOf(receiver);
    const present = this.#slots.get(key);
    if (present) this.#slots.delete(key);
    const slot = present ?? this.#load(receiver);
    this.#slots.set(key, slot);
    if (this.#slots.size > this.#options.cacheMax) {
      const [oldest] = this.#slots.keys();
      if (oldest !== undefined) this.#slots.delete(oldest);
    }
    return slot;
  }

  /** The same, without what time has let go (in memory: its rows go later). */
  slotAt(receiver: Receiver, now: number): Slot {
    const slot = this.slot(receiver);
    sweep(slot.inbox, now, this.#options.limits, slot.due);
    return slot;
  }

  binds(receiver: Receiver): Bind[] {
    const slot = this.#slots.get(keyOf(receiver));
    if (slot) return slot.inbox.binds;
    const row = this.#sql.head.get(receiver.app, receiver.uid);
    return row ? JSON.parse(String(row.binds)) : [];
  }

  withBody({ app, uid }: Receiver, { seq, message_id, bytes, expires_at, platforms, device_ids }: Entry): EntryRow {
    const row = this.#sql.entryBody.get(app, uid, seq);
    const body = row?.body ?? this.#sql.body.get(message_id, seq)?.body;
    if (!row || typeof body !== 'string') throw new Error(`entry ${seq} of ${app}/${uid} has no body`);
    const entry: EntryRow = { seq, message_id, bytes, expires_at, c_time: Number(row.c_time), body };
    if (platforms) entry.platforms = platforms;
    if (device_ids) entry.device_ids = device_ids;
    return entry;
  }

  /** Writes what a call changed. */
  save(slot: Slot, changes: Changes, now: number, arriving?: Arriving): void {
    const { app, uid } = slot;
    const removed = new Set(changes.removed);
    let inserted = false;
    for (const entry of changes.put) {
      if (removed.has(entry.seq)) continue;
      if (arriving && !inserted && entry.seq === arriving.seq) {
        this.#insert(slot, entry, arriving);
        inserted = true;
      } else this.#sql.update.run(entry.passed_at ?? null, moreOf(entry), app, uid, entry.seq);
    }
    this.#remove(slot, changes.removed);
    const isOld = slot.usedAt === undefined || now - slot.usedAt >= USE_EVERY_MS;
    if (slot.due.removed.length >= DUE_MAX) this.settle(slot, now);
    else if (changes.head || isOld) this.#saveHead(slot, now);
  }

  /** Deletes the rows of what time has let go. */
  settle(slot: Slot, now: number): void {
    this.#remove(slot, slot.due.removed);
    slot.due = emptyChanges();
    this.#saveHead(slot, now);
  }

  #saveHead(slot: Slot, now: number): void {
    const { app, uid, inbox } = slot;
    slot.usedAt = now;
    const { floor, gap, scopes, binds, revoked_before } = inbox;
    this.#sql.putHead.run(app, uid, floor, gap, JSON.stringify(scopes), JSON.stringify(binds), revoked_before, now);
  }

  /** Something was rolled back: memory may be ahead of the rows. */
  forget(): void {
    this.#slots.clear();
  }

  /** Looks at the next heads in turn: lets go what is due in them, and the heads themselves when long unused. */
  sweep(now: number): void {
    const { limits, keepMs } = this.#options;
    const heads = this.#sql.nextHeads.all(this.#swept.app, this.#swept.uid, SWEEP_MAX);
    for (const row of heads) {
      const receiver = { app: String(row.app), uid: String(row.uid) };
      const { held, due } = this.#sql.due.get(limits.holdMs, receiver.app, receiver.uid) ?? {};
      if (Number(held) > 0) {
        if (Number(due) <= now) this.#sweepOne(receiver, now);
      } else if (Number(row.used_at) <= now - keepMs && Number(row.revoked_before) * 1000 <= now - keepMs) {
        this.#sql.removeHead.run(receiver.app, receiver.uid);
        this.#slots.delete(keyOf(receiver));
      }
    }
    const last = heads.length < SWEEP_MAX ? undefined : heads.at(-1);
    this.#swept = { app: String(last?.app ?? ''), uid: String(last?.uid ?? '') };
  }

  #sweepOne(receiver: Receiver, now: number): void {
    // Not through `slot`: absent persons are not brought into memory.
    const slot = this.#slots.get(keyOf(receiver)) ?? this.#load(receiver);
    sweep(slot.inbox, now, this.#options.limits, slot.due);
    this.settle(slot, slot.usedAt ?? now);
  }

  #load({ app, uid }: Receiver): Slot {
    const row = this.#sql.head.get(app, uid);
    const inbox = emptyInbox();
    if (!row) return { app, uid, inbox, usedAt: undefined, due: emptyChanges() };
    inbox.floor = String(row.floor);
    inbox.gap = String(row.gap);
    inbox.scopes = JSON.parse(String(row.scopes));
    inbox.binds = JSON.parse(String(row.binds));
    inbox.revoked_before = Number(row.revoked_before);
    for (const entry of this.#sql.entries.all(app, uid)) inbox.entries.push(entryOf(entry));
    return { app, uid, inbox, usedAt: Number(row.used_at), due: emptyChanges() };
  }

  #insert({ app, uid }: Receiver, entry: Entry, { c_time, body }: Arriving): void {
    const { seq, message_id, bytes, expires_at, passed_at } = entry;
    const inline = bytes <= INLINE_BYTES_MAX;
    this.#sql.insert.run(
      app,
      uid,
      seq,
      message_id,
      bytes,
      expires_at,
      passed_at ?? null,
      moreOf(entry),
      c_time,
      inline ? body : null,
    );
    if (inline || this.#sql.refer.run(message_id, seq).changes > 0) return;
    this.#sql.putBody.run(message_id, seq, body);
  }

  #remove({ app, uid }: Receiver, seqs: Seq[]): void {
    if (seqs.length === 0) return;
    for (const { message_id, seq, bytes } of this.#sql.remove.all(app, uid, JSON.stringify(seqs))) {
      if (Number(bytes) <= INLINE_BYTES_MAX) continue;
      const key = [String(message_id), String(seq)] as const;
      if (Number(this.#sql.release.get(...key)?.refs) <= 0) this.#sql.removeBody.run(...key);
    }
  }
}

function statements(db: DatabaseSync) {
  return {
    head: db.prepare('SELECT floor, gap, scopes, binds, revoked_before, used_at FROM head WHERE app = ? AND uid = ?'),
    putHead: db.prepare(
      `INSERT INTO head (app, uid, floor, gap, scopes, binds, revoked_before, used_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET floor = excluded.floor, gap = excluded.gap, scopes = excluded.scopes, binds = excluded.binds,
         revoked_before = excluded.revoked_before, used_at = excluded.used_at`,
    ),
    removeHead: db.prepare('DELETE FROM head WHERE app = ? AND uid = ?'),
    nextHeads: db.prepare(
      'SELECT app, uid, used_at, revoked_before FROM head WHERE (app, uid) > (?, ?) ORDER BY app, uid LIMIT ?',
    ),
    due: db.prepare(
      'SELECT count(*) AS held, min(min(expires_at, coalesce(passed_at + ?, expires_at))) AS due FROM entry WHERE app = ? AND uid = ?',
    ),
    entries: db.prepare(
      'SELECT seq, message_id, bytes, expires_at, passed_at, more FROM entry WHERE app = ? AND uid = ? ORDER BY seq',
    ),
    entryBody: db.prepare('SELECT c_time, body FROM entry WHERE app = ? AND uid = ? AND seq = ?'),
    insert: db.prepare('INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)'),
    update: db.prepare('UPDATE entry SET passed_at = ?, more = ? WHERE app = ? AND uid = ? AND seq = ?'),
    remove: db.prepare(
      'DELETE FROM entry WHERE app = ? AND uid = ? AND seq IN (SELECT value FROM json_each(?)) RETURNING message_id, seq, bytes',
    ),
    body: db.prepare('SELECT body FROM body WHERE message_id = ? AND seq = ?'),
    refer: db.prepare('UPDATE body SET refs = refs + 1 WHERE message_id = ? AND seq = ?'),
    putBody: db.prepare('INSERT INTO body VALUES (?, ?, 1, ?)'),
    release: db.prepare('UPDATE body SET refs = refs - 1 WHERE message_id = ? AND seq = ? RETURNING refs'),
    removeBody: db.prepare('DELETE FROM body WHERE message_id = ? AND seq = ?'),
  };
}

function keyOf({ app, uid }: Receiver): string {
  return `${app}\0${uid}`;
}

/** What most entries do not have, as JSON; null = nothing of it. */
function moreOf({ platforms, device_ids, twin, evicts }: Entry): string | null {
  if (!platforms && !device_ids && !twin && !evicts) return null;
  return JSON.stringify({ platforms, device_ids, twin, evicts });
}

function entryOf(row: Record<string, unknown>): Entry {
  const entry: Entry = {
    seq: String(row.seq),
    message_id: String(row.message_id),
    bytes: Number(row.bytes),
    expires_at: Number(row.expires_at),
  };
  if (row.passed_at !== null) entry.passed_at = Number(row.passed_at);
  if (row.more !== null) Object.assign(entry, JSON.parse(String(row.more)));
  return entry;
}
