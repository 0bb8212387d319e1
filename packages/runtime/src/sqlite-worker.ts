// The thread of one store: opens its database so that a kill at any moment leaves a clean start, and carries out calls in groups.
import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import type {
  FailedCall,
  FromWorker,
  GroupAnswer,
  StoreHandlers,
  StoreModule,
  ToWorker,
  WorkerStart,
} from './sqlite.ts';

/** Most calls in one transaction: bounds how long the first of them waits for the last. */
const GROUP_MAX = 1000;

if (parentPort) await run(parentPort, workerData as WorkerStart); // `openStore` is the only one that starts this file

async function run(port: NonNullable<typeof parentPort>, start: WorkerStart): Promise<void> {
  const post = (message: FromWorker) => port.postMessage(message);
  let db: DatabaseSync;
  let handlers: StoreHandlers;
  try {
    const store = (await import(start.module)) as StoreModule; // the caller of `openStore` names a store module
    db = openDatabase(start, store.migrations);
    handlers = store.open(db, start.options as never); // the type of its own options
  } catch (error) {
    post({ refused: error instanceof Error ? error.message : String(error) });
    port.close();
    return;
  }
  const carryOut = carrier(db, handlers);
  port.on('message', (first: ToWorker) => {
    let message: ToWorker | undefined = first;
    // What came in meanwhile joins this transaction: the busier, the larger the groups.
    while (message !== undefined) {
      const calls: unknown[] = [];
      while (message !== undefined && message !== 'close') {
        for (const part of typeof message === 'string' ? JSON.parse(message) : message) calls.push(part);
        // Only ToWorker messages are posted to this port.
        message = receiveMessageOnPort(port)?.message as ToWorker | undefined;
        if (calls.length >= 2 * GROUP_MAX) break;
      }
      if (calls.length > 0) {
        const answer = carryOut(calls);
        post(start.asJson && answer.failed.length === 0 ? JSON.stringify(answer.results) : answer);
      }
      if (message !== 'close') continue;
      db.close();
      port.close();
      return;
    }
  });
  post({ open: true });
}

/** Opens the database at the newest version; a new one is made beside the target and renamed into place. */
function openDatabase({ file, cacheKiB, busyMs }: WorkerStart, migrations: readonly string[]): DatabaseSync {
  mkdirSync(dirname(file), { recursive: true });
  if (statSync(file, { throwIfNoEntry: false }) === undefined) create(file, migrations);
  const db = new DatabaseSync(file, { timeout: busyMs });
  try {
    // Exclusive: the index of the log lives in this thread's memory, and a second process is refused instead of mixed in.
    db.exec(`PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;
      PRAGMA cache_size=-${cacheKiB}; PRAGMA temp_store=MEMORY; PRAGMA journal_size_limit=16777216`);
    migrate(db, migrations);
    return db;
  } catch (error) {
    db.close();
    // The low byte of SQLite's extended code: 5 = busy.
    if (error instanceof Error && 'errcode' in error && (Number(error.errcode) & 0xff) === 5)
      throw new Error('another process has it open', { cause: error });
    throw error;
  }
}

function create(file: string, migrations: readonly string[]): void {
  const making = `${file}.new`;
  for (const left of [making, `${making}-journal`, `${file}-wal`, `${file}-shm`]) rmSync(left, { force: true });
  const db = new DatabaseSync(making);
  try {
    db.exec('PRAGMA synchronous=FULL');
    migrate(db, migrations);
  } finally {
    db.close();
  }
  renameSync(making, file);
  const directory = openSync(dirname(file), 'r');
  fsyncSync(directory);
  closeSync(directory);
}

function migrate(db: DatabaseSync, migrations: readonly string[]): void {
  const version = Number(db.prepare('PRAGMA user_version').get()?.user_version);
  if (version > migrations.length)
    throw new Error(`it was written by a newer release (version ${version}, this one knows ${migrations.length})`);
  for (const [index, script] of migrations.entries()) {
    if (index < version) continue;
    db.exec(`BEGIN IMMEDIATE; ${script}; PRAGMA user_version=${index + 1}; COMMIT`);
  }
}

/** The function that carries out calls (name, arguments, …) in order and answers them as one message. */
function carrier(db: DatabaseSync, { reads, writes, beforeCommit, rolledBack }: StoreHandlers) {
  const statement = (sql: string) => db.prepare(sql);
  const begin = statement('BEGIN IMMEDIATE');
  const commit = statement('COMMIT');
  const save = statement('SAVEPOINT one');
  const release = statement('RELEASE one');

  function one(name: string, args: unknown, careful: boolean): unknown {
    const read = reads[name];
    if (read) return read(args as never); // typed by Store.call
    const write = writes[name];
    if (!write) throw new Error(`the store has no call ${name}`);
    if (!careful) return write(args as never); // typed by Store.call
    save.run();
    try {
      const result = write(args as never); // as above
      release.run();
      return result;
    } catch (error) {
      // After a full disk SQLite may have rolled back everything by itself: then the whole group fails below.
      if (db.isTransaction) db.exec('ROLLBACK TO one; RELEASE one');
      rolledBack?.();
      throw error;
    }
  }

  /** `careful`: each write has a savepoint of its own. */
  function group(calls: unknown[], careful: boolean): GroupAnswer | 'again' {
    const results: unknown[] = [];
    const failed: FailedCall[] = [];
    let committing = false;
    const writing = calls.some((name, i) => i % 2 === 0 && (name as string) in writes); // names are at even places
    try {
      if (writing) begin.run();
      for (let i = 0; i < calls.length; i += 2) {
        const name = calls[i] as string; // as above
        try {
          results.push(one(name, calls[i + 1], careful));
        } catch (cause) {
          if (!careful && name in writes) throw cause;
          results.push(undefined);
          failed.push({ index: i / 2, cause, unknown: false });
          if (writing && !db.isTransaction) throw cause;
        }
      }
      if (writing) {
        beforeCommit?.();
        committing = true; // from here on a failing disk may or may not have kept it
        commit.run();
      }
      return { results, failed };
    } catch (cause) {
      if (db.isTransaction) db.exec('ROLLBACK');
      rolledBack?.();
      if (!careful && !committing) return 'again';
      const all = Array.from({ length: calls.length / 2 }, (_, index) => ({ index, cause, unknown: committing }));
      return { results: all.map(() => undefined), failed: all };
    }
  }

  // Calls hardly ever fail: savepoints are paid for only when one of the group did.
  return (calls: unknown[]): GroupAnswer => {
    const answer = group(calls, false);
    // A careful group is never to be repeated.
    return answer === 'again' ? (group(calls, true) as GroupAnswer) : answer;
  };
}
