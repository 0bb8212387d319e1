// Where sessions are bound: BIND to the owner on the ring, to the next one if it is not reached, and anew when the ring changes.
import { nextBind, onOutletBound } from '@message-push/delivery';
import type { BindFrame, BoundFrame, RefusedFrame } from '@message-push/protocol';
import type { Clock } from '@message-push/runtime';
import type { GatewayConfig } from './config.ts';
import type { GatewayMetrics } from './metrics.ts';
import type { NodePeer } from './node-peer.ts';
import type { NodePeers } from './node-peers.ts';
import type { RingView } from './ring-view.ts';
import type { Session } from './session.ts';
import type { Sessions } from './sessions.ts';

export interface BinderDeps {
  config: GatewayConfig;
  clock: Clock;
  metrics: GatewayMetrics;
  view: RingView;
  peers: NodePeers;
  sessions: Sessions;
  sessionId(session: Session): string;
  /** The session is bound; it may wait for its LOGIN answer. */
  onBound(session: Session, resumed: boolean): void;
  /** The node refused the session for good. */
  onRefused(session: Session, code: number, reason: string): void;
}

/** A bind at another node that stays until the new one has answered. */
interface OldBind {
  peer: NodePeer;
  bind: number;
}

/** A session on its way to a node. */
interface Way {
  /** When BIND was sent, or when it began to wait. */
  at: number;
  old: OldBind | undefined;
  /** Nodes that refused or did not answer. */
  excluded: Set<string> | undefined;
}

/** Sessions looked at per tick when all are compared with the ring. */
const SCAN_SLICE = 2000;

/**
 * Promises: every session that is logged in is bound, or on its way to be, at the node the ring names or the next one that can be
 * reached; a moved session keeps its old bind until the new node has answered; at most `gatewayMovesMax` wait for an answer because of moves.
 */
export class Binder {
  #deps: BinderDeps;
  /** BIND was sent, no answer yet; oldest first. */
  #asked = new Map<Session, Way>();
  /** No node could be asked yet. */
  #waiting = new Map<Session, Way>();
  /** Asked since the last flush: one message to a node, and one batch of its state, costs less than one each. */
  #outbox: Session[] = [];
  #flushTimer: NodeJS.Timeout | undefined;
  #flushedAt = 0;
  #scan: Iterator<Session> | undefined;
  #scanAgain = false;

  constructor(deps: BinderDeps) {
    this.#deps = deps;
  }

  /** Sessions without an answered bind. */
  get unsettled(): number {
    return this.#asked.size + this.#waiting.size;
  }

  /** Binds a session whose LOGIN was accepted. */
  bind(session: Session): void {
    this.#place(session, { at: this.#deps.clock.now(), old: undefined, excluded: undefined });
  }

  /** The session ended: no node has it any more. */
  unbind(session: Session): void {
    const way = this.#asked.get(session) ?? this.#waiting.get(session);
    this.#asked.delete(session);
    this.#waiting.delete(session);
    const { number, bind, node } = session;
    if (way?.old !== undefined) this.#sendUnbind(number, way.old, true);
    if (node !== undefined) this.#sendUnbind(number, { peer: node, bind }, true);
    session.node = undefined;
    session.bound = false;
  }

  /** Compares every session with the ring, in slices: the ring changed, or a node can be reached again. */
  rescan(): void {
    this.#scanAgain = true;
  }

  onBound(peer: NodePeer, frame: BoundFrame): void {
    const session = this.#deps.sessions.get(frame.session);
    if (session === undefined || session.node !== peer) return;
    if (!onOutletBound(session, frame.bind, frame.start, frame.attached)) return;
    const way = this.#asked.get(session);
    this.#asked.delete(session);
    session.bound = true;
    if (way?.old !== undefined) this.#sendUnbind(session.number, way.old, false);
    this.#deps.onBound(session, frame.resumed);
  }

  onRefused(peer: NodePeer, frame: RefusedFrame): void {
    const session = this.#deps.sessions.get(frame.session);
    if (session === undefined || session.node !== peer || session.bind !== frame.bind) return;
    this.#deps.metrics.refusals.inc();
    if (frame.code !== 0) {
      session.node = undefined;
      this.#deps.onRefused(session, frame.code, frame.reason);
      return;
    }
    this.#elsewhere(session);
  }

  /** The link is gone: whatever was bound there is not any more. */
  onClosed(peer: NodePeer): void {
    const now = this.#deps.clock.now();
    for (const way of this.#asked.values()) if (way.old?.peer === peer) way.old = undefined;
    for (const way of this.#waiting.values()) if (way.old?.peer === peer) way.old = undefined;
    for (const session of this.#deps.sessions.values()) {
      if (session.node !== peer) continue;
      const way = this.#asked.get(session) ?? { at: now, old: undefined, excluded: undefined };
      this.#asked.delete(session);
      session.node = undefined;
      session.bound = false;
      this.#waiting.set(session, way);
    }
  }

  stop(): void {
    clearTimeout(this.#flushTimer);
  }

  /** Called every `gatewayTickMs`: unanswered BINDs, waiting sessions, moves; all in bounded batches. */
  tick(now: number): void {
    this.#passOverSilent(now);
    const { gatewayMovesMax, gatewayMoveBatch } = this.#deps.config;
    if (this.#waiting.size > 0) this.#placeWaiting(gatewayMovesMax - this.#asked.size);
    // Who has a node can wait: the next moves follow when the last ones are answered, so that a busy node sets the pace.
    const room = Math.max(gatewayMoveBatch - this.#asked.size, Math.ceil(gatewayMoveBatch / 10));
    const budget = Math.min(room, gatewayMovesMax - this.#asked.size);
    if (this.#scan === undefined && this.#scanAgain) {
      this.#scanAgain = false;
      this.#scan = this.#deps.sessions.values();
    }
    if (this.#scan !== undefined && budget > 0) this.#scanOn(this.#scan, budget, now);
    this.#deps.metrics.offOwner.set(this.#waiting.size);
  }

  #passOverSilent(now: number): void {
    const due = now - this.#deps.config.gatewayOwnerWaitMs;
    for (const [session, way] of this.#asked) {
      if (way.at > due) return;
      if (session.node !== undefined)
        this.#sendUnbind(session.number, { peer: session.node, bind: session.bind }, false);
      this.#elsewhere(session);
    }
  }

  /** Tries another node than the one that was asked last. */
  #elsewhere(session: Session): void {
    const way = this.#asked.get(session) ?? { at: 0, old: undefined, excluded: undefined };
    this.#asked.delete(session);
    way.excluded ??= new Set();
    if (session.node !== undefined) way.excluded.add(session.node.id);
    session.node = undefined;
    session.bound = false;
    way.at = this.#deps.clock.now();
    // Everybody was tried: from the beginning, with the next tick.
    if (this.#deps.view.nodes.every((id) => way.excluded?.has(id))) {
      way.excluded = undefined;
      this.#waiting.set(session, way);
    } else this.#place(session, way);
  }

  /** Those who still have to wait go back to the end, so that everybody gets a turn. */
  #placeWaiting(budget: number): void {
    let left = Math.min(budget, this.#waiting.size);
    for (const [session, way] of this.#waiting) {
      if (left-- <= 0) return;
      this.#waiting.delete(session);
      this.#place(session, way);
    }
  }

  #scanOn(scan: Iterator<Session>, budget: number, now: number): void {
    let moves = 0;
    for (let looked = 0; looked < SCAN_SLICE && moves < budget; looked++) {
      const { value: session, done } = scan.next();
      if (done === true) {
        this.#scan = undefined;
        return;
      }
      if (this.#move(session, now)) moves++;
    }
  }

  /** Moves a bound session that belongs elsewhere. */
  #move(session: Session, now: number): boolean {
    if (!session.bound || session.node === undefined) return false;
    const peer = this.#choose(session, undefined, now);
    if (peer === undefined || peer === session.node) return false;
    this.#deps.metrics.moves.inc();
    const old = { peer: session.node, bind: session.bind };
    this.#ask(session, peer, { at: now, old, excluded: undefined });
    return true;
  }

  #place(session: Session, way: Way): void {
    const peer = this.#choose(session, way.excluded, this.#deps.clock.now());
    if (peer === undefined) this.#waiting.set(session, way);
    else this.#ask(session, peer, way);
  }

  /** The owner, or the next node if the owner has been out of reach for `gatewayOwnerWaitMs`; undefined: wait. */
  #choose(session: Session, excluded: Set<string> | undefined, now: number): NodePeer | undefined {
    const { view, peers, config } = this.#deps;
    const owner = view.owner(session.uid);
    if (owner === undefined) return undefined;
    const peer = peers.get(owner);
    if (peer !== undefined && excluded?.has(owner) !== true) {
      if (this.#mayBind(peer)) return peer;
      // It may be back in a moment, or the ring may name the life of it that is linked, or another owner.
      const since = peer.link === undefined ? peer.silentSince : peer.openedAt;
      if (now - since < config.gatewayOwnerWaitMs) return undefined;
    }
    const out = new Set(excluded);
    for (const id of view.nodes) if (!this.#mayBind(peers.get(id))) out.add(id);
    const next = view.next(session.uid, out);
    return next === undefined ? undefined : peers.get(next);
  }

  /**
   * Whether a bind there would count: the node was started anew while the ring still names its last incarnation, and whoever reads a
   * bind that was made by this ring takes an incarnation that is not on it for dead.
   */
  #mayBind(peer: NodePeer | undefined): boolean {
    return peer?.link !== undefined && this.#deps.view.lists(peer.id, peer.link.peer.incarnation);
  }

  #ask(session: Session, peer: NodePeer, way: Way): void {
    const now = this.#deps.clock.now();
    way.at = now;
    nextBind(session);
    session.node = peer;
    session.bound = false;
    this.#asked.set(session, way);
    this.#outbox.push(session);
    // Who comes alone goes at once; in a crowd the BINDs since the last message share the next.
    const { gatewayBindGatherMs } = this.#deps.config;
    const wait = Math.max(0, Math.min(gatewayBindGatherMs, this.#flushedAt + gatewayBindGatherMs - now));
    this.#flushTimer ??= setTimeout(() => this.#flush(), wait);
  }

  /** Sends the BINDs of the last moments together, with the positions of now. */
  #flush(): void {
    this.#flushTimer = undefined;
    this.#flushedAt = this.#deps.clock.now();
    const outbox = this.#outbox;
    this.#outbox = [];
    for (const session of outbox) {
      // It ended, or its node went, meanwhile.
      if (session.node === undefined || session.bound || !this.#asked.has(session)) continue;
      this.#deps.metrics.tally.binds++;
      session.node.link?.send(this.#bindFrame(session));
    }
  }

  #bindFrame(session: Session): BindFrame {
    return {
      type: 'bind',
      session: session.number,
      bind: session.bind,
      session_id: this.#deps.sessionId(session),
      app: session.app.id,
      uid: session.uid,
      scope: session.scope,
      platform: session.platform,
      since: session.since,
      issued_at: Math.max(0, session.issuedAt),
      ack: session.ack,
      repeat: session.attached,
      ring_version: this.#deps.view.version,
      enqueued: session.enqueued,
      written: session.written,
      acked: session.acked,
    };
  }

  #sendUnbind(number: number, { peer, bind }: OldBind, ended: boolean): void {
    peer.link?.send({ type: 'unbind', session: number, bind, ended });
  }
}
