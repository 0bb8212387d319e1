// Writes of the embedded archive, inside the worker: pushes and deliveries as upserts of facts, and their removal by age and person.
import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite';
import type { Receipt } from '@message-push/protocol';
import { erasedMark } from './erased-mark.ts';
import {
  expiryOf,
  type Facts,
  factsOfPush,
  factsOfReceipt,
  HOP_TIMES,
  mergeFacts,
  packMarks,
  unpackMarks,
} from './facts.ts';
import type { QueuedPush } from './index.ts';
import { firstId, TIME_MAX } from './schema.ts';
import { searchText } from './text.ts';

export interface WriteBatch {
  pushes: QueuedPush[];
  receipts: Receipt[];
}

export interface EraseArgs {
  app: string;
  uid: string;
  /** `next` of the call before. */
  after: bigint;
  max: number;
}

export const FACT_COLUMNS = ['seq', 'partition', ...HOP_TIMES, 'marks'] as const;

/** The id of a message's push, and whether it has deliveries in the database already. */
interface Known {
  id: bigint | null;
  fresh: boolean;
}

/**
 * Measured per push with one delivery and its receipts, 60 µs of CPU: words and their index 30, the row of the push 10, the
 * delivery 15. Hence facts of one delivery are merged before they touch a row, and pushes are stored in the order of ids (an
 * FTS5 index starts a new segment at each step backwards).
 */
export class Writer {
  readonly #statements: Statements;
  /** Whether anything was ever erased: only then writes look. */
  #erasing: boolean;

  constructor(db: DatabaseSync) {
    this.#statements = prepare(db);
    this.#erasing = this.#statements.anyErased.get() !== undefined;
  }

  write({ pushes, receipts }: WriteBatch): void {
    const messages = new Map<string, Map<string, Facts>>();
    for (const push of pushes) for (const uid of push.uids) add(messages, push.message_id, uid, factsOfPush(push));
    for (const receipt of receipts) add(messages, receipt.message_id, receipt.uid, factsOfReceipt(receipt));
    const known = this.#storePushes(this.#erasing ? this.#dropErased(pushes, messages) : pushes);
    for (const [messageId, deliveries] of [...messages].sort(byKey)) {
      const push = known.get(messageId) ?? this.#find(messageId);
      for (const [uid, facts] of deliveries) {
        if (push.fresh) this.#insert(messageId, uid, push.id, facts);
        else this.#upsert(messageId, uid, push.id, facts);
      }
    }
  }

  /** Removes up to `max` pushes created before `before`, and what else is as old; answers how many there were. */
  retain({ before, max }: { before: number; max: number }): { pushes: number; deliveries: number } {
    const { oldest, deletePush, deleteDeliveries, deleteWords, deleteStrays, deleteErased } = this.#statements;
    const found = oldest.all(firstId(before), max);
    let deliveries = 0;
    for (const { id, message_id } of found) {
      deliveries += Number(deleteDeliveries.run(message_id ?? null).changes);
      deleteWords.run(id ?? null);
      deletePush.run(id ?? null);
    }
    if (found.length === max) return { pushes: max, deliveries };
    const stray = Math.min(TIME_MAX, Math.max(0, before)).toString(16).padStart(12, '0');
    deliveries += Number(deleteStrays.run(stray, max).changes) + Number(deleteErased.run(stray, max).changes);
    return { pushes: found.length, deliveries };
  }

  /** Looks at up to `max` deliveries to a uid and removes those of this app; `next` says where to go on. */
  erase({ app, uid, after, max }: EraseArgs): { deliveries: number; next?: bigint } {
    const { received, deleteDelivery, insertErased } = this.#statements;
    const found = received.all(uid, after, max);
    let deliveries = 0;
    for (const { id, message_id, app: owner, accepted } of found) {
      if (owner !== app) continue;
      const messageId = String(message_id);
      deliveries += Number(deleteDelivery.run(messageId, uid).changes);
      insertErased.run(messageId, erasedMark(messageId, uid));
      this.#dropDeserted(messageId, id ?? null, Number(accepted));
    }
    this.#erasing ||= deliveries > 0;
    const last = found.at(-1)?.id;
    return { deliveries, ...(found.length === max && typeof last === 'bigint' && { next: last }) };
  }

  /** Removes a push when all its receivers are erased. */
  #dropDeserted(messageId: string, id: SQLOutputValue, accepted: number): void {
    const { erasedOf, anyDelivery, deleteWords, deletePush } = this.#statements;
    if (erasedOf.all(messageId).length < accepted || anyDelivery.get(messageId) !== undefined) return;
    deleteWords.run(id);
    deletePush.run(id);
  }

  /** Takes erased deliveries out of what is told; answers the pushes that still say something. */
  #dropErased(pushes: QueuedPush[], messages: Map<string, Map<string, Facts>>): QueuedPush[] {
    const silent = new Set<string>();
    for (const [messageId, deliveries] of messages) {
      const marks = new Set(this.#statements.erasedOf.all(messageId).map(({ mark }) => mark));
      if (marks.size === 0) continue;
      for (const uid of deliveries.keys()) if (marks.has(erasedMark(messageId, uid))) deliveries.delete(uid);
      if (deliveries.size === 0) silent.add(messageId);
    }
    return pushes.filter(({ message_id }) => !silent.has(message_id));
  }

  #storePushes(pushes: QueuedPush[]): Map<string, Known> {
    const { adopt } = this.#statements;
    const known = new Map<string, Known>();
    for (const push of [...pushes].sort((a, b) => a.c_time - b.c_time)) {
      if (known.has(push.message_id)) continue;
      const found = this.#find(push.message_id);
      known.set(push.message_id, found);
      if (found.id !== null) continue;
      found.id = this.#insertPush(push);
      found.fresh = Number(adopt.run(found.id, push.message_id).changes) === 0;
    }
    return known;
  }

  #insertPush(push: QueuedPush): bigint {
    const { lastSlot, insertPush, insertWords } = this.#statements;
    const { message_id, app, message, ttl_s, accepted, platforms, traceparent } = push;
    const first = firstId(push.c_time);
    const last = lastSlot.get(first, firstId(push.c_time + 1))?.id;
    const id = typeof last === 'bigint' ? last + 1n : first;
    insertPush.run(
      ...[
        id,
        message_id,
        app,
        ttl_s,
        expiryOf(push),
        accepted,
        platforms === undefined ? null : JSON.stringify(platforms),
      ],
      ...[message.title ?? null, message.content, message.content_type ?? null, message.extras ?? null],
      traceparent ?? null,
    );
    insertWords.run(id, searchText(message.title, message.content));
    return id;
  }

  #find(messageId: string): Known {
    const id = this.#statements.findPush.get(messageId)?.id;
    return { id: typeof id === 'bigint' ? id : null, fresh: false };
  }

  #insert(messageId: string, uid: string, pushId: bigint | null, facts: Facts): void {
    this.#statements.insertDelivery.run(messageId, uid, pushId, ...columns(facts));
  }

  #upsert(messageId: string, uid: string, pushId: bigint | null, facts: Facts): void {
    const row = this.#statements.findDelivery.get(messageId, uid);
    if (row === undefined) {
      this.#insert(messageId, uid, pushId, facts);
      return;
    }
    const stored = factsOfRow(row);
    if (mergeFacts(stored, facts)) this.#statements.updateDelivery.run(...columns(stored), messageId, uid);
  }
}

/** The facts of a row that has FACT_COLUMNS. */
export function factsOfRow(row: Record<string, unknown>): Facts {
  const text = (name: string) => (row[name] ?? null) as string | null; // columns of type TEXT
  const number = (name: string) => (row[name] ?? null) as number | null; // columns of type INTEGER
  return {
    seq: text('seq'),
    partition: number('partition'),
    times: HOP_TIMES.map(number),
    marks: unpackMarks(text('marks')),
  };
}

function columns({ seq, partition, times, marks }: Facts): (string | number | null)[] {
  return [seq, partition, ...times, packMarks(marks)];
}

function add(messages: Map<string, Map<string, Facts>>, messageId: string, uid: string, facts: Facts): void {
  let deliveries = messages.get(messageId);
  if (deliveries === undefined) {
    deliveries = new Map();
    messages.set(messageId, deliveries);
  }
  const known = deliveries.get(uid);
  if (known === undefined) deliveries.set(uid, facts);
  else mergeFacts(known, facts);
}

function byKey([a]: [string, unknown], [b]: [string, unknown]): number {
  return a < b ? -1 : 1;
}

interface Statements {
  findPush: StatementSync;
  lastSlot: StatementSync;
  insertPush: StatementSync;
  insertWords: StatementSync;
  adopt: StatementSync;
  findDelivery: StatementSync;
  insertDelivery: StatementSync;
  updateDelivery: StatementSync;
  oldest: StatementSync;
  deletePush: StatementSync;
  deleteDeliveries: StatementSync;
  deleteWords: StatementSync;
  deleteStrays: StatementSync;
  deleteErased: StatementSync;
  anyErased: StatementSync;
  erasedOf: StatementSync;
  insertErased: StatementSync;
  received: StatementSync;
  deleteDelivery: StatementSync;
  anyDelivery: StatementSync;
}

function prepare(db: DatabaseSync): Statements {
  /** For statements that answer ids: they are larger than a number holds. */
  const withIds = (sql: string) => {
    const statement = db.prepare(sql);
    statement.setReadBigInts(true);
    return statement;
  };
  const facts = FACT_COLUMNS.join(', ');
  const set = FACT_COLUMNS.map((name) => `${name} = ?`).join(', ');
  const places = (n: number) => Array.from({ length: n }, () => '?').join(', ');
  return {
    findPush: withIds('SELECT id FROM push WHERE message_id = ?'),
    lastSlot: withIds('SELECT max(id) AS id FROM push WHERE id >= ? AND id < ?'),
    insertPush: db.prepare(`INSERT INTO push VALUES (${places(12)})`),
    insertWords: db.prepare('INSERT INTO words (rowid, text) VALUES (?, ?)'),
    adopt: db.prepare('UPDATE delivery SET push_id = ? WHERE message_id = ?'),
    findDelivery: db.prepare(`SELECT ${facts} FROM delivery WHERE message_id = ? AND uid = ?`),
    insertDelivery: db.prepare(
      `INSERT INTO delivery (message_id, uid, push_id, ${facts}) VALUES (${places(3 + FACT_COLUMNS.length)})`,
    ),
    updateDelivery: db.prepare(`UPDATE delivery SET ${set} WHERE message_id = ? AND uid = ?`),
    oldest: withIds('SELECT id, message_id FROM push WHERE id < ? ORDER BY id LIMIT ?'),
    deletePush: db.prepare('DELETE FROM push WHERE id = ?'),
    deleteDeliveries: db.prepare('DELETE FROM delivery WHERE message_id = ?'),
    deleteWords: db.prepare('DELETE FROM words WHERE rowid = ?'),
    deleteStrays: db.prepare(
      `DELETE FROM delivery WHERE (message_id, uid) IN
         (SELECT message_id, uid FROM delivery WHERE message_id < ? AND push_id IS NULL LIMIT ?)`,
    ),
    deleteErased: db.prepare(
      `DELETE FROM erased WHERE (message_id, mark) IN (SELECT message_id, mark FROM erased WHERE message_id < ? LIMIT ?)`,
    ),
    anyErased: db.prepare('SELECT 1 FROM erased LIMIT 1'),
    erasedOf: db.prepare('SELECT mark FROM erased WHERE message_id = ?'),
    insertErased: db.prepare('INSERT OR IGNORE INTO erased VALUES (?, ?)'),
    received: withIds(
      `SELECT d.push_id AS id, d.message_id, p.app, p.accepted FROM delivery d JOIN push p ON p.id = d.push_id
       WHERE d.uid = ? AND d.push_id > ? ORDER BY d.push_id LIMIT ?`,
    ),
    deleteDelivery: db.prepare('DELETE FROM delivery WHERE message_id = ? AND uid = ?'),
    anyDelivery: db.prepare('SELECT 1 FROM delivery WHERE message_id = ? LIMIT 1'),
  };
}
