// What a client says, and what it is told: LOGIN, HEARTBEAT, ACK, errors, the login timer, pings and silence.
import { onAck } from '@message-push/delivery';
import {
  CLOSE,
  CLOSE_REASONS,
  type ClientText,
  type CloseCode,
  encodeError,
  encodeHeartbeatAnswer,
  encodeLoginOk,
  encodeLoginRefused,
  type LoginAnswer,
  type LoginFrame,
  parseClientFrame,
  type Seq,
} from '@message-push/protocol';
import type { Clock, Log } from '@message-push/runtime';
import type { State } from '@message-push/state';
import type { Binder } from './binder.ts';
import type { GatewayConfig } from './config.ts';
import type { GatewayMetrics } from './metrics.ts';
import { REPORT_ACKED } from './outbound.ts';
import { type Session, STAGE } from './session.ts';
import type { Sessions } from './sessions.ts';
import { sendFrame, textFrameOf } from './text-frame.ts';

export interface ClientProtocolDeps {
  config: GatewayConfig;
  clock: Clock;
  log: Log;
  metrics: GatewayMetrics;
  state: Pick<State, 'claimDevice'>;
  sessions: Sessions;
  binder: Binder;
  jitter(): number;
  sessionId(session: Session): string;
  close(session: Session, code: number, reason?: string): void;
  report(session: Session, what: number): void;
}

/** Frames beyond their rate are dropped; after this many in a sweep the socket is read no further until the next one. */
const FLOOD_FRAMES = 500;

/** Answers kept behind one LOGIN; as many frames as a client may send at once by default. */
const HELD_MAX = 60;
const LATE_REFUSAL = 'the device belongs to somebody else';

/** Answers that are the same for everybody, written once. */
const ERROR_FRAMES = new Map<ClientText, Buffer>();
const LOGIN_REFUSALS = new Map<ClientText, Buffer>();

export class ClientProtocol {
  #deps: ClientProtocolDeps;
  /** Clients beyond their rate since the last sweep, with the number of dropped frames. */
  #floods = new Map<Session, number>();

  constructor(deps: ClientProtocolDeps) {
    this.#deps = deps;
  }

  /** A socket was just opened. */
  open(session: Session, now: number): void {
    session.pingAt = now + this.#pingPause();
    session.due = Math.min(session.pingAt, now + this.#deps.config.gatewayLoginTimeoutMs);
  }

  /** Hot path: one frame of a client, in the turn in which it came. */
  onFrame(session: Session, data: Buffer, isBinary: boolean): void {
    if (session.stage === STAGE.GONE) return;
    const now = this.#deps.clock.now();
    session.heardAt = now;
    if (!this.#withinRate(session, now)) return;
    this.#deps.metrics.tally.frames++;
    const frame = parseClientFrame(data.toString());
    switch (frame.type) {
      case 'heartbeat':
        if (isBinary) return;
        if (frame.seq !== undefined) this.#acknowledge(session, frame.seq);
        this.#answer(session, textFrameOf(encodeHeartbeatAnswer(now)));
        return;
      case 'ack':
        if (!isBinary) this.#onAck(session, frame.seq);
        return;
      case 'login':
        if (!isBinary) this.#onLogin(session, frame, now);
        return;
      case 'incompleteLogin':
        if (!isBinary) this.#refuseLogin(session, session.stage === STAGE.NEW ? 'incompleteLogin' : 'secondLogin');
        return;
      default:
        this.#error(session, frame.type);
    }
  }

  /** A node has the session: the LOGIN is answered, before any message of the node. */
  onBound(session: Session, resumed: boolean): void {
    if (session.stage === STAGE.PENDING) this.#answerLogin(session, resumed);
  }

  /** Ends a client that does not read what it is answered. */
  keepBounded(session: Session): void {
    if (session.stream.writableLength > this.#deps.config.gatewayOutboundBytesMax)
      this.#deps.close(session, CLOSE.SLOW_READER);
  }

  /** Called for sessions whose `due` has come. */
  onDue(session: Session, now: number): void {
    const { config } = this.#deps;
    if (session.stage === STAGE.NEW && now - session.since >= config.gatewayLoginTimeoutMs) this.#loginTimeout(session);
    else if (now - session.heardAt >= config.gatewaySilenceMs) this.#deps.close(session, CLOSE.SILENCE);
    else if (session.expiresAt > 0 && now >= session.expiresAt * 1000) this.#deps.close(session, CLOSE.TOKEN_EXPIRED);
    else this.#keepUp(session, now);
  }

  /** Called every sweep: flooding clients are read again. */
  sweep(): void {
    for (const [session, dropped] of this.#floods) if (dropped >= FLOOD_FRAMES) session.socket.resume();
    this.#floods.clear();
  }

  #keepUp(session: Session, now: number): void {
    if (session.stage === STAGE.PENDING && now - session.since >= this.#deps.config.gatewayBoundWaitMs) {
      this.#deps.metrics.loginsUnbound.inc();
      this.#answerLogin(session, true);
    }
    if (now >= session.pingAt) {
      session.pingAt = now + this.#pingPause();
      session.socket.ping();
    }
    this.#schedule(session);
  }

  #schedule(session: Session): void {
    const { config } = this.#deps;
    let due = Math.min(session.pingAt, session.heardAt + config.gatewaySilenceMs);
    if (session.stage === STAGE.NEW) due = Math.min(due, session.since + config.gatewayLoginTimeoutMs);
    if (session.stage === STAGE.PENDING) due = Math.min(due, session.since + config.gatewayBoundWaitMs);
    if (session.expiresAt > 0) due = Math.min(due, session.expiresAt * 1000);
    session.due = due;
  }

  #pingPause(): number {
    const { gatewayPingMinMs, gatewayPingMaxMs } = this.#deps.config;
    return gatewayPingMinMs + this.#deps.jitter() * Math.max(0, gatewayPingMaxMs - gatewayPingMinMs);
  }

  /** A virtual queue that empties at the permitted rate (GCRA, ITU-T I.371): one number per session. */
  #withinRate(session: Session, now: number): boolean {
    const { gatewayFramesPerSecond, gatewayFramesBurst } = this.#deps.config;
    const interval = 1000 / gatewayFramesPerSecond;
    const at = Math.max(session.frameAt, now);
    if (at - now <= (gatewayFramesBurst - 1) * interval) {
      session.frameAt = at + interval;
      return true;
    }
    this.#deps.metrics.tally.framesDropped++;
    const dropped = (this.#floods.get(session) ?? 0) + 1;
    this.#floods.set(session, dropped);
    if (dropped === 1) this.#error(session, 'tooManyFrames');
    if (dropped === FLOOD_FRAMES) session.socket.pause();
    return false;
  }

  #onLogin(session: Session, frame: LoginFrame, now: number): void {
    const refusal = this.#loginRefusal(session, frame);
    if (refusal !== undefined) this.#refuseLogin(session, refusal);
    else if (this.#deps.sessions.countOfUid(session) >= this.#deps.config.gatewaySessionsPerUidMax)
      this.#deps.close(session, CLOSE.TOO_MANY_SESSIONS);
    else this.#logIn(session, frame, now);
  }

  #loginRefusal(session: Session, frame: LoginFrame): ClientText | undefined {
    if (session.stage !== STAGE.NEW) return 'secondLogin';
    const { app } = session.app;
    const itsOwn = frame.app_key === app.id || app.aliases.includes(frame.app_key);
    return app.state === 'live' && itsOwn ? undefined : 'appRefused';
  }

  #logIn(session: Session, frame: LoginFrame, now: number): void {
    // A device that the token names is not the client's to choose.
    if (session.device === '') session.device = frame.device_id ?? '';
    const { platform, scope } = platformOf(frame.platform);
    session.platform = platform;
    session.scope = session.device === '' ? scope : `d:${session.device}`;
    session.ack = frame.ack;
    if (frame.cursor !== undefined) session.acked = frame.cursor;
    const openedAt = session.since;
    session.since = now;
    session.stage = STAGE.PENDING;
    this.#deps.sessions.logIn(session);
    this.#schedule(session);
    if (session.device === '') this.#deps.binder.bind(session);
    else this.#claimDevice(session, openedAt);
  }

  /**
   * State that is away takes no LOGIN down: the device is claimed by a later one. A refusal that comes after the LOGIN was answered
   * ends the session before it is bound; the next LOGIN is told why.
   */
  #claimDevice(session: Session, openedAt: number): void {
    const { state, binder, sessions, log } = this.#deps;
    state
      .claimDevice(session.app.id, session.device, session.uid)
      .catch(() => true)
      .then((claimed) => {
        if (session.stage === STAGE.GONE) return;
        if (claimed) binder.bind(session);
        else if (session.stage === STAGE.LIVE) this.#deps.close(session, CLOSE.DRAIN, LATE_REFUSAL);
        else {
          sessions.logOut(session);
          session.device = '';
          session.since = openedAt;
          this.#schedule(session);
          this.#refuseLogin(session, 'deviceTaken');
          this.#release(session);
        }
      })
      .catch((cause: unknown) => log.error({ err: cause }, 'a LOGIN with a device could not be handled'));
  }

  #answerLogin(session: Session, resumed: boolean): void {
    const { config, clock, metrics } = this.#deps;
    session.stage = STAGE.LIVE;
    metrics.tally.logins++;
    metrics.loginSeconds.observe(Math.max(0, clock.now() - session.since) / 1000);
    const answer: LoginAnswer = {
      session_id: this.#deps.sessionId(session),
      resumed,
      heartbeat_s: config.gatewayHeartbeatS,
    };
    if (session.device !== '') answer.device_id = session.device;
    if (session.ack && session.attached) answer.cursor = session.enqueued;
    this.#answer(session, textFrameOf(encodeLoginOk(answer)));
    this.#release(session);
    this.#schedule(session);
  }

  #onAck(session: Session, seq: Seq): void {
    if (session.stage === STAGE.NEW) this.#error(session, 'notLoggedIn');
    else this.#acknowledge(session, seq);
  }

  #acknowledge(session: Session, seq: Seq): void {
    if (onAck(session, seq)) this.#deps.report(session, REPORT_ACKED);
  }

  #loginTimeout(session: Session): void {
    this.#error(session, 'loginTimeout');
    this.#deps.close(session, CLOSE.LOGIN_TIMEOUT);
  }

  /** Answers come in the order of what they answer: while the LOGIN waits, so do those behind it. */
  #answer(session: Session, frame: Buffer): void {
    if (session.stage === STAGE.PENDING) {
      session.held ??= [];
      if (session.held.length < HELD_MAX) session.held.push(frame);
      else this.#deps.metrics.tally.framesDropped++;
      return;
    }
    sendFrame(session, frame);
    this.keepBounded(session);
  }

  #release(session: Session): void {
    const { held } = session;
    if (held === undefined) return;
    delete session.held;
    for (const frame of held) this.#answer(session, frame);
  }

  #error(session: Session, why: ClientText): void {
    this.#answer(session, kept(ERROR_FRAMES, why, encodeError));
  }

  #refuseLogin(session: Session, why: ClientText): void {
    this.#answer(session, kept(LOGIN_REFUSALS, why, encodeLoginRefused));
  }
}

function kept(frames: Map<ClientText, Buffer>, why: ClientText, encode: (why: ClientText) => string): Buffer {
  const known = frames.get(why);
  if (known !== undefined) return known;
  const frame = textFrameOf(encode(why));
  frames.set(why, frame);
  return frame;
}

/** Platforms are few: sessions share the texts. Any other is the session's own. */
const PLATFORMS = new Map(
  ['h5', 'android', 'ios', 'pc', 'web', 'mobile'].map((platform) => [platform, { platform, scope: `p:${platform}` }]),
);

function platformOf(platform: string): { platform: string; scope: string } {
  return PLATFORMS.get(platform) ?? { platform, scope: `p:${platform}` };
}

/** The public reason of a close code; codes that a node chose and that are not in the table have none. */
export function reasonOf(code: number): string {
  return CLOSE_REASONS[code as CloseCode] ?? ''; // an unknown code has no row: then undefined
}
