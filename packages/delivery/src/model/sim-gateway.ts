// A gateway of the model: sockets with their outlets, binds and moves of sessions, links to nodes.
import { type RingDocument, SEQ_ZERO, type Seq } from '@message-push/protocol';
import {
  nextBind,
  type Outlet,
  onAck,
  onDown,
  onOnlineOnlyDown,
  onOutletBound,
  onWritten,
  openOutlet,
} from '../outlet.ts';
import { scopeId } from '../scope.ts';
import { Proc } from './sim.ts';
import type { SimClient, Socket } from './sim-client.ts';
import type { Link, Piece, SimNode } from './sim-node.ts';
import { places, type World } from './world.ts';

export interface Session {
  readonly number: number;
  readonly client: SimClient;
  readonly socket: Socket;
  readonly since: number;
  readonly outlet: Outlet;
  /** Where its present bind was sent; undefined while no node can be reached. */
  link: Link | undefined;
  /** Other nodes that may have it, by the number of the bind they were sent. */
  stale: Map<SimNode, number>;
  waiting: boolean;
  /** Ring version of the present place. */
  placedBy: number;
  loggedIn: boolean;
}

export class SimGateway extends Proc {
  readonly world: World;
  ring: RingDocument;
  sessions = new Map<number, Session>();
  private numbers = 0;

  constructor(world: World, name: string) {
    super(world.sim, name);
    this.world = world;
    this.ring = world.ring;
  }

  learnRing(ring: RingDocument): void {
    if (ring.version <= this.ring.version) return;
    this.ring = ring;
    for (const session of this.sessions.values()) if (!session.waiting) this.place(session);
  }

  onLogin(client: SimClient, socket: Socket, cursor: Seq): void {
    if (socket.gone) return;
    this.numbers += 1;
    const session: Session = {
      number: this.numbers,
      client,
      socket,
      since: this.sim.now,
      outlet: openOutlet(client.ack ? cursor : SEQ_ZERO),
      link: undefined,
      stale: new Map(),
      waiting: false,
      placedBy: 0,
      loggedIn: false,
    };
    socket.session = session;
    this.sessions.set(session.number, session);
    this.place(session);
  }

  /** Binds the session at its owner, or at the next node that can be reached; `avoid` did not answer. */
  place(session: Session, avoid?: SimNode): void {
    if (!this.sessions.has(session.number)) return;
    const open = places(session.client.uid, this.ring)
      .map((place) => this.link(place.incarnation))
      .filter((link) => link !== undefined);
    const link = open.find((other) => other.node !== avoid) ?? open[0];
    if (link === undefined) {
      session.waiting = true;
      this.after(100, () => this.place(session));
      return;
    }
    session.placedBy = this.ring.version;
    if (link === session.link && !session.waiting) return;
    this.bind(session, link);
  }

  onBound(node: SimNode, bound: { session: number; bind: number; start: Seq; attached: boolean }): void {
    const session = this.sessions.get(bound.session);
    if (session === undefined || !onOutletBound(session.outlet, bound.bind, bound.start, bound.attached)) return;
    this.sim.note(() => `${this.name} BOUND ${session.client.name} at ${node.name} attached ${bound.attached}`);
    session.waiting = false;
    for (const [other, bind] of session.stale) this.unbind(session, other, bind);
    session.stale.clear();
    if (!session.loggedIn) {
      session.loggedIn = true;
      session.socket.loggedInAt = this.sim.now;
      session.client.onLoggedIn(session.socket);
    }
    if (bound.attached) session.client.onAttached(session.socket);
    if (session.placedBy < this.ring.version) this.place(session);
  }

  onDown(number: number, bind: number, piece: Piece): void {
    const session = this.sessions.get(number);
    if (session === undefined) return;
    const passes =
      piece.online === undefined
        ? onDown(session.outlet, bind, piece.seq)
        : onOnlineOnlyDown(session.outlet, bind, piece.online);
    if (passes) session.client.onEnqueued(session.socket, piece);
  }

  onTaken(session: Session, seq: Seq): void {
    if (onWritten(session.outlet, seq)) this.report(session, 'written', seq);
  }

  onClientAck(session: Session, seq: Seq): void {
    if (this.sessions.get(session.number) === session && onAck(session.outlet, seq)) this.report(session, 'acked', seq);
  }

  /** The socket is gone, by either side. */
  end(session: Session): void {
    if (!this.sessions.delete(session.number)) return;
    this.sim.note(() => `${this.name} ends ${session.client.name}`);
    if (session.link !== undefined) this.unbind(session, session.link.node, session.outlet.bind);
    for (const [other, bind] of session.stale) this.unbind(session, other, bind);
  }

  /** A node can be reached (again): sessions that belong there move. */
  onLinkOpen(): void {
    for (const session of this.sessions.values()) if (!session.waiting) this.place(session);
  }

  onLinkClosed(link: Link): void {
    for (const session of this.sessions.values()) {
      session.stale.delete(link.node);
      if (session.link !== link) continue;
      session.link = undefined;
      session.waiting = true;
      this.place(session);
    }
  }

  /** The open link to an incarnation. */
  private link(incarnation: string): Link | undefined {
    return this.world.links.find((link) => link.open && link.gateway === this && link.node.incarnation === incarnation);
  }

  private bind(session: Session, link: Link): void {
    const { outlet, client } = session;
    if (session.link?.open && session.link !== link) session.stale.set(session.link.node, outlet.bind);
    const bind = nextBind(outlet);
    session.link = link;
    session.stale.delete(link.node);
    session.waiting = true;
    const frame = {
      type: 'bind' as const,
      session: session.number,
      bind,
      session_id: `${this.name}-${session.number}`,
      app: 'a',
      uid: client.uid,
      scope: scopeId(client.platform, client.deviceId),
      platform: client.platform,
      since: session.since,
      issued_at: 0,
      ack: client.ack,
      repeat: outlet.attached,
      ring_version: this.ring.version,
      enqueued: outlet.enqueued,
      written: outlet.written,
      acked: outlet.acked,
    };
    this.sim.note(() => `${this.name} BIND ${client.name} #${bind} at ${link.node.name}`);
    this.sim.send(link.up, () => link.node.onBind(link, frame));
    this.after(this.world.scale.bindMs, () => {
      if (session.waiting && outlet.bind === bind) this.place(session, link.node);
    });
  }

  private unbind(session: Session, node: SimNode, bind: number): void {
    const link = this.link(node.incarnation);
    if (link !== undefined) this.sim.send(link.up, () => node.onUnbind(this, session.number, bind));
  }

  private report(session: Session, kind: 'written' | 'acked', seq: Seq): void {
    const { link, number, outlet } = session;
    if (link?.open !== true) return;
    const { bind } = outlet;
    this.sim.send(link.up, () => link.node.onPositions(this, number, bind, kind, seq));
  }
}
