// A node of the model: sessions with their readers, cursors in batches, pulls, records of where they are bound. Longer than
// 300 lines, because it is one process whose order of calls to state matters and is best read in one place.
import type { BindFrame, RingDocument, Seq } from '@message-push/protocol';
import { SEQ_ZERO } from '@message-push/protocol';
import { judge } from '../lanes.ts';
import {
  onBound,
  onDelivery,
  onOnlineOnly,
  onPulled,
  onPullFailed,
  onRecordedAgain,
  type Reader,
  startReader,
  wantsPull,
} from '../reader.ts';
import { addresses, deviceOf } from '../scope.ts';
import type { BindAnswer, BindRequest, Entry } from '../types.ts';
import { type Channel, Violation } from './sim.ts';
import type { SimGateway } from './sim-gateway.ts';
import { brief, Stateful } from './sim-state.ts';
import type { World } from './world.ts';

/** One connection between a gateway and a node; both ends learn of its end, after a part of what was under way. */
export interface Link {
  gateway: SimGateway;
  node: SimNode;
  open: boolean;
  up: Channel;
  down: Channel;
}

/** What a post or a pull gives to a session. */
export interface Piece {
  id: string;
  seq: Seq;
  bytes: number;
  expires: number;
  /** Its sequence when it is online-only: then it has no place. */
  online?: Seq;
}

export interface Post extends Piece {
  uid: string;
  prev: Seq;
  platforms?: string[];
  device_ids?: string[];
  onlineOnly: boolean;
  created: number;
}

interface Session {
  link: Link;
  frame: BindFrame;
  reader: Reader;
  /** State has answered a bind of it, here or at another node. */
  attached: boolean;
  /** State has answered a bind of it here. */
  bound: boolean;
  /** The gateway knows that state is away. */
  told: boolean;
  /** A call to record it is under way. */
  recording: boolean;
  written: Seq;
  acked: Seq;
  unwritten: { seq: Seq; bytes: number }[];
  /** Highest sequence sent on this bind. */
  sentTo: Seq;
}

/** A scope whose session went, kept to be repeated after state lost its last moments. */
interface Ended {
  uid: string;
  scope: string;
  platform: string;
  cursor: Seq;
  /** Otherwise there is no position, only perhaps a record of this node. */
  attached: boolean;
  doneAt: number | undefined;
}

/** Unbinds are repeated for longer than state may forget. */
const REPEAT_MS = 1000;

export class SimNode extends Stateful {
  readonly world: World;
  readonly id: string;
  readonly incarnation: string;
  ring: RingDocument;
  sessions: Session[] = [];
  draining = false;
  /** The ring has given this incarnation up: never added again. */
  convicted = false;
  private ended: Ended[] = [];
  private serial = 0;
  private readonly dirty = new Set<Session>();

  constructor(world: World, id: string) {
    const incarnation = world.incarnation();
    super(world.sim, `${id}/${incarnation}`, world.state);
    this.world = world;
    this.id = id;
    this.incarnation = incarnation;
    this.ring = world.ring;
  }

  learnRing(ring: RingDocument): void {
    if (ring.version > this.ring.version) this.ring = ring;
  }

  onBind(link: Link, frame: BindFrame): void {
    this.sessions = this.sessions.filter(
      (s) => !(s.link.gateway === link.gateway && s.frame.session === frame.session),
    );
    const session: Session = {
      link,
      frame,
      reader: startReader(frame.enqueued),
      attached: frame.repeat,
      bound: false,
      told: false,
      recording: false,
      written: frame.written,
      acked: frame.acked,
      unwritten: [],
      sentTo: frame.enqueued,
    };
    this.sessions.push(session);
    this.record(session);
  }

  onUnbind(gateway: SimGateway, number: number, bind: number): void {
    const gone = this.sessions.filter(
      (s) => s.link.gateway === gateway && s.frame.session === number && s.frame.bind <= bind,
    );
    for (const session of gone) this.end(session);
  }

  onLinkClosed(link: Link): void {
    for (const session of this.sessions.filter((s) => s.link === link)) this.end(session);
  }

  onPositions(gateway: SimGateway, number: number, bind: number, kind: 'written' | 'acked', seq: Seq): void {
    const session = this.sessions.find(
      (s) => s.link.gateway === gateway && s.frame.session === number && s.frame.bind === bind,
    );
    if (session === undefined) return;
    if (kind === 'acked') session.acked = seq > session.acked ? seq : session.acked;
    else {
      session.written = seq > session.written ? seq : session.written;
      session.unwritten = session.unwritten.filter((piece) => piece.seq > seq);
      this.pullIf(session, wantsPull(session.reader, this.room(session)));
    }
    this.touch(session);
  }

  /** Posts of one batch; answers how many sessions of the uid are here. */
  onPost(posts: Post[]): number[] {
    return posts.map((post) => {
      const here = this.sessions.filter((s) => s.frame.uid === post.uid);
      for (const session of here) this.deliver(session, post);
      if (here.length === 0) this.forget(post.uid);
      return here.length;
    });
  }

  /** Posts come for somebody who has no session here: the record is of a bind that was carried out late. */
  private forget(uid: string): void {
    const { serial } = this;
    this.call(
      () => this.state.unbind(uid, this.id, this.incarnation, serial),
      () => {},
    );
  }

  /** The net of every few minutes, and what follows a new connection to state. */
  recordAll(): void {
    const repeatAfter = this.sim.now - REPEAT_MS;
    this.ended = this.ended.filter((gone) => gone.doneAt === undefined || gone.doneAt > repeatAfter);
    for (const gone of this.ended) this.report(gone);
    for (const session of this.sessions) this.record(session);
  }

  override onReconnect(): void {
    this.recordAll();
    this.flush();
  }

  private deliver(session: Session, post: Post): void {
    const { frame, reader } = session;
    const through = addresses(post, frame.platform, deviceOf(frame.scope)) && post.expires > this.sim.now;
    if (post.onlineOnly) {
      const fresh = this.sim.now - post.created <= this.world.scale.onlineOnlyMs;
      if (through && fresh && onOnlineOnly(reader, post.seq))
        this.send(session, { ...post, seq: SEQ_ZERO, online: post.seq });
      return;
    }
    this.sim.note(
      () =>
        `${this.name} post ${brief(post.prev)} ${brief(post.seq)} at ${brief(reader.position)} through ${through} ${JSON.stringify([reader.busy, reader.behind, this.room(session)])}`,
    );
    const step = onDelivery(reader, post.prev, post.seq, through, this.room(session));
    if (step === 'send') this.send(session, post);
    this.pullIf(session, step === 'pull');
  }

  /** Records at state where the session is bound. Its reader exists already: what comes by post meanwhile is not missed. */
  private record(session: Session): void {
    if (session.recording || !this.sessions.includes(session)) return;
    session.recording = true;
    this.serial += 1;
    const request = this.request(session);
    this.call(
      () => this.state.bind(session.frame.uid, request),
      (answer) => {
        session.recording = false;
        if (!this.sessions.includes(session)) return;
        if (answer !== undefined) {
          this.attach(session, answer);
          return;
        }
        if (!session.bound && !session.told) this.tell(session, SEQ_ZERO, false);
        session.told = true;
        this.after(60, () => this.record(session));
      },
    );
  }

  private request(session: Session): BindRequest {
    const { frame } = session;
    const own = frame.ack ? frame.acked : SEQ_ZERO;
    return {
      bind: { node: this.id, incarnation: this.incarnation, ring_version: frame.ring_version, serial: this.serial },
      scope: frame.scope,
      platform: frame.platform,
      repeat: session.attached,
      enqueued: session.reader.position,
      cursor: session.attached ? this.lowest(frame.uid, frame.scope, session) : own,
      issued_at: 0,
      ...(!session.attached && (session.told || frame.bind > 1) ? { since: frame.since } : {}),
    };
  }

  private attach(session: Session, answer: BindAnswer): void {
    const { uid } = session.frame;
    for (const bind of answer.binds) {
      if (judge(bind, this.ring) !== 'out') continue;
      this.call(
        () => this.state.unbind(uid, bind.node, bind.incarnation),
        () => {},
      );
    }
    if (session.bound) {
      this.pullIf(session, onRecordedAgain(session.reader, answer.behind, this.room(session)));
      return;
    }
    session.bound = true;
    if (!session.attached) {
      session.attached = true;
      session.written = answer.start;
      session.acked = answer.start;
    }
    this.tell(session, answer.start, true);
    this.pullIf(session, onBound(session.reader, answer.start, answer.behind, this.room(session)));
  }

  private tell(session: Session, start: Seq, attached: boolean): void {
    const { link, frame } = session;
    if (!link.open) return;
    this.sim.send(link.down, () =>
      link.gateway.onBound(this, { session: frame.session, bind: frame.bind, start, attached }),
    );
  }

  private pullIf(session: Session, wanted: boolean): void {
    if (!wanted) return;
    const { reader, frame } = session;
    const request = {
      scope: frame.scope,
      platform: frame.platform,
      after: reader.position,
      bytesMax: this.room(session),
    };
    this.call(
      () => this.state.pull(frame.uid, request),
      (answer) => {
        if (!this.sessions.includes(session)) return;
        if (answer === undefined) {
          onPullFailed(reader);
          this.after(60, () => this.pullIf(session, wantsPull(reader, this.room(session))));
          return;
        }
        for (const entry of onPulled(reader, answer)) this.send(session, piece(entry));
        this.pullIf(session, wantsPull(reader, this.room(session)));
      },
    );
  }

  private send(session: Session, what: Piece): void {
    const { link, frame } = session;
    this.sim.note(
      () => `${this.name} sends ${what.id.slice(-4)} ${brief(what.seq)} to ${frame.uid} ${frame.scope} #${frame.bind}`,
    );
    if (what.seq !== SEQ_ZERO) this.place(session, what);
    if (link.open) this.sim.send(link.down, () => link.gateway.onDown(frame.session, frame.bind, what));
  }

  /** On a link a session's sequences only grow, and what is not written yet is bounded. */
  private place(session: Session, what: Piece): void {
    const who = `${session.frame.uid} ${session.frame.scope} at ${this.name}`;
    if (what.seq <= session.sentTo) throw new Violation('position', `${brief(what.seq)} sent again to ${who}`);
    if (session.unwritten.length > 0 && this.room(session) <= 0) throw new Violation('room', `${who} has no room`);
    session.sentTo = what.seq;
    session.unwritten.push({ seq: what.seq, bytes: what.bytes });
  }

  private room(session: Session): number {
    return this.world.scale.roomMax - session.unwritten.reduce((sum, item) => sum + item.bytes, 0);
  }

  /** The session is not here any more: its scope's cursor, and if it was the last of its uid the record of this node. */
  private end(session: Session): void {
    this.sessions = this.sessions.filter((other) => other !== session);
    const { uid, scope, platform } = session.frame;
    const cursor = session.attached ? this.lowest(uid, scope, session) : SEQ_ZERO;
    const gone: Ended = { uid, scope, platform, cursor, attached: session.attached, doneAt: undefined };
    this.ended.push(gone);
    this.report(gone);
  }

  /** Advances the scope of a session that went, and unbinds if nobody of the uid is here (again). */
  private report(gone: Ended): void {
    const { uid, scope, platform, cursor, attached } = gone;
    const empty = !this.sessions.some((session) => session.frame.uid === uid);
    const { serial } = this;
    this.call(
      () => {
        if (attached) this.state.advance(uid, { scope, platform, cursor });
        if (empty) this.state.unbind(uid, this.id, this.incarnation, serial);
        return true;
      },
      (answer) => {
        if (answer === true) gone.doneAt = this.sim.now;
      },
    );
  }

  /** The lowest cursor of the scope's sessions here, `with` this one, or its own when it is the last. */
  private lowest(uid: string, scope: string, own: Session): Seq {
    let lowest: Seq | undefined;
    for (const session of this.sessions) {
      if (session.frame.uid !== uid || session.frame.scope !== scope || !session.attached) continue;
      const cursor = cursorOf(session);
      if (lowest === undefined || cursor < lowest) lowest = cursor;
    }
    return lowest ?? cursorOf(own);
  }

  private touch(session: Session): void {
    if (this.dirty.size === 0) this.after(this.sim.random.int(60), () => this.flush());
    this.dirty.add(session);
  }

  private flush(): void {
    const dirty = [...this.dirty].filter((session) => this.sessions.includes(session) && session.attached);
    this.dirty.clear();
    for (const session of dirty) {
      const { uid, scope, platform } = session.frame;
      const cursor = this.lowest(uid, scope, session);
      this.call(
        () => this.state.advance(uid, { scope, platform, cursor }),
        () => {},
      );
    }
  }
}

function cursorOf(session: Session): Seq {
  return session.frame.ack ? session.acked : session.written;
}

function piece(entry: Entry): Piece {
  return { id: entry.message_id, seq: entry.seq, bytes: entry.bytes, expires: entry.expires_at };
}
