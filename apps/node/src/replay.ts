// Sessions that fell behind read their inbox: a bounded number at once, a bounded number of bytes each.
import { onPulled, onPullFailed, wantsPull } from '@message-push/delivery';
import type { InnerMessage } from '@message-push/protocol';
import type { Clock, Log } from '@message-push/runtime';
import type { Inboxes, StoredEntry } from '@message-push/state';
import type { NodeConfig } from './config.ts';
import { Down } from './down.ts';
import type { NodeMetrics } from './metrics.ts';
import type { Reports } from './reports.ts';
import type { Rooms } from './rooms.ts';
import type { Session } from './session.ts';

export interface ReplayDeps {
  inboxes: Pick<Inboxes, 'pull'>;
  reports: Reports;
  rooms: Rooms;
  config: NodeConfig;
  metrics: NodeMetrics;
  clock: Clock;
  log: Log;
  /** In [0, 1). */
  jitter(): number;
}

/** Promises: a session that wants a pull gets one as soon as a place is free, and again until it has caught up; state may be away meanwhile. */
export class Replay {
  #deps: ReplayDeps;
  #waiting: Session[] = [];
  #running = 0;
  #failed = new Set<Session>();
  #failures = 0;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(deps: ReplayDeps) {
    this.#deps = deps;
  }

  /** Starts a pull if the session is behind and may be sent something. Ask whenever one of both may have become true. */
  ask(session: Session): void {
    if (wantsPull(session, this.#deps.rooms.of(session))) this.start(session);
  }

  /** The session's reader has decided for a pull and is busy until it is answered. */
  start(session: Session): void {
    this.#deps.metrics.totals.catchUps++;
    this.#deps.metrics.catchUps.inc();
    this.#waiting.push(session);
    this.#next();
  }

  /** State may be back: sessions whose pull failed try at once. */
  retry(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const failed = this.#failed;
    this.#failed = new Set();
    for (const session of failed) if (!session.gone) this.ask(session);
  }

  stop(): void {
    this.#stopped = true;
    this.#waiting = [];
    this.#failed.clear();
    clearTimeout(this.#timer);
  }

  #next(): void {
    while (this.#running < this.#deps.config.nodePullsMax && !this.#stopped) {
      const session = this.#waiting.shift();
      if (session === undefined) return;
      if (session.gone) continue;
      this.#running++;
      void this.#pull(session).finally(() => {
        this.#running--;
        this.#next();
      });
    }
  }

  async #pull(session: Session): Promise<void> {
    const { inboxes, rooms } = this.#deps;
    const { app, uid, scope, platform } = session;
    try {
      const bytesMax = rooms.of(session);
      const answer = await inboxes.pull({ app, uid }, { scope, platform, after: session.position, bytesMax });
      this.#failures = 0;
      if (session.gone || session.closing) return;
      this.#send(session, onPulled(session, answer));
      this.ask(session);
    } catch (cause) {
      this.#fail(session, cause);
    }
  }

  #send(session: Session, entries: StoredEntry[]): void {
    const { reports, clock } = this.#deps;
    const now = clock.now();
    for (const entry of entries) {
      const { message_id, seq, expires_at, c_time, message } = entry;
      const inner: InnerMessage = { message_id, app: session.app, seq, expires_at, c_time, message };
      const down = new Down(inner, this.#deps);
      down.to(session);
      down.flush();
      reports.routed(session.app, session.uid, inner, now);
    }
  }

  #fail(session: Session, cause: unknown): void {
    const { metrics, log, config, jitter } = this.#deps;
    metrics.stateFailures.inc();
    onPullFailed(session);
    if (session.gone || this.#stopped) return;
    this.#failed.add(session);
    if (this.#timer !== undefined) return;
    if (this.#failures++ === 0) log.warn({ err: cause }, 'an inbox could not be read; trying again');
    const most = Math.min(config.nodeRetryMaxMs, config.nodeRetryMinMs * 2 ** Math.min(this.#failures, 16));
    this.#timer = setTimeout(() => this.retry(), most / 2 + (jitter() * most) / 2);
  }
}
