// Cursors of scopes: moved in batches to the lowest position of the scope's living sessions here.
import { SEQ_ZERO, type Seq } from '@message-push/protocol';
import type { Log } from '@message-push/runtime';
import type { Inboxes } from '@message-push/state';
import type { NodeConfig } from './config.ts';
import type { Hub } from './hub.ts';
import type { NodeMetrics } from './metrics.ts';
import type { Receipts } from './receipts.ts';
import { type Reported, type Reports, reportedOf } from './reports.ts';
import { cursorOf, type Session } from './session.ts';

/** A cursor to be moved. */
export interface Move {
  readonly scope: string;
  readonly cursor: Seq;
  /** What lies up to here nobody here sent: what the move passes of it is reported. */
  readonly base: Seq;
  readonly by: Reported;
}

export interface PositionsDeps {
  hub: Hub;
  inboxes: Pick<Inboxes, 'advance'>;
  receipts: Pick<Receipts, 'flush'>;
  reports: Reports;
  config: NodeConfig;
  metrics: NodeMetrics;
  log: Log;
}

/** Calls in one batch to state. */
export const CALLS_MAX = 1000;

/** Promises: a cursor never passes a living session of its scope here, and is with state within the flush time while state lives. */
export class Positions {
  #deps: PositionsDeps;
  #dirty = new Set<Session>();
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #failing = false;

  constructor(deps: PositionsDeps) {
    this.#deps = deps;
  }

  /** The session's cursor grew, or it does not hold its scope back any more. */
  touch(session: Session): void {
    this.#dirty.add(session);
    this.#arm();
  }

  /** The lowest cursor of the scope's attached sessions here, `session` included. */
  lowest(session: Session): Seq {
    let lowest = cursorOf(session);
    for (const other of this.#deps.hub.list(session.app, session.uid))
      if (other.scope === session.scope && other.attached && cursorOf(other) < lowest) lowest = cursorOf(other);
    return lowest;
  }

  /** What is left to do for a session that has just left the hub; undefined when others of its scope go on. */
  ended(session: Session): Move | undefined {
    this.#dirty.delete(session);
    const other = this.#deps.hub.list(session.app, session.uid).find(({ scope }) => scope === session.scope);
    if (other !== undefined) {
      this.touch(other);
      return undefined;
    }
    if (!session.attached || cursorOf(session) === SEQ_ZERO) return undefined;
    return { scope: session.scope, cursor: cursorOf(session), base: session.base, by: reportedOf(session) };
  }

  /** Moves cursors at state, and reports what they passed that nobody may have reported. */
  async carryOut(moves: readonly Move[]): Promise<void> {
    if (moves.length === 0) return;
    const answers = await this.#deps.inboxes.advance(
      moves.map(({ by, scope, cursor }) => ({ app: by.app, uid: by.uid, scope, platform: by.platform, cursor })),
    );
    for (const [i, move] of moves.entries()) {
      const unreported = answers[i]?.passed.filter(({ seq }) => seq <= move.base) ?? [];
      if (unreported.length > 0) this.#deps.reports.passed(move.by, unreported);
    }
  }

  /** Resolves when what was touched so far is with state, or was refused once. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#running;
    await this.#flushOnce();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#dirty.clear();
  }

  #arm(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#running ??= this.#flushOnce().finally(() => {
        this.#running = undefined;
        if (this.#dirty.size > 0) this.#arm();
      });
    }, this.#deps.config.nodeCursorFlushMs);
  }

  async #flushOnce(): Promise<void> {
    const { metrics, log, receipts, config } = this.#deps;
    const sessions: Session[] = [];
    const moves: Move[] = [];
    const dirty = this.#dirty;
    this.#dirty = new Set();
    for (const session of dirty) {
      // Before its first bind is answered a session's place is not known.
      if (!session.attached) continue;
      const cursor = this.lowest(session);
      if (cursor <= session.advanced) continue;
      session.advanced = cursor;
      sessions.push(session);
      moves.push({ scope: session.scope, cursor, base: session.base, by: reportedOf(session) });
    }
    if (moves.length === 0) return;
    // What these cursors pass nobody looks at again, so its receipts go first; a bus that is away holds up no cursor for long.
    await receipts.flush(config.nodeReceiptWaitMs);
    for (let from = 0; from < moves.length; from += CALLS_MAX) {
      try {
        await this.carryOut(moves.slice(from, from + CALLS_MAX));
        this.#failing = false;
      } catch (cause) {
        metrics.stateFailures.inc();
        if (!this.#failing) log.warn({ err: cause }, 'cursors are not moved: state is away');
        this.#failing = true;
        for (const session of sessions.slice(from)) this.#again(session);
        return;
      }
    }
  }

  #again(session: Session): void {
    session.advanced = SEQ_ZERO;
    if (!session.gone) this.#dirty.add(session);
  }
}
