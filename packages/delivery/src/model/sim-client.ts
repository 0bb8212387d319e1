// A client of the model and its sockets: legacy or acknowledging, with or without a device id; the network between.
import { SEQ_ZERO, type Seq } from '@message-push/protocol';
import { scopeId } from '../scope.ts';
import { type Channel, Proc } from './sim.ts';
import type { Session, SimGateway } from './sim-gateway.ts';
import type { Piece } from './sim-node.ts';
import { brief } from './sim-state.ts';
import type { World } from './world.ts';

/** One connection of a client; `taken` is what the operating system took, `arrived` what the client saw. */
export interface Socket {
  readonly name: string;
  readonly client: SimClient;
  readonly gateway: SimGateway;
  session: Session | undefined;
  open: boolean;
  /** Its gateway knows that it is closed. */
  gone: boolean;
  loggedInAt: number | undefined;
  closedAt: number | undefined;
  /** Frames not taken yet, frames on their way to the client, frames on their way up. */
  buffer: Channel;
  down: Channel;
  up: Channel;
  enqueued: Piece[];
  taken: { piece: Piece; at: number }[];
  arrived: Piece[];
}

export interface ClientKind {
  uid: string;
  platform: string;
  deviceId?: string;
  ack: boolean;
}

export class SimClient extends Proc {
  readonly world: World;
  readonly uid: string;
  readonly platform: string;
  readonly deviceId: string | undefined;
  readonly ack: boolean;
  readonly scope: string;
  socket: Socket | undefined;
  sockets: Socket[] = [];
  /** What an acknowledging client keeps over its connections. */
  cursor: Seq = SEQ_ZERO;
  readonly seen = new Set<string>();
  /** What the application saw, in order. */
  readonly log: { id: string; seq: Seq }[] = [];
  /** LOGIN was answered first at this time, for a session that was attached in the end. */
  dueFrom: number | undefined;

  constructor(world: World, name: string, kind: ClientKind) {
    super(world.sim, name);
    this.world = world;
    this.uid = kind.uid;
    this.platform = kind.platform;
    this.deviceId = kind.deviceId;
    this.ack = kind.ack;
    this.scope = scopeId(kind.platform, kind.deviceId);
  }

  login(): void {
    if (this.socket !== undefined) return;
    const gateway = this.sim.random.pick(this.world.gateways.filter((other) => other.alive));
    if (gateway === undefined) return;
    const name = `${this.name}.${this.sockets.length + 1}`;
    const socket: Socket = {
      name,
      client: this,
      gateway,
      session: undefined,
      open: true,
      gone: false,
      loggedInAt: undefined,
      closedAt: undefined,
      buffer: this.sim.channel(new Proc(this.sim, `${name} buffer`)),
      down: this.sim.channel(this),
      up: this.sim.channel(gateway),
      enqueued: [],
      taken: [],
      arrived: [],
    };
    this.socket = socket;
    this.sockets.push(socket);
    const { cursor } = this;
    this.sim.note(() => `${name} LOGIN at ${gateway.name} cursor ${brief(cursor)}`);
    this.sim.send(socket.up, () => gateway.onLogin(this, socket, cursor));
  }

  /** The client goes, or its network does: then frames on their way are lost and the gateway learns of it later. */
  logout(clean: boolean): void {
    const { socket } = this;
    if (socket === undefined) return;
    this.sim.note(() => `${socket.name} closes ${clean ? 'cleanly' : 'abruptly'}`);
    this.close(socket);
    const tell = (): void => {
      socket.gone = true;
      if (socket.session !== undefined) socket.gateway.end(socket.session);
    };
    if (clean) this.sim.send(socket.up, tell);
    else socket.gateway.after(this.sim.random.int(300), tell);
  }

  /** The gateway died or closed the socket. */
  onClosed(socket: Socket): void {
    if (this.socket !== socket) return;
    this.close(socket);
  }

  onLoggedIn(socket: Socket): void {
    this.sim.note(() => `${socket.name} logged in`);
  }

  onAttached(socket: Socket): void {
    const from = socket.loggedInAt ?? this.sim.now;
    if (this.dueFrom === undefined || from < this.dueFrom) this.dueFrom = from;
    this.world.ledger.attached(this, from);
  }

  onEnqueued(socket: Socket, piece: Piece): void {
    this.world.ledger.enqueued(socket, piece);
    const first = socket.buffer.queue.length === 0;
    this.sim.send(socket.buffer, () => this.take(socket, piece));
    if (first) this.watch(socket, socket.taken.length);
  }

  /** The reader of the socket is slow for a while. */
  stall(ms: number): void {
    const owner = this.socket?.buffer.owner;
    if (owner !== undefined) owner.stoppedUntil = this.sim.now + ms;
  }

  private take(socket: Socket, piece: Piece): void {
    const { session, gateway } = socket;
    if (!gateway.alive || session === undefined || gateway.sessions.get(session.number) !== session) return;
    socket.taken.push({ piece, at: this.sim.now });
    if (socket.open) this.sim.send(socket.down, () => this.onMessage(socket, piece));
    if (piece.seq !== SEQ_ZERO) gateway.onTaken(session, piece.seq);
  }

  /** A reader that takes nothing for too long is closed. */
  private watch(socket: Socket, taken: number): void {
    socket.gateway.after(this.world.scale.slowMs, () => {
      const { session } = socket;
      if (session === undefined || socket.buffer.queue.length === 0) return;
      if (socket.taken.length > taken) {
        this.watch(socket, socket.taken.length);
        return;
      }
      this.sim.note(() => `${socket.name} is slow, closed`);
      socket.gateway.end(session);
      this.sim.send(socket.down, () => this.onClosed(socket));
    });
  }

  private onMessage(socket: Socket, piece: Piece): void {
    if (this.socket !== socket) return;
    socket.arrived.push(piece);
    this.sim.note(() => `${socket.name} <- ${piece.id.slice(-4)} ${brief(piece.seq)}`);
    if (!this.ack) {
      this.log.push({ id: piece.id, seq: piece.seq });
      return;
    }
    const known = this.seen.has(piece.id) || (piece.seq !== SEQ_ZERO && piece.seq <= this.cursor);
    if (piece.seq > this.cursor) this.cursor = piece.seq;
    if (!known) {
      this.seen.add(piece.id);
      this.log.push({ id: piece.id, seq: piece.seq });
    }
    if (piece.seq !== SEQ_ZERO) this.acknowledge(socket);
  }

  /** Acknowledgements come in batches, late, sometimes twice. */
  private acknowledge(socket: Socket): void {
    const { cursor } = this;
    this.after(this.sim.random.int(120), () => {
      if (!socket.open) return;
      this.sim.send(socket.up, () => {
        if (socket.session !== undefined) socket.gateway.onClientAck(socket.session, cursor);
      });
    });
  }

  private close(socket: Socket): void {
    socket.open = false;
    socket.closedAt = this.sim.now;
    socket.down.queue = [];
    this.socket = undefined;
  }
}
