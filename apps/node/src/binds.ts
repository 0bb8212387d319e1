// What the inboxes know of this node's sessions: recorded at BIND, recorded again after state was away, removed when the last one goes.
import { type Bind, type BindAnswer, type BindRequest, judge, onBound, onRecordedAgain } from '@message-push/delivery';
import { maxSeq, type RingDocument, SEQ_ZERO } from '@message-push/protocol';
import type { Clock, Log } from '@message-push/runtime';
import type { Inboxes, Receiver } from '@message-push/state';
import type { NodeConfig } from './config.ts';
import { Ends } from './ends.ts';
import type { Hub } from './hub.ts';
import type { NodeMetrics } from './metrics.ts';
import { CALLS_MAX, type Positions } from './positions.ts';
import type { Receipts } from './receipts.ts';
import type { Replay } from './replay.ts';
import { type Reports, reportedOf } from './reports.ts';
import type { Rooms } from './rooms.ts';
import { cursorOf, onAttached, type Session } from './session.ts';

export interface BindsDeps {
  hub: Hub;
  inboxes: Pick<Inboxes, 'bind' | 'unbind'>;
  positions: Positions;
  replay: Replay;
  reports: Reports;
  rooms: Rooms;
  receipts: Pick<Receipts, 'hurry'>;
  config: NodeConfig;
  metrics: NodeMetrics;
  clock: Clock;
  log: Log;
  jitter(): number;
  /** Of this node. */
  id: string;
  /** The present one of this node. */
  incarnation(): string;
  ring(): RingDocument;
  /** State refused the session's token: it is gone from the hub when this is called. */
  onRevoked(session: Session): void;
}

/**
 * Promises: a session in the hub is recorded in its inbox as soon as state answers, and again after each new connection to state; a
 * person without a session here is not recorded for longer than state is away. Until a bind is answered nothing is sent to its session.
 */
export class Binds {
  #deps: BindsDeps;
  /** Sessions to be recorded: not attached yet, or to be recorded again. */
  #queue = new Set<Session>();
  #ends: Ends;
  /** First binds under way, with the time they were sent. */
  #asked = new Map<Session, number>();
  /** Of the last bind call. An unbind names it: carried out late it leaves the record of a bind that came after it. */
  #serial = 0;
  #working: Promise<void> | undefined;
  #workSoon: NodeJS.Immediate | undefined;
  /** State has failed and was not seen to be back. */
  #away = false;
  #wake: (() => void) | undefined;
  #stopped = false;

  constructor(deps: BindsDeps) {
    this.#deps = deps;
    this.#ends = new Ends(deps.config.nodeRecentUnbindsMax);
  }

  /** A session that has just come into the hub. */
  bind(session: Session): void {
    this.#asked.set(session, this.#deps.clock.now());
    void this.#record(session).then((done) => {
      this.#asked.delete(session);
      if (done || session.gone) return;
      this.#boundLater(session);
      this.#queue.add(session);
      this.#work();
    });
  }

  /** A session that has just left the hub; `last`: of its person. */
  ended(session: Session, last: boolean): void {
    this.#queue.delete(session);
    const move = this.#deps.positions.ended(session);
    if (!last && move === undefined) return;
    const { app, uid, gateway } = session;
    const { incarnation } = gateway;
    // Its last cursor cannot wait for them: the person may be back at once, and would get everything again.
    this.#deps.receipts.hurry();
    this.#ends.add({ app, uid, incarnation, move, last, at: this.#deps.clock.now() });
    // Together with the others of this turn: a link that closes ends thousands.
    this.#workSoon ??= setImmediate(() => this.#work());
  }

  /** A post came for somebody who has no session here: a record that a bind left when it was carried out late. It goes. */
  stray(app: string, uid: string): void {
    const { incarnation, clock, metrics } = this.#deps;
    metrics.strays.inc();
    if (!this.#ends.addStray(app, uid, incarnation(), clock.now())) return;
    this.#workSoon ??= setImmediate(() => this.#work());
  }

  /** Records everything again; `lost`: state may have lost its last seconds. */
  recordAll(lost: boolean): void {
    for (const session of this.#deps.hub.all()) if (!this.#asked.has(session)) this.#queue.add(session);
    if (lost) this.#ends.repeat();
    this.#wake?.();
    this.#work();
  }

  /** Sessions whose bind is not answered for `ms` are taken without their inbox: LOGIN does not wait for state. */
  answerLate(ms: number): void {
    const before = this.#deps.clock.now() - ms;
    for (const [session, at] of this.#asked) {
      if (at > before) return;
      if (!session.gone) this.#boundLater(session);
    }
  }

  /** Sessions taken that state has not answered for. */
  unattached(): number {
    let count = this.#asked.size;
    for (const session of this.#queue) if (!session.recorded) count++;
    return count;
  }

  /** Resolves when no end waits for state any more, or after one failed try. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#queue.clear();
    if (this.#workSoon !== undefined) clearImmediate(this.#workSoon);
    this.#wake?.();
    await this.#working;
    await this.#flushEnded();
  }

  #work(): void {
    this.#workSoon = undefined;
    if (this.#stopped) return;
    this.#working ??= this.#workOff().finally(() => {
      this.#working = undefined;
      if (this.#ends.waiting > 0 || this.#queue.size > 0) this.#work();
    });
  }

  async #workOff(): Promise<void> {
    for (let failures = 0; (this.#queue.size > 0 || this.#ends.waiting > 0) && !this.#stopped; ) {
      const done = (await this.#flushEnded()) && (await this.#recordSome());
      if (!done) await this.#pause(failures++);
      else failures = 0;
    }
    if (this.#away && !this.#stopped) this.#deps.log.info('sessions are recorded in their inboxes again');
    this.#away = false;
  }

  async #recordSome(): Promise<boolean> {
    const some: Session[] = [];
    for (const session of this.#queue) {
      if (some.length >= this.#deps.config.nodeRecordsMax) break;
      this.#queue.delete(session);
      if (!session.gone) some.push(session);
    }
    const done = await Promise.all(some.map((session) => this.#record(session)));
    for (const [i, session] of some.entries()) if (done[i] === false && !session.gone) this.#queue.add(session);
    return done.every(Boolean);
  }

  /** One bind call at state; false when it failed. A session that went meanwhile is unbound after it, in order. */
  async #record(session: Session): Promise<boolean> {
    const { inboxes } = this.#deps;
    const { app, uid } = session;
    try {
      const answer = await inboxes.bind({ app, uid }, this.#requestOf(session));
      this.#removeDead({ app, uid }, answer.binds);
      if (session.gone) return true;
      if (answer.revoked) this.#deps.onRevoked(session);
      else if (session.recorded) this.#recordedAgain(session, answer);
      else this.#attached(session, answer);
      return true;
    } catch (cause) {
      this.#failed(cause);
      return false;
    }
  }

  /** Records of nodes that are out of the ring: whoever comes across them removes them. */
  #removeDead(receiver: Receiver, binds: Bind[]): void {
    if (binds.length < 2) return;
    const { inboxes, ring, log, id } = this.#deps;
    const dead = binds.filter((bind) => bind.node !== id && judge(bind, ring()) === 'out');
    if (dead.length === 0) return;
    const calls = dead.map(({ node, incarnation }) => ({ ...receiver, node, incarnation }));
    inboxes
      .unbind(calls)
      .catch((cause: unknown) => log.debug({ err: cause }, 'records of dead nodes were not removed'));
  }

  #requestOf(session: Session): BindRequest {
    const { incarnation } = session.gateway;
    const { scope, platform, attached, bound, bind, issued_at, since, ring_version } = session;
    return {
      bind: { node: this.#deps.id, incarnation, ring_version, serial: ++this.#serial },
      scope,
      platform,
      repeat: attached,
      enqueued: attached ? session.position : SEQ_ZERO,
      // A first bind brings what its own client says; afterwards the scope is where its slowest session is.
      cursor: attached ? this.#deps.positions.lowest(session) : cursorOf(session),
      issued_at,
      // Its LOGIN succeeded without state: what came since is its due.
      ...(!attached && (bound || bind > 1) && { since }),
    };
  }

  #attached(session: Session, answer: BindAnswer): void {
    const { replay, reports, rooms } = this.#deps;
    if (!session.attached) onAttached(session, answer.start);
    session.base = maxSeq(session.base, answer.start);
    session.advanced = cursorOf(session);
    session.bound = true;
    session.recorded = true;
    session.gateway.link.send({
      type: 'bound',
      session: session.number,
      bind: session.bind,
      start: answer.start,
      resumed: answer.resumed,
      attached: true,
    });
    if (answer.passed.length > 0) reports.passed(reportedOf(session), answer.passed);
    if (onBound(session, answer.start, answer.behind, rooms.of(session))) replay.start(session);
  }

  #recordedAgain(session: Session, answer: BindAnswer): void {
    const { replay, reports, rooms } = this.#deps;
    const unreported = answer.passed.filter(({ seq }) => seq <= session.base);
    if (unreported.length > 0) reports.passed(reportedOf(session), unreported);
    if (onRecordedAgain(session, answer.behind, rooms.of(session))) replay.start(session);
  }

  /** BOUND without an inbox, once: the session is taken and catches up later. */
  #boundLater(session: Session): void {
    if (session.bound) return;
    session.bound = true;
    const { number, bind, gateway } = session;
    gateway.link.send({ type: 'bound', session: number, bind, start: SEQ_ZERO, resumed: true, attached: false });
  }

  /** Final cursors and unbinds, in batches; false when state did not take them all. Who has come back meanwhile stays bound. */
  async #flushEnded(): Promise<boolean> {
    const { positions, inboxes, hub, clock, id: node } = this.#deps;
    while (this.#ends.waiting > 0) {
      const batch = this.#ends.take(CALLS_MAX);
      const moves = batch.map(({ move }) => move).filter((move) => move !== undefined);
      const gone = batch.filter(({ app, uid, last }) => last && hub.of(app, uid) === undefined);
      const serial = this.#serial;
      const unbinds = gone.map(({ app, uid, incarnation }) => ({ app, uid, node, incarnation, serial }));
      try {
        // Issued together: state carries them out in this order, and both before any later bind of the same person.
        await Promise.all([positions.carryOut(moves), unbinds.length > 0 && inboxes.unbind(unbinds)]);
        this.#ends.told(batch, clock.now());
      } catch (cause) {
        this.#failed(cause);
        this.#ends.putBack(batch);
        return false;
      }
    }
    return true;
  }

  #failed(cause: unknown): void {
    const { metrics, log } = this.#deps;
    metrics.stateFailures.inc();
    if (!this.#away) log.warn({ err: cause }, 'sessions are not recorded in their inboxes: state is away');
    this.#away = true;
  }

  #pause(failures: number): Promise<void> {
    const { config, jitter } = this.#deps;
    const most = Math.min(config.nodeRetryMaxMs, config.nodeRetryMinMs * 2 ** Math.min(failures, 16));
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, most / 2 + (jitter() * most) / 2);
    this.#wake = () => {
      clearTimeout(timer);
      resolve();
    };
    return promise;
  }
}
