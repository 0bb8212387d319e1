// For tests: a gateway that speaks the link as the real one does, with clients whose sockets a test can look into.
import {
  nextBind,
  type Outlet,
  onAck,
  onDown,
  onOnlineOnlyDown,
  onOutletBound,
  onWritten,
  openOutlet,
} from '@message-push/delivery';
import { createLinkClient, type Link, type LinkClient } from '@message-push/link';
import type {
  BindFrame,
  BoundFrame,
  CloseFrame,
  DownFrame,
  LinkFrame,
  RefusedFrame,
  Seq,
} from '@message-push/protocol';
import { createLog, loadConfig, Metrics, systemClock } from '@message-push/runtime';
import { nodeFields } from './config.ts';
import { SECRET, type TestNode, type Undo } from './fixture.ts';

const log = createLog('test', 'silent');

/** One client behind the test's gateway. */
export class TestSession {
  readonly gateway: TestGateway;
  readonly number: number;
  readonly about: Pick<BindFrame, 'app' | 'uid' | 'scope' | 'platform' | 'ack' | 'since' | 'issued_at'>;
  readonly outlet: Outlet;
  /** Contents that went to the client's socket, in order. */
  readonly received: string[] = [];
  readonly seqs: Seq[] = [];
  bounds: BoundFrame[] = [];
  refused: RefusedFrame | undefined;
  closed: CloseFrame | undefined;
  /** The socket takes what it is given. */
  writes = true;

  constructor(gateway: TestGateway, number: number, about: Partial<TestSession['about']> & { uid: string }) {
    const platform = about.platform ?? 'h5';
    const common = { app: 'demo', scope: `p:${platform}`, ack: false, since: Date.now(), issued_at: 0 };
    this.gateway = gateway;
    this.number = number;
    this.about = { ...common, ...about, platform };
    this.outlet = openOutlet();
  }

  get id(): string {
    return `s${this.number}`;
  }

  bind(): void {
    const { outlet } = this;
    this.gateway.send({
      type: 'bind',
      session: this.number,
      bind: nextBind(outlet),
      session_id: this.id,
      ...this.about,
      repeat: outlet.attached,
      ring_version: this.gateway.ringVersion,
      enqueued: outlet.enqueued,
      written: outlet.written,
      acked: outlet.acked,
    });
  }

  /** The socket took everything that it was given. */
  write(): void {
    if (!onWritten(this.outlet, this.outlet.enqueued)) return;
    this.#report('written', this.outlet.written);
  }

  ack(seq: Seq): void {
    if (onAck(this.outlet, seq)) this.#report('acked', seq);
  }

  end(): void {
    this.gateway.send({ type: 'unbind', session: this.number, bind: this.outlet.bind, ended: true });
  }

  #report(type: 'written' | 'acked', seq: Seq): void {
    this.gateway.send({ type, positions: [{ session: this.number, bind: this.outlet.bind, seq }] });
  }
}

/** A gateway with one link. */
export class TestGateway {
  readonly sessions = new Map<number, TestSession>();
  readonly client: LinkClient;
  link: Link | undefined;
  peers: string[] = [];
  /** What the node said of itself. */
  states: string[] = [];
  readonly ringVersion: number;
  #next = 1;

  constructor(undo: Undo, { address, ringVersion }: TestNode, id = 'gateway-1') {
    this.ringVersion = ringVersion;
    this.client = createLinkClient({
      address,
      self: { role: 'gateway', id, incarnation: 'g1', load: () => this.sessions.size, ringVersion: () => ringVersion },
      clusterSecrets: [SECRET],
      config: loadConfig(nodeFields, {}),
      clock: systemClock,
      log,
      metrics: new Metrics(),
      events: {
        onOpen: (link) => {
          this.link = link;
          this.peers.push(link.peer.incarnation);
        },
        onFrame: (_, frame) => this.#onFrame(frame),
        onClose: () => {
          this.link = undefined;
        },
      },
    });
    undo.add(() => this.client.close());
  }

  send(frame: LinkFrame): void {
    this.link?.send(frame);
  }

  session(about: Partial<TestSession['about']> & { uid: string }): TestSession {
    const session = new TestSession(this, this.#next++, about);
    this.sessions.set(session.number, session);
    return session;
  }

  /** All its clients go away. */
  endAll(): void {
    for (const session of this.sessions.values()) session.end();
    this.sessions.clear();
  }

  /** A session that moves here from another gateway's link, as the same gateway would move it from node to node. */
  adopt(other: TestSession): TestSession {
    const session = this.session(other.about);
    Object.assign(session.outlet, other.outlet);
    return session;
  }

  #onFrame(frame: LinkFrame): void {
    if (frame.type === 'down') {
      for (let i = 0; i < frame.targets.length; i += 2)
        this.#down(frame.targets[i] ?? 0, frame.targets[i + 1] ?? 0, frame);
      return;
    }
    if (frame.type === 'state') this.states.push(frame.state);
    if (frame.type !== 'bound' && frame.type !== 'refused' && frame.type !== 'close') return;
    const session = this.sessions.get(frame.session);
    if (session === undefined || frame.bind !== session.outlet.bind) return;
    if (frame.type === 'refused') session.refused = frame;
    if (frame.type === 'close') session.closed = frame;
    if (frame.type !== 'bound') return;
    session.bounds.push(frame);
    onOutletBound(session.outlet, frame.bind, frame.start, frame.attached);
  }

  #down(number: number, bind: number, { seq, online, bytes }: DownFrame): void {
    const session = this.sessions.get(number);
    if (session === undefined || !(online ? onOnlineOnlyDown : onDown)(session.outlet, bind, seq)) return;
    const frame: { data: { content: string } } = JSON.parse(Buffer.from(bytes).toString('utf8'));
    session.received.push(frame.data.content);
    if (!online) session.seqs.push(seq);
    if (session.writes) session.write();
  }
}
