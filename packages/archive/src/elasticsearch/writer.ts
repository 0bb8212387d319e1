// Writes of the Elasticsearch archive: facts are merged here and stored under the condition that nobody changed the document
// meanwhile, so that any number of writers, orders and repetitions end in the same documents, without scripts.
import { setTimeout as pause } from 'node:timers/promises';
import { type Client, errors } from '@elastic/elasticsearch';
import { type Answer, bulksOf, type Line, type Outcome, readSheets, sendBulk } from './bulk.ts';
import { reasonOf, unavailable } from './connection.ts';
import { blankSheet, documentId, groupOf, type Sheet } from './document.ts';
import type { Indices } from './indices.ts';
import type { OpenSheets } from './open-sheets.ts';
import { adopt, type Desk, gather, merge, type Told, type WriteBatch } from './told.ts';

export interface WriterDeps {
  client: Client;
  indices: Indices;
  open: OpenSheets;
  /** For how long a write is tried again. */
  timeoutMs: number;
  /** Told of each document that was sent. */
  count(outcome: Outcome): void;
}

/** What an attempt left over, and why. */
interface Result {
  left: Set<Told>;
  reason: string | undefined;
}

/** Messages of one attempt: each has a document or more. */
const MESSAGES_MAX = 1000;
const PAUSE_MIN_MS = 10;
const PAUSE_MAX_MS = 1000;

/** One write at a time, so that what is in memory is what is stored. */
export class Writer {
  readonly #deps: WriterDeps;
  #last: Promise<unknown> = Promise.resolve();

  constructor(deps: WriterDeps) {
    this.#deps = deps;
  }

  /** Throws ARCHIVE_UNAVAILABLE, or an error that no later try helps: everything else of the batch is stored then. */
  write(batch: WriteBatch): Promise<void> {
    return this.#inTurn(() => this.#write(batch));
  }

  /**
   * Changes documents that are there and stores those of which `change` answers that it did; answers their number. What somebody
   * else changed meanwhile, or the server did not take, is left for the next call.
   */
  change(ids: { messageId: string; group: number }[], change: (sheet: Sheet) => boolean): Promise<number> {
    return this.#inTurn(() => this.#change(ids, change));
  }

  /** Resolves when the writes so far have ended. */
  async end(): Promise<void> {
    await this.#last;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => undefined);
    return done;
  }

  async #change(ids: { messageId: string; group: number }[], change: (sheet: Sheet) => boolean): Promise<number> {
    const { client, indices, open, count } = this.#deps;
    // What is in memory may be older than what is stored: these are few, and read.
    for (const { messageId, group } of ids) open.take(documentId(messageId, group));
    const sheets = ids.map(({ messageId, group }) => blankSheet(messageId, group));
    await readSheets(client, indices, sheets);
    let stored = 0;
    for (const lines of bulksOf(sheets.filter((sheet) => sheet.version !== undefined && change(sheet)))) {
      for (const { outcome } of await sendBulk(client, indices, lines)) {
        count(outcome);
        if (outcome === 'stored') stored++;
      }
    }
    return stored;
  }

  async #write(batch: WriteBatch): Promise<void> {
    const refusals: Error[] = [];
    const refuse = (reason: Error) => refusals.push(reason);
    const told = gather(batch, refuse);
    for (let from = 0; from < told.length; from += MESSAGES_MAX)
      await this.#store(told.slice(from, from + MESSAGES_MAX), refuse);
    if (refusals.length > 0) throw new Error('the archive cannot store this', { cause: refusals[0] });
  }

  /** Attempts until all is stored or refused, or the time is over. */
  async #store(told: Told[], refuse: (reason: Error) => void): Promise<void> {
    const deadline = performance.now() + this.#deps.timeoutMs;
    let left = new Set(told);
    for (let attempt = 1; ; attempt++) {
      let reason: string | undefined;
      try {
        ({ left, reason } = await this.#attempt(left, refuse));
      } catch (error) {
        if (!(error instanceof errors.ElasticsearchClientError)) throw error;
        reason = reasonOf(error);
      }
      if (left.size === 0) return;
      if (performance.now() > deadline) throw unavailable(reason ?? 'a message has too many documents to move');
      // The first surprise is the usual one: a document or index was there, or was not.
      if (attempt > 1) await pause(Math.min(PAUSE_MAX_MS, PAUSE_MIN_MS * 2 ** attempt));
    }
  }

  async #attempt(told: Iterable<Told>, refuse: (reason: Error) => void): Promise<Result> {
    const desk = await this.#lay([...told]);
    const result: Result = { left: new Set(), reason: undefined };
    const changed = new Map<Sheet, Told>();
    for (const one of told) {
      const sheets = merge(one, desk);
      if (one.moving && sheets.size > 1) {
        // Stored before the others, or without them, the first document would lose what moves: it waits for the next attempt.
        const head = desk.get(one.messageId);
        if (head) sheets.delete(head);
        desk.delete(one.messageId);
        result.left.add(one);
      }
      for (const sheet of sheets) changed.set(sheet, one);
    }
    for (const sheet of desk.values()) if (sheet.version && !changed.has(sheet)) this.#deps.open.keep(sheet);
    for (const lines of bulksOf(changed.keys())) {
      const answers = await sendBulk(this.#deps.client, this.#deps.indices, lines);
      this.#settle(lines, answers, changed, result, refuse);
      await this.#makeMissing(lines, answers);
    }
    for (const one of result.left) if (one.moving) one.fresh = false;
    return result;
  }

  #settle(
    lines: Line[],
    answers: Answer[],
    changed: Map<Sheet, Told>,
    result: Result,
    refuse: (reason: Error) => void,
  ): void {
    for (const [n, { outcome, reason, version }] of answers.entries()) {
      const sheet = lines[n]?.sheet;
      const told = sheet && changed.get(sheet);
      if (sheet === undefined || told === undefined) continue; // there is one for each answer
      this.#deps.count(outcome);
      if (version !== undefined) {
        sheet.version = version;
        this.#deps.open.keep(sheet);
      } else if (outcome === 'refused') {
        told.refused = true;
        refuse(new Error(reason));
      } else {
        if (outcome === 'conflict' || sheet.version) told.fresh = false;
        result.left.add(told);
        result.reason = reason;
      }
      if (told.refused) result.left.delete(told);
    }
  }

  /** Puts the documents on a desk that the messages change: those in memory, new ones, and what must be read. */
  async #lay(told: Told[]): Promise<Desk> {
    const desk: Desk = new Map();
    await this.#fetch(
      desk,
      told.map((one) => ({ one, group: 0 })),
    );
    const further: { one: Told; group: number }[] = [];
    for (const one of told) {
      const head = desk.get(one.messageId);
      const groups = head === undefined ? 1 : adopt(one, head);
      const push = head?.push ?? one.push;
      if (groups === 1 || push === undefined) continue;
      const touched = new Set<number>();
      for (const uid of one.deliveries.keys()) touched.add(groupOf(push, uid, groups));
      for (const group of touched) further.push({ one, group });
    }
    await this.#fetch(desk, further);
    return desk;
  }

  async #fetch(desk: Desk, wanted: { one: Told; group: number }[]): Promise<void> {
    const unread: Sheet[] = [];
    for (const { one, group } of wanted) {
      const id = documentId(one.messageId, group);
      if (desk.has(id)) continue;
      const open = this.#deps.open.take(id);
      const sheet = open ?? blankSheet(one.messageId, group);
      desk.set(id, sheet);
      if (open === undefined && !one.fresh) unread.push(sheet);
    }
    await readSheets(this.#deps.client, this.#deps.indices, unread);
  }

  async #makeMissing(lines: Line[], answers: Answer[]): Promise<void> {
    const { indices } = this.#deps;
    const aliases = new Set<string>();
    for (const [n, { sheet }] of lines.entries())
      if (answers[n]?.outcome === 'missing') aliases.add(indices.aliasOf(sheet.messageId));
    for (const alias of aliases) await indices.make(alias);
  }
}
