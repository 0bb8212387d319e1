// The node's end of its links: takes sessions from gateways, lets them go, and hears how far their clients are.
import { wantsPull } from '@message-push/delivery';
import type { Link, LinkEvents } from '@message-push/link';
import {
  type BindFrame,
  CLOSE,
  CLOSE_REASONS,
  type CloseCode,
  type InnerDisconnectAnswer,
  type InnerDisconnectRequest,
  type LinkFrame,
  type PositionsFrame,
  type StateFrame,
  type UnbindFrame,
} from '@message-push/protocol';
import type { Clock } from '@message-push/runtime';
import type { Binds } from './binds.ts';
import type { NodeConfig } from './config.ts';
import type { Hub } from './hub.ts';
import type { NodeMetrics } from './metrics.ts';
import type { Positions } from './positions.ts';
import type { Replay } from './replay.ts';
import type { Reports } from './reports.ts';
import type { Rooms } from './rooms.ts';
import { type Gateway, onAcked, openSession, type Session } from './session.ts';

export interface LinksDeps {
  hub: Hub;
  binds: Binds;
  positions: Positions;
  replay: Replay;
  reports: Reports;
  rooms: Rooms;
  config: NodeConfig;
  metrics: NodeMetrics;
  clock: Clock;
  /** The present one of this node. */
  incarnation(): string;
}

/** A refusal without a close code for the client: its gateway chooses another node. */
const ELSEWHERE = 0;

export class Links implements LinkEvents {
  #deps: LinksDeps;
  #gateways = new Map<Link, Gateway>();
  #draining = false;

  constructor(deps: LinksDeps) {
    this.#deps = deps;
  }

  /** No BIND is taken. The gateways hear it on their links: a static registry could not tell them. */
  set draining(draining: boolean) {
    this.#draining = draining;
    for (const link of this.#gateways.keys()) link.send(stateFrame(draining));
  }

  onOpen(link: Link): void {
    if (this.#draining) link.send(stateFrame(true));
    this.#gateways.set(link, { link, incarnation: this.#deps.incarnation(), sessions: new Map(), targets: [] });
  }

  /** The gateway lives on or not: in both cases its sessions are bound somewhere else next. */
  onClose(link: Link): void {
    const gateway = this.#gateways.get(link);
    this.#gateways.delete(link);
    for (const session of [...(gateway?.sessions.values() ?? [])]) this.#leave(session);
  }

  onFrame(link: Link, frame: LinkFrame): void {
    const gateway = this.#gateways.get(link);
    if (gateway === undefined) return;
    if (frame.type === 'written' || frame.type === 'acked') this.#move(gateway, frame);
    else if (frame.type === 'bind') this.#bind(gateway, frame);
    else if (frame.type === 'unbind') this.#unbind(gateway, frame);
  }

  /** Sessions told to close. */
  disconnect({ app, uid, session_id, code = CLOSE.DISCONNECTED }: InnerDisconnectRequest): InnerDisconnectAnswer {
    const chosen = this.#deps.hub
      .list(app, uid)
      .filter((session) => !session.closing && (session_id === undefined || session.session_id === session_id));
    for (const session of chosen) this.#close(session, code);
    return { closed: chosen.length, session_ids: chosen.map((session) => session.session_id) };
  }

  /** State refused the token: a session that is not bound yet is refused, one that lives is closed. */
  revoked(session: Session): void {
    if (session.bound) {
      this.#close(session, CLOSE.REVOKED);
      return;
    }
    this.#refuse(session.gateway, session, CLOSE.REVOKED);
    this.#leave(session);
  }

  #bind(gateway: Gateway, frame: BindFrame): void {
    const { hub, binds } = this.#deps;
    const before = gateway.sessions.get(frame.session);
    if (before !== undefined && before.bind >= frame.bind) return;
    const here = hub.list(frame.app, frame.uid).filter((session) => session !== before && !session.closing);
    const session = openSession(gateway, frame);
    const twins = session.device === undefined ? [] : here.filter(({ scope }) => scope === session.scope);
    const refusal = this.#refusalOf(frame, here.length, twins);
    if (refusal !== undefined) {
      this.#refuse(gateway, session, refusal);
      return;
    }
    for (const twin of twins) this.#close(twin, CLOSE.REPLACED);
    // The new one first: the person is never without a session in between.
    if (before !== undefined) gateway.sessions.delete(before.number);
    hub.add(session);
    if (before !== undefined) this.#leave(before);
    binds.bind(session);
  }

  /** The close code of a refusal; undefined = the session is taken. A session that moves was counted when it came. */
  #refusalOf(frame: BindFrame, here: number, twins: Session[]): number | undefined {
    if (this.#draining) return ELSEWHERE;
    if (!frame.repeat && here >= this.#deps.config.nodeSessionsPerUidMax) return CLOSE.TOO_MANY_SESSIONS;
    if (frame.repeat && twins.some(({ since }) => since > frame.since)) return CLOSE.REPLACED;
    return undefined;
  }

  #unbind(gateway: Gateway, frame: UnbindFrame): void {
    const session = this.#deps.hub.find(gateway, frame.session, frame.bind);
    if (session !== undefined) this.#leave(session);
  }

  #leave(session: Session): void {
    const { hub, binds, rooms } = this.#deps;
    rooms.left(session);
    binds.ended(session, hub.remove(session));
  }

  /** Hot path: positions that grew, of many sessions at once. */
  #move(gateway: Gateway, frame: PositionsFrame): void {
    const { hub, positions, replay, reports, rooms, clock } = this.#deps;
    const now = clock.now();
    for (const { session: number, bind, seq } of frame.positions) {
      const session = hub.find(gateway, number, bind);
      if (session === undefined) continue;
      const written = rooms.written(session, seq, now);
      // The socket of a client that acknowledges says nothing about the client: what it got is known when it acknowledges.
      if (written.length > 0 && !session.ack) reports.written(session, written);
      if (frame.type === 'acked') {
        const acked = onAcked(session, seq);
        if (acked.length > 0) reports.acked(session, acked);
      }
      if (session.ack === (frame.type === 'acked')) positions.touch(session);
      if (wantsPull(session, rooms.of(session))) replay.start(session);
    }
  }

  /** The session stays until its gateway lets it go: its last positions still count. */
  #close(session: Session, code: number): void {
    session.closing = true;
    const { number, bind, gateway } = session;
    gateway.link.send({ type: 'close', session: number, bind, code, reason: reasonOf(code) });
  }

  #refuse(gateway: Gateway, { number, bind }: Session, code: number): void {
    this.#deps.metrics.refused.inc();
    const reason = code === ELSEWHERE ? 'the node is draining' : reasonOf(code);
    gateway.link.send({ type: 'refused', session: number, bind, code, reason });
  }
}

function stateFrame(draining: boolean): StateFrame {
  return { type: 'state', state: draining ? 'draining' : 'up' };
}

/** An app may close with a code of its own. */
function reasonOf(code: number): string {
  return Object.hasOwn(CLOSE_REASONS, code) ? CLOSE_REASONS[code as CloseCode] : 'closed';
}
