// One client of the push platform whose every step can be seen: its state machine, its frames, its coming back.
import { CLOSE } from '@message-push/protocol/close-codes';
import { type AckMode, type ClientSettings, type ClientState, FRESH } from './client-state.ts';
import { type Direction, FrameLog, readFrame } from './frames.ts';
import { ackFrame, addressOf, backoffMs, comesBack, familyOf, heartbeatFrame, loginFrame } from './wire.ts';

interface ClientDeps {
  deviceId: string;
  newSocket(url: string): WebSocket;
  /** A fresh token for each connection, and gateways to choose from. */
  access(settings: ClientSettings): Promise<{ token: string; gateways: readonly string[] }>;
  /** Whether such a failure of `access` stays: trying again is no use. */
  isFinal(error: unknown): boolean;
  /** Epoch milliseconds. */
  now(): number;
  /** 0 ≤ x < 1. */
  random(): number;
  /** Runs it later; answers how to call it off. */
  later(act: () => void, ms: number): () => void;
  /** State or log have changed. */
  onChange(): void;
}

/** No answer to LOGIN in this time: the socket is given up. */
const LOGIN_TIMEOUT_MS = 15_000;
const HEARTBEAT_S = 25;
/** A connection that was open this long is no failed attempt. */
const LIVED_MS = 2_000;
/** Heartbeats without an answer after which the connection counts as dead. */
const MISSED_MAX = 2;

export class TestClient {
  readonly log = new FrameLog();
  autoReconnect = true;
  ackMode: AckMode = 'auto';
  state: ClientState = FRESH;
  readonly #deps: ClientDeps;
  readonly #ghosts = new Set<WebSocket>();
  #socket: WebSocket | undefined;
  #cancelTimer = () => {};
  #cancelHeartbeat = () => {};
  #beatAt: number | undefined;
  /** Raised by each connect and each leave, so that what was awaited meanwhile is void. */
  #turn = 0;

  constructor(deps: ClientDeps) {
    this.#deps = deps;
  }

  /** Another app or uid starts from nothing; the same one goes on where it was. */
  connect(settings: ClientSettings): void {
    const { settings: last } = this.state;
    const same = last?.app === settings.app && last.uid === settings.uid;
    this.#leave()?.close(1000, 'bye');
    this.state = { ...(same ? this.state : FRESH), settings, attempt: 1 };
    void this.#open(settings);
  }

  disconnect(): void {
    const socket = this.#leave();
    if (socket !== undefined) this.#note('disconnect', '1000 bye');
    socket?.close(1000, 'bye');
    this.#become({ phase: 'idle' });
  }

  /**
   * As if the network had failed: no close is sent and nothing is listened to any more. The server believes in the old socket until the same
   * device comes back.
   */
  drop(): void {
    const lived = this.#hadLived();
    const socket = this.#leave();
    if (socket === undefined) return;
    this.#ghosts.add(socket);
    socket.onmessage = null;
    socket.onopen = null;
    socket.onclose = ({ code, reason }) => this.#ghostClosed(socket, code, reason);
    this.#note('drop', '');
    this.#retry(undefined, '', lived);
  }

  /** Acknowledges everything up to `seq`. */
  ack(seq: string): void {
    if (this.state.phase !== 'open' || (this.state.acked ?? '') >= seq) return;
    this.#send(ackFrame(seq), { seq });
    this.#become({ acked: seq });
  }

  heartbeat(): void {
    if (this.state.phase !== 'open') return;
    this.#cancelHeartbeat();
    this.#beat();
  }

  clearLog(): void {
    this.log.clear();
    this.#deps.onChange();
  }

  /** Ends everything, ghosts too; the client is not used any more. */
  dispose(): void {
    this.#leave()?.close(1000, 'bye');
    for (const ghost of this.#ghosts) {
      ghost.onclose = null;
      ghost.close(1000, 'bye');
    }
    this.#ghosts.clear();
  }

  async #open(settings: ClientSettings): Promise<void> {
    const turn = ++this.#turn;
    this.#become({ phase: 'token' });
    let access: Awaited<ReturnType<ClientDeps['access']>>;
    try {
      access = await this.#deps.access(settings);
    } catch (error) {
      if (turn === this.#turn) this.#noAccess(error);
      return;
    }
    if (turn !== this.#turn) return;
    const { token, gateways } = access;
    const gateway = settings.gateway || (gateways[this.state.attempt % Math.max(gateways.length, 1)] ?? '');
    const url = addressOf(gateway, token, settings.app, familyOf(settings.platform));
    if (url === undefined) {
      this.#refused(0, gateway);
      return;
    }
    this.#become({ phase: 'connecting', gateway });
    this.#note('connect', gateway);
    try {
      this.#listen(this.#deps.newSocket(url));
    } catch (error) {
      this.#failed(error instanceof Error ? error.name : String(error));
    }
  }

  #noAccess(error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    if (this.#deps.isFinal(error)) {
      this.#note('failed', reason);
      this.#refused(0, reason);
    } else this.#failed(reason);
  }

  #listen(socket: WebSocket): void {
    this.#socket = socket;
    socket.onopen = () => this.#opened();
    socket.onmessage = ({ data }) => typeof data === 'string' && this.#received(data);
    socket.onclose = ({ code, reason }) => this.#lost(code, reason);
    this.#cancelTimer = this.#deps.later(() => this.#giveUp('no answer'), LOGIN_TIMEOUT_MS);
  }

  #opened(): void {
    const { settings } = this.state;
    if (settings === undefined) return;
    this.#note('open', '');
    this.#become({ phase: 'login' });
    const ack = this.ackMode !== 'off';
    const cursor = ack ? this.state.acked : this.state.seen;
    this.#send(loginFrame({ ...settings, deviceId: this.#deps.deviceId, cursor, ack }), {});
  }

  #received(text: string): void {
    const { kind, data } = readFrame(text);
    const seq = typeof data.seq === 'string' ? { seq: data.seq } : {};
    const messageId = typeof data.message_id === 'string' ? { messageId: data.message_id } : {};
    this.#logged('in', kind, text, { ...seq, ...messageId });
    if (kind === 'LOGIN') this.#loggedIn(data);
    else if (kind === 'HEARTBEAT') this.#answered();
    else if (kind === 'MESSAGE') this.#took(seq.seq);
    this.#deps.onChange();
  }

  #loggedIn(data: Readonly<Record<string, unknown>>): void {
    if (data.code !== 1) {
      const socket = this.#leave();
      this.#refused(0, String(data.msg ?? ''));
      socket?.close(1000, 'bye');
      return;
    }
    this.#cancelTimer();
    const heartbeatS = typeof data.heartbeat_s === 'number' && data.heartbeat_s > 0 ? data.heartbeat_s : HEARTBEAT_S;
    const { reason: _, closeCode: __, retryAt: ___, sessionId: ____, ...kept } = this.state;
    this.state = {
      ...kept,
      phase: 'open',
      since: this.#deps.now(),
      heartbeatS,
      missed: 0,
      resumed: data.resumed !== false,
      ...(typeof data.session_id === 'string' && { sessionId: data.session_id }),
    };
    this.#deps.onChange();
    this.#beatLater();
  }

  #took(seq: string | undefined): void {
    const seen = seq !== undefined && seq > (this.state.seen ?? '') ? { seen: seq } : {};
    this.state = { ...this.state, received: this.state.received + 1, ...seen };
    if (seq !== undefined && this.ackMode === 'auto') this.ack(seq);
  }

  #beatLater(): void {
    this.#cancelHeartbeat = this.#deps.later(() => this.#beat(), (this.state.heartbeatS ?? HEARTBEAT_S) * 1_000);
  }

  #beat(): void {
    if (this.#beatAt !== undefined) this.#become({ missed: this.state.missed + 1 });
    if (this.state.missed >= MISSED_MAX) {
      this.#giveUp('no answer to heartbeats');
      return;
    }
    this.#beatAt = this.#deps.now();
    this.#become({ heartbeats: this.state.heartbeats + 1 });
    this.#send(heartbeatFrame(this.ackMode === 'off' ? undefined : this.state.acked), {});
    this.#beatLater();
  }

  #answered(): void {
    if (this.#beatAt !== undefined) this.#become({ rttMs: this.#deps.now() - this.#beatAt, missed: 0 });
    this.#beatAt = undefined;
  }

  #lost(code: number, reason: string): void {
    this.#note('close', `${code} ${reason}`.trim());
    const lived = this.#hadLived();
    this.#leave();
    if (comesBack(code)) this.#retry(code, reason, lived);
    else this.#refused(code, reason);
  }

  /** The server does not answer: as good as lost. */
  #giveUp(why: string): void {
    const lived = this.#hadLived();
    const socket = this.#leave();
    this.#note('giveUp', why);
    socket?.close();
    this.#retry(undefined, why, lived);
  }

  #failed(reason: string): void {
    this.#note('failed', reason);
    this.#leave();
    this.#retry(undefined, reason, false);
  }

  #retry(closeCode: number | undefined, reason: string, lived: boolean): void {
    const why = { reason, ...(closeCode !== undefined && { closeCode }) };
    const { settings } = this.state;
    if (!this.autoReconnect || settings === undefined) {
      this.#become({ ...why, phase: 'closed' });
      return;
    }
    const attempt = lived ? 0 : this.state.attempt;
    const waitMs = backoffMs(attempt, this.#deps.random);
    this.#become({ ...why, phase: 'waiting', attempt: attempt + 1, retryAt: this.#deps.now() + waitMs });
    this.#note('retry', `${waitMs} ms`);
    this.#cancelTimer = this.#deps.later(() => void this.#open(settings), waitMs);
  }

  #refused(closeCode: number, reason: string): void {
    this.#become({ phase: 'closed', reason, ...(closeCode !== 0 && { closeCode }) });
  }

  #ghostClosed(socket: WebSocket, code: number, reason: string): void {
    this.#ghosts.delete(socket);
    this.#become({ ghosts: this.#ghosts.size });
    this.#note(code === CLOSE.REPLACED ? 'ghostReplaced' : 'ghostClosed', `${code} ${reason}`.trim());
  }

  #hadLived(): boolean {
    const { since } = this.state;
    return since !== undefined && this.#deps.now() - since >= LIVED_MS;
  }

  /** Lets go of socket and timers; answers the socket, unclosed. */
  #leave(): WebSocket | undefined {
    this.#turn++;
    this.#cancelTimer();
    this.#cancelHeartbeat();
    this.#beatAt = undefined;
    const socket = this.#socket;
    this.#socket = undefined;
    if (socket !== undefined) {
      socket.onopen = null;
      socket.onmessage = null;
      socket.onclose = null;
    }
    const { since: _, ...rest } = this.state;
    this.state = rest;
    return socket;
  }

  #send(text: string, more: { seq?: string }): void {
    this.#socket?.send(text);
    this.#logged('out', readFrame(text).kind, text, more);
    this.#deps.onChange();
  }

  #note(kind: string, text: string): void {
    this.#logged('event', kind, text, {});
    this.#deps.onChange();
  }

  #logged(direction: Direction, kind: string, text: string, more: { seq?: string; messageId?: string }): void {
    this.log.add({ at: this.#deps.now(), direction, kind, text, ...more });
  }

  #become(change: Partial<ClientState>): void {
    this.state = { ...this.state, ghosts: this.#ghosts.size, ...change };
    this.#deps.onChange();
  }
}
