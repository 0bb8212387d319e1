// The WebSocket client: stays connected, resumes where it was, hands each message to the application once and in order.
import { CLOSE, isSeq, mayComeBack, SEQ_ZERO, type Seq } from '@message-push/protocol';
import { backoffMs } from './backoff.ts';
import { Device } from './device.ts';
import { type ClientEvents, type ConnectionState, Emitter } from './events.ts';
import { Handover, type PushMessage } from './handover.ts';
import { type ClientStorage, defaultStorage } from './storage.ts';

export interface ConnectOptions {
  /** wss://host/message-push/v1/message, or a function that names a gateway before each connection. */
  url: string | (() => string);
  appId: string;
  /** The person, only used to keep cursors of several people apart in one storage. */
  uid: string;
  /** A token, or a function that gets a fresh one before each connection. */
  token: string | (() => string | Promise<string>);
  /** Family of the token, default pc. */
  tokenFamily?: 'pc' | 'mobile';
  /** Default h5. */
  platform?: string;
  /** Default: one per tab or process, made here and kept in `storage`; a copied tab makes its own. */
  deviceId?: string;
  storage?: ClientStorage;
  /**
   * Called once for each message, in order; the next waits for it. A message is acknowledged when this has resolved; one
   * that rejects is reported as `error` and counts as handled.
   */
  onMessage(message: PushMessage): void | Promise<void>;
  /** WebSocket class; default the global one. */
  WebSocket?: typeof WebSocket;
  /** 0 ≤ x < 1; default Math.random. */
  random?: () => number;
}

/** An open client; `close()` ends it for good. */
export interface PushConnection {
  readonly state: ConnectionState;
  readonly deviceId: string;
  /** Everything up to here was handled by the application. */
  readonly cursor: Seq;
  on<K extends keyof ClientEvents>(name: K, listener: (event: ClientEvents[K]) => void): () => void;
  /** No message is handed over any more, but for one that the application is at. */
  close(): void;
}

const LOGIN_TIMEOUT_MS = 15_000;
const HEARTBEAT_MS = 25_000;
/** A connection that was logged in this long is no failed attempt. */
const LIVED_MS = 2_000;

const REFUSED =
  'the connection closed before it was open: the token, the app id or the address is wrong, or nobody answers there. ' +
  'A browser does not tell a page which; its network panel shows the answer';
const TOO_SLOW =
  'onMessage is slower than what arrives: disconnected until all that wait are handled; the server keeps what comes meanwhile';

/** Connects and stays connected until `close()` or a close code from 4500 to 4999 that a fresh token or device id can't cure. */
export function connect(options: ConnectOptions): PushConnection {
  return new Connection(options);
}

class Connection implements PushConnection {
  state: ConnectionState = 'waiting';
  private readonly options: ConnectOptions;
  private readonly events = new Emitter<ClientEvents>();
  private readonly random: () => number;
  private readonly device: Device;
  private readonly handover: Handover;
  private socket: WebSocket | undefined;
  /** 0 = the connection before had lived. */
  private attempt = 1;
  private loggedInAt: number | undefined;
  /** What the WebSocket said of its failure, where it says anything. */
  private failure = '';
  private wasOpen = false;
  private retryTimer: ReturnType<typeof setTimeout> | undefined;
  private lifeTimer: ReturnType<typeof setTimeout> | undefined;
  private heartbeatTimer: ReturnType<typeof setInterval> | undefined;
  private lifeMs = LOGIN_TIMEOUT_MS;
  /** Away until the application has caught up. */
  private catchingUp = false;

  constructor(options: ConnectOptions) {
    this.options = options;
    this.random = options.random ?? Math.random;
    this.device = new Device(options, options.storage ?? defaultStorage());
    this.handover = new Handover({
      device: this.device,
      onMessage: (message) => options.onMessage(message),
      onError: (error) => this.events.emit('error', { error }),
      onAck: (seq) => this.send({ cmd: 'ACK', data: { seq } }),
      onIdle: () => this.caughtUp(),
    });
    // In the next turn, so that listeners added right after connect() hear everything.
    queueMicrotask(() => void this.open());
  }

  get deviceId(): string {
    return this.device.id;
  }

  get cursor(): Seq {
    return this.handover.cursor;
  }

  on<K extends keyof ClientEvents>(name: K, listener: (event: ClientEvents[K]) => void): () => void {
    return this.events.on(name, listener);
  }

  close(): void {
    if (this.state === 'closed') return;
    this.handover.close();
    this.setState('closed');
    const socket = this.socket;
    this.leave();
    socket?.close(CLOSE.NORMAL, 'bye');
  }

  private async open(): Promise<void> {
    if (this.isClosed()) return;
    this.setState('connecting');
    try {
      const { token } = this.options;
      const fresh = typeof token === 'string' ? token : await token();
      if (!this.isClosed()) this.start(this.newSocket(fresh));
    } catch (error) {
      this.events.emit('error', { error });
      if (!this.isClosed()) this.retry();
    }
  }

  private newSocket(token: string): WebSocket {
    const query = new URLSearchParams({
      Authorization: `Bearer ${this.options.tokenFamily ?? 'pc'}:${token}`,
      'auth-app-id': this.options.appId,
    });
    const Socket = this.options.WebSocket ?? WebSocket;
    const { url } = this.options;
    return new Socket(`${typeof url === 'string' ? url : url()}?${query}`);
  }

  private start(socket: WebSocket): void {
    this.socket = socket;
    this.wasOpen = false;
    this.failure = '';
    socket.onopen = () => this.login(socket);
    socket.onmessage = (event) => this.receive(socket, event.data);
    socket.onclose = (event) => this.lost(socket, event.code, event.reason);
    socket.onerror = (event) => {
      // A close event follows. Outside browsers this one may say why.
      if ('message' in event && typeof event.message === 'string') this.failure = event.message;
    };
    this.lifeMs = LOGIN_TIMEOUT_MS;
    this.life(socket);
  }

  private login(socket: WebSocket): void {
    this.wasOpen = true;
    const { appId, platform = 'h5' } = this.options;
    const cursor = this.cursor === SEQ_ZERO ? {} : { cursor: this.cursor };
    const data = { appKey: appId, platform, device_id: this.device.id, ack: true, ...cursor };
    socket.send(JSON.stringify({ cmd: 'LOGIN', token: '', data }));
  }

  private receive(socket: WebSocket, data: unknown): void {
    if (socket !== this.socket || typeof data !== 'string') return;
    this.life(socket);
    let frame: { type?: string; data?: Record<string, unknown> };
    try {
      frame = JSON.parse(data);
    } catch (error) {
      this.events.emit('error', { error });
      return;
    }
    if (frame.type === 'MESSAGE' && frame.data) this.take(socket, frame.data);
    else if (frame.type === 'LOGIN' && frame.data) this.loggedIn(socket, frame.data);
    else if (frame.type === 'ERROR')
      this.events.emit('error', { error: new Error(String(frame.data?.msg ?? 'error frame')) });
  }

  private loggedIn(socket: WebSocket, data: Record<string, unknown>): void {
    if (data.code !== 1) {
      this.events.emit('refused', { code: 0, reason: String(data.msg ?? 'LOGIN refused') });
      this.close();
      return;
    }
    this.loggedInAt = performance.now();
    if (isSeq(data.cursor)) this.handover.rewind(data.cursor);
    const heartbeatMs =
      typeof data.heartbeat_s === 'number' && data.heartbeat_s > 0 ? data.heartbeat_s * 1000 : HEARTBEAT_MS;
    this.lifeMs = heartbeatMs * 2 + 5000;
    this.life(socket);
    clearInterval(this.heartbeatTimer);
    this.heartbeatTimer = setInterval(() => this.heartbeat(), heartbeatMs);
    unref(this.heartbeatTimer);
    this.setState('open');
    const sessionId = typeof data.session_id === 'string' ? { sessionId: data.session_id } : {};
    this.events.emit('login', { ...sessionId, deviceId: this.device.id, resumed: data.resumed !== false });
  }

  /** A WebSocket can't be told to wait: a client whose application is far behind leaves, and comes back when it has caught up. */
  private take(socket: WebSocket, data: Record<string, unknown>): void {
    if (this.handover.take(data)) return;
    this.catchingUp = true;
    this.leave();
    socket.close(CLOSE.NORMAL, 'catching up');
    this.setState('waiting');
    this.events.emit('error', { error: new Error(TOO_SLOW) });
  }

  private caughtUp(): void {
    if (!this.catchingUp || this.isClosed()) return;
    this.catchingUp = false;
    void this.open();
  }

  private heartbeat(): void {
    const { cursor } = this;
    this.send({ cmd: 'HEARTBEAT', ...(cursor !== SEQ_ZERO && { data: { seq: cursor, cursor } }) });
  }

  private send(frame: object): void {
    if (this.state === 'open') this.socket?.send(JSON.stringify(frame));
  }

  /** Starts the time anew in which the server must show a sign of life. */
  private life(socket: WebSocket): void {
    clearTimeout(this.lifeTimer);
    this.lifeTimer = setTimeout(() => {
      this.lost(socket, CLOSE.SILENCE, 'no sign of life from the server');
      socket.close();
    }, this.lifeMs);
    unref(this.lifeTimer);
  }

  private lost(socket: WebSocket, code: number, reason: string): void {
    if (socket !== this.socket) return;
    this.leave();
    if (mayComeBack(code) || this.cures(code)) {
      if (!this.wasOpen) this.events.emit('error', { error: new Error(this.refusal(code)) });
      // A listener may have closed it.
      if (!this.isClosed()) this.retry();
      return;
    }
    this.setState('closed');
    this.events.emit('refused', { code, reason });
  }

  private refusal(code: number): string {
    return `${REFUSED} (close code ${code}${this.failure === '' ? '' : `: ${this.failure}`})`;
  }

  /** A fresh token, or a new device id where ours was copied with its tab, makes the next attempt another one. */
  private cures(code: number): boolean {
    if (code === CLOSE.TOKEN_EXPIRED) return typeof this.options.token === 'function';
    return code === CLOSE.REPLACED && this.device.renew(this.cursor);
  }

  private retry(): void {
    if (this.loggedInAt !== undefined && performance.now() - this.loggedInAt >= LIVED_MS) this.attempt = 0;
    this.loggedInAt = undefined;
    const retryInMs = backoffMs(this.attempt++, this.random);
    this.retryTimer = setTimeout(() => void this.open(), retryInMs);
    this.setState('waiting', retryInMs);
  }

  /** Lets go of the present socket and its timers. */
  private leave(): void {
    this.socket = undefined;
    clearTimeout(this.retryTimer);
    clearTimeout(this.lifeTimer);
    clearInterval(this.heartbeatTimer);
  }

  private setState(state: ConnectionState, retryInMs?: number): void {
    this.state = state;
    this.events.emit('state', retryInMs === undefined ? { state } : { state, retryInMs });
  }

  /** The state may have changed while something was awaited. */
  private isClosed(): boolean {
    return this.state === 'closed';
  }
}

/** Node keeps a process alive for its timers; these must not. Browsers have numbers here. */
function unref(timer: unknown): void {
  if (typeof timer === 'object' && timer !== null && 'unref' in timer && typeof timer.unref === 'function')
    timer.unref();
}
