// PGlite's one session, safe to share: a client's statement is never mixed with another client's.
import { PGlite } from '@electric-sql/pglite';

/** First bytes of the messages of PostgreSQL's protocol that matter here. */
const [QUERY, SYNC, TERMINATE, STARTUP] = [0x51, 0x53, 0x58, 0x00];
const SYNC_MESSAGE = new Uint8Array([SYNC, 0, 0, 0, 4]);

/** Small: the rows here are few, and the default (128 MB) is memory that the process keeps. WAL is bounded (default 1 GB). */
const START_PARAMS = ['shared_buffers=16MB', 'max_wal_size=64MB', 'min_wal_size=32MB'].flatMap((text) => ['-c', text]);

/**
 * The socket server queues single messages and lets another client in unless a transaction is open. An extended query is
 * several messages (parse, bind, execute, sync) that share the session's unnamed statement: between two of them another
 * client's parse would replace it. So the session says to be in a transaction until the sync.
 */
export class SharedSession extends PGlite {
  #unfinished = false;

  static async open(dataDir: string): Promise<SharedSession> {
    const session = new SharedSession({ dataDir, startParams: [...PGlite.defaultStartParams, ...START_PARAMS] });
    await session.waitReady;
    return session;
  }

  override isInTransaction(): boolean {
    return this.#unfinished || super.isInTransaction();
  }

  override async execProtocolRawStream(
    ...[message, options]: Parameters<PGlite['execProtocolRawStream']>
  ): Promise<void> {
    const kind = message[0];
    if (kind === TERMINATE) return; // a client leaves, the session stays
    try {
      await super.execProtocolRawStream(message, options);
    } catch (error) {
      // Not an SQL error (those are answers): the engine is broken. The queue would hang: end the thread, it is started again.
      setImmediate(() => {
        throw error;
      });
      throw error;
    }
    this.#unfinished = kind !== QUERY && kind !== SYNC && kind !== STARTUP;
  }

  /** Called by the socket server to roll back for a client that left. */
  override async exec(...[query, options]: Parameters<PGlite['exec']>): ReturnType<PGlite['exec']> {
    if (this.#unfinished) {
      await this.execProtocolRaw(SYNC_MESSAGE);
      this.#unfinished = false;
    }
    return super.exec(query, options);
  }
}
