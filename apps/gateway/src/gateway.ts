// The heart of a gateway: sessions from upgrade to end, wired to nodes, client protocol and outbound queues.
import type { Duplex } from 'node:stream';
import { CLOSE, type LinkFrame } from '@message-push/protocol';
import type { Clock, Log, Metrics } from '@message-push/runtime';
import type { NumberedRevocation, Revocation, State } from '@message-push/state';
import { Binder } from './binder.ts';
import { ClientProtocol, reasonOf } from './client-protocol.ts';
import type { GatewayConfig } from './config.ts';
import type { KnownApp } from './directory.ts';
import type { GatewayMetrics } from './metrics.ts';
import type { NodePeer } from './node-peer.ts';
import { NodePeers } from './node-peers.ts';
import { Outbound } from './outbound.ts';
import { Positions } from './positions.ts';
import type { RingView } from './ring-view.ts';
import { type ClientSocket, type Identity, newSession, type Session, type SocketSink, STAGE } from './session.ts';
import { Sessions } from './sessions.ts';

export interface GatewayDeps {
  id: string;
  incarnation: string;
  config: GatewayConfig;
  clusterSecrets: string[];
  clock: Clock;
  log: Log;
  metrics: Metrics;
  counts: GatewayMetrics;
  state: Pick<State, 'claimDevice'>;
  view: RingView;
  jitter(): number;
  /** Links came, went or were refused, or a node says that it drains. */
  onNodesChanged(): void;
  /** This process stood still. */
  onLate(): void;
}

type Disconnect = Extract<Revocation, { kind: 'sessions' }>;

/** The sweep over all sessions runs every so many ticks. */
const SWEEP_TICKS = 5;

export class Gateway implements SocketSink {
  readonly sessions = new Sessions();
  readonly peers: NodePeers;
  #deps: GatewayDeps;
  #protocol: ClientProtocol;
  #binder: Binder;
  #outbound: Outbound;
  #positions = new Positions();
  /** Sockets whose closing handshake has not ended. */
  #closing = new Set<ClientSocket>();
  #timer: NodeJS.Timeout | undefined;
  #ticks = 0;
  #drain: { perTick: number; done: () => void } | undefined;

  constructor(deps: GatewayDeps) {
    this.#deps = deps;
    const { config, clock, log, counts, view, jitter, clusterSecrets } = deps;
    const sessionId = (session: Session) => this.#sessionId(session);
    const close = (session: Session, code: number, reason?: string) => this.close(session, code, reason);
    const report = (session: Session, what: number) => this.#positions.report(session, what);
    this.peers = new NodePeers({
      self: {
        role: 'gateway',
        id: deps.id,
        incarnation: deps.incarnation,
        load: () => this.sessions.loggedIn,
        ringVersion: () => view.version,
      },
      config,
      clusterSecrets,
      clock,
      log,
      metrics: deps.metrics,
      view,
      jitter,
      onOpen: () => this.#onNodeOpen(),
      onFrame: (peer, frame) => this.#onLinkFrame(peer, frame),
      onClosed: (peer) => this.#onNodeClosed(peer),
      onChanged: () => deps.onNodesChanged(),
      onLate: () => deps.onLate(),
    });
    const { sessions, peers } = this;
    this.#binder = new Binder({
      config,
      clock,
      metrics: counts,
      view,
      peers,
      sessions,
      sessionId,
      onBound: (session, resumed) => this.#protocol.onBound(session, resumed),
      onRefused: close,
    });
    const binder = this.#binder;
    this.#protocol = new ClientProtocol({
      config,
      clock,
      log,
      metrics: counts,
      state: deps.state,
      sessions,
      binder,
      jitter,
      sessionId,
      close,
      report,
    });
    this.#outbound = new Outbound({ config, metrics: counts, sessions, close, report });
  }

  start(): void {
    this.peers.start();
    this.#timer = setInterval(() => this.#tick(), this.#deps.config.gatewayTickMs);
  }

  /** Sessions that no node has answered for. */
  get unsettled(): number {
    return this.#binder.unsettled;
  }

  /** The upgrade succeeded; no frame of the client has been read yet. */
  accept(socket: ClientSocket, stream: Duplex, app: KnownApp, address: string, identity: Identity): void {
    const { sessions } = this;
    const now = this.#deps.clock.now();
    const session = newSession(sessions.nextNumber(), socket, stream, app, sessions.address(address), identity, now);
    socket.session = session;
    sessions.add(session);
    this.#protocol.open(session, now);
    socket.sink = this;
  }

  onFrame(session: Session, data: Buffer, isBinary: boolean): void {
    this.#protocol.onFrame(session, data, isBinary);
  }

  /** Closes a session for the platform at once; its socket follows with the closing handshake. */
  close(session: Session, code: number, reason = reasonOf(code)): void {
    if (!this.#end(session)) return;
    this.#deps.counts.closed(code);
    this.#closing.add(session.socket);
    // A paused socket would not see the client's answer.
    session.socket.resume();
    session.socket.close(code, reason);
  }

  onSign(session: Session): void {
    session.heardAt = this.#deps.clock.now();
    // A ping was answered below.
    this.#protocol.keepBounded(session);
  }

  onClosed(session: Session): void {
    this.#closing.delete(session.socket);
    this.#end(session);
  }

  /** An app was read again: what it may no longer do ends. */
  onAppRefreshed(known: KnownApp): void {
    if (known.app.state === 'live') return;
    for (const session of this.sessions.values()) if (session.app === known) this.close(session, CLOSE.APP_DISABLED);
  }

  /** Live sessions of revoked tokens and users end, and those that are to be closed. */
  onRevocations(list: NumberedRevocation[], known: (app: string) => KnownApp | undefined): void {
    for (const { revocation } of list) {
      const app = known(revocation.app);
      if (app === undefined || app.sockets === 0) continue;
      if (revocation.kind === 'user') this.#revokeUser(app, revocation.uid, revocation.before);
      if (revocation.kind === 'token') this.#revokeToken(app, revocation.jti);
      if (revocation.kind === 'sessions') this.#disconnect(app, revocation);
    }
  }

  /** The ring or the registry's list changed. */
  onRingChanged(): void {
    this.peers.refresh();
    this.#binder.rescan();
    this.#deps.counts.ringVersion.set(this.#deps.view.version);
  }

  /** Closes all sessions with 4001, spread over `gatewayDrainMs`; resolves when the last one is closed. */
  drain(): Promise<void> {
    const { gatewayDrainMs, gatewayTickMs } = this.#deps.config;
    const ticks = Math.max(1, Math.floor(gatewayDrainMs / gatewayTickMs));
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#drain = { perTick: Math.max(1, Math.ceil(this.sessions.size / ticks)), done: resolve };
    if (this.sessions.size === 0) resolve();
    return promise;
  }

  /** Ends everything that is left; what is on its way to the nodes goes out. */
  async stop(): Promise<void> {
    for (const session of this.sessions.values()) this.close(session, CLOSE.DRAIN);
    clearInterval(this.#timer);
    this.#binder.stop();
    await this.peers.close();
  }

  /** Cuts the sockets whose clients did not answer the close. */
  cut(): void {
    for (const socket of this.#closing) socket.terminate();
  }

  #sessionId({ number }: Session): string {
    return `${this.#deps.incarnation}-${number.toString(36)}`;
  }

  /** The session is over: its last positions go up, its node lets it go. Answers false when it was over before. */
  #end(session: Session): boolean {
    if (session.stage === STAGE.GONE) return false;
    this.#positions.flushOne(session);
    this.#binder.unbind(session);
    this.#outbound.forget(session);
    this.sessions.remove(session);
    return true;
  }

  #revokeUser(app: KnownApp, uid: string, before: number): void {
    for (const session of [...this.sessions.ofUid({ app, uid })]) {
      // Of a token without an issue time only the LOGIN's time is known.
      const issuedAt = session.issuedAt > 0 ? session.issuedAt : session.since / 1000;
      if (issuedAt < before) this.close(session, CLOSE.REVOKED);
    }
  }

  #revokeToken(app: KnownApp, jti: string): void {
    for (const session of this.sessions.values())
      if (session.app === app && session.jti === jti) this.close(session, CLOSE.REVOKED);
  }

  /** Nodes say it too, and sooner; but a session may be bound nowhere, or at a node that can't be heard. */
  #disconnect(app: KnownApp, { uid, session_id, code, before }: Disconnect): void {
    for (const session of [...this.sessions.ofUid({ app, uid })]) {
      const isMeant = session_id === undefined || session_id === this.#sessionId(session);
      if (isMeant && session.since <= before) this.close(session, code);
    }
  }

  #onNodeOpen(): void {
    this.#binder.rescan();
    this.#deps.onNodesChanged();
  }

  #onNodeClosed(peer: NodePeer): void {
    this.#binder.onClosed(peer);
    this.#deps.onNodesChanged();
  }

  #onLinkFrame(peer: NodePeer, frame: LinkFrame): void {
    switch (frame.type) {
      case 'down':
        this.#outbound.down(frame, this.#deps.clock.now());
        return;
      case 'bound':
        this.#binder.onBound(peer, frame);
        return;
      case 'refused':
        this.#binder.onRefused(peer, frame);
        return;
      case 'close': {
        const session = this.sessions.get(frame.session);
        // Wherever it is bound by now: a word about the session, said by a node that it may just be leaving, and not about a bind.
        if (session !== undefined) this.close(session, frame.code, frame.reason);
        return;
      }
      default:
      // A gateway's own kinds of frames mean nothing when a node sends them.
    }
  }

  #tick(): void {
    const now = this.#deps.clock.now();
    this.#positions.flush();
    this.#outbound.tick(now);
    this.#binder.tick(now);
    if (++this.#ticks % SWEEP_TICKS === 0) this.#sweep(now);
    if (this.#drain !== undefined) this.#drainOn(this.#drain);
  }

  #sweep(now: number): void {
    this.#protocol.sweep();
    for (const session of this.sessions.values()) if (session.due <= now) this.#protocol.onDue(session, now);
    this.#deps.counts.flush();
    this.#deps.counts.sockets.set(this.sessions.size);
    this.#deps.counts.sessions.set(this.sessions.loggedIn);
  }

  #drainOn(drain: { perTick: number; done: () => void }): void {
    let left = drain.perTick;
    for (const session of this.sessions.values()) {
      if (left-- <= 0) return;
      this.close(session, CLOSE.DRAIN);
    }
    if (this.sessions.size === 0) drain.done();
  }
}
