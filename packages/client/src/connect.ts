// The WebSocket client: stays connected, resumes where it was, hands each message to the application once and in order.
import { CLOSE, isSeq, mayComeBack, SEQ_ZERO, type Seq } from '@message-push/protocol';
import { backoffMs } from './backoff.ts';
import { Emitter } from './events.ts';
import { SeenMessages } from './inbox.ts';
import { type ClientStorage, defaultStorage } from './storage.ts';

/** A message as the application gets it. */
export interface PushMessage {
  title?: string;
  content: string;
  content_type?: string;
  extras?: string;
  message_id?: string;
  /** Creation time, epoch milliseconds. */
  c_time?: number;
  seq?: Seq;
}

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
  /** Default: one per tab or process, kept in `storage`. */
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

export type ConnectionState = 'connecting' | 'open' | 'waiting' | 'closed';

export interface ClientEvents extends Record<string, unknown> {
  state: { state: ConnectionState; retryInMs?: number };
  /** Logged in. `resumed` false: something was evicted or expired meanwhile, fetch what you show anew. */
  login: { sessionId?: string; deviceId: string; resumed: boolean };
  /** The server closed for good: come back with other credentials or not at all. */
  refused: { code: number; reason: string };
  error: { error: unknown };
}

/** An open client; `close()` ends it for good. */
export interface PushConnection {
  readonly state: ConnectionState;
  readonly deviceId: string;
  /** Everything up to here was handled by the application. */
  readonly cursor: Seq;
  on<K extends keyof ClientEvents>(name: K, listener: (event: ClientEvents[K]) => void): () => void;
  close(): void;
}

const ACK_DELAY_MS = 20;
const ACK_BATCH = 64;
const LOGIN_TIMEOUT_MS = 15_000;
const HEARTBEAT_MS = 25_000;

/** Connects and stays connected until `close()` or a close code from 4500 to 4999 that a fresh token can't cure. */
export function connect(options: ConnectOptions): PushConnection {
  return new Connection(options);
}

class Connection implements PushConnection {
  state: ConnectionState = 'waiting';
  readonly deviceId: string;
  private readonly options: ConnectOptions;
  private readonly events = new Emitter<ClientEvents>();
  private readonly storage: ClientStorage;
  private readonly cursorKey: string;
  private readonly seen: SeenMessages;
  private readonly random: () => number;
  private socket: WebSocket | undefined;
  private attempt = 0;
  private retryTimer: ReturnType<typeof setTimeout> | undefined;
  private lifeTimer: ReturnType<typeof setTimeout> | undefined;
  private heartbeatTimer: ReturnType<typeof setInterval> | undefined;
  private ackTimer: ReturnType<typeof setTimeout> | undefined;
  private unacknowledged = 0;
  private lifeMs = LOGIN_TIMEOUT_MS;
  /** Tail of the chain in which messages are handed to the application one by one. */
  private tail: Promise<void> = Promise.resolve();

  constructor(options: ConnectOptions) {
    this.options = options;
    this.storage = options.storage ?? defaultStorage();
    this.random = options.random ?? Math.random;
    this.deviceId = options.deviceId ?? this.keptDeviceId();
    this.cursorKey = `message-push:cursor:${options.appId}:${options.uid}:${this.deviceId}`;
    this.seen = new SeenMessages(this.storage.get(this.cursorKey));
    // In the next turn, so that listeners added right after connect() hear everything.
    queueMicrotask(() => void this.open());
  }

  get cursor(): Seq {
    return this.seen.cursor;
  }

  on<K extends keyof ClientEvents>(name: K, listener: (event: ClientEvents[K]) => void): () => void {
    return this.events.on(name, listener);
  }

  close(): void {
    if (this.state === 'closed') return;
    this.sendAck();
    this.setState('closed');
    const socket = this.socket;
    this.leave();
    socket?.close(CLOSE.NORMAL, 'bye');
  }

  private async open(): Promise<void> {
    if (this.state === 'closed') return;
    this.setState('connecting');
    let token: string;
    try {
      token = typeof this.options.token === 'string' ? this.options.token : await this.options.token();
    } catch (error) {
      this.events.emit('error', { error });
      this.retry();
      return;
    }
    if (this.isClosed()) return;
    const query = new URLSearchParams({
      Authorization: `Bearer ${this.options.tokenFamily ?? 'pc'}:${token}`,
      'auth-app-id': this.options.appId,
    });
    const Socket = this.options.WebSocket ?? WebSocket;
    const { url } = this.options;
    const socket = new Socket(`${typeof url === 'string' ? url : url()}?${query}`);
    this.socket = socket;
    socket.onopen = () => this.login(socket);
    socket.onmessage = (event) => this.receive(socket, event.data);
    socket.onclose = (event) => this.lost(socket, event.code, event.reason);
    socket.onerror = () => undefined; // a close event follows and says more
    this.lifeMs = LOGIN_TIMEOUT_MS;
    this.life(socket);
  }

  private login(socket: WebSocket): void {
    const { appId, platform = 'h5' } = this.options;
    const cursor = this.seen.cursor === SEQ_ZERO ? {} : { cursor: this.seen.cursor };
    socket.send(
      JSON.stringify({
        cmd: 'LOGIN',
        token: '',
        data: { appKey: appId, platform, device_id: this.deviceId, ack: true, ...cursor },
      }),
    );
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
    if (frame.type === 'MESSAGE' && frame.data) this.take(frame.data);
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
    this.attempt = 0;
    if (isSeq(data.cursor)) this.seen.rewind(data.cursor);
    const heartbeatMs =
      typeof data.heartbeat_s === 'number' && data.heartbeat_s > 0 ? data.heartbeat_s * 1000 : HEARTBEAT_MS;
    this.lifeMs = heartbeatMs * 2 + 5000;
    this.life(socket);
    clearInterval(this.heartbeatTimer);
    this.heartbeatTimer = setInterval(() => this.heartbeat(), heartbeatMs);
    unref(this.heartbeatTimer);
    this.setState('open');
    const sessionId = typeof data.session_id === 'string' ? { sessionId: data.session_id } : {};
    this.events.emit('login', { ...sessionId, deviceId: this.deviceId, resumed: data.resumed !== false });
  }

  private take(data: Record<string, unknown>): void {
    const seq = isSeq(data.seq) ? data.seq : undefined;
    const messageId = typeof data.message_id === 'string' ? data.message_id : undefined;
    if (!this.seen.isNew(messageId, seq)) {
      // Seen before: only the server's cursor is behind.
      this.ackSoon();
      return;
    }
    this.seen.taken(messageId);
    const message = data as unknown as PushMessage; // fields as in protocol.md §2; content is always there
    this.tail = this.tail.then(async () => {
      try {
        await this.options.onMessage(message);
      } catch (error) {
        this.events.emit('error', { error });
      }
      if (!this.seen.handled(seq)) return;
      this.storage.set(this.cursorKey, this.seen.cursor);
      this.ackSoon();
    });
  }

  private ackSoon(): void {
    this.unacknowledged++;
    if (this.unacknowledged >= ACK_BATCH) this.sendAck();
    else this.ackTimer ??= setTimeout(() => this.sendAck(), ACK_DELAY_MS);
  }

  private sendAck(): void {
    clearTimeout(this.ackTimer);
    this.ackTimer = undefined;
    if (this.unacknowledged === 0 || this.state !== 'open' || this.seen.cursor === SEQ_ZERO) return;
    this.unacknowledged = 0;
    this.socket?.send(JSON.stringify({ cmd: 'ACK', data: { seq: this.seen.cursor } }));
  }

  private heartbeat(): void {
    if (this.state !== 'open') return;
    const seq = this.seen.cursor === SEQ_ZERO ? {} : { data: { seq: this.seen.cursor, cursor: this.seen.cursor } };
    this.socket?.send(JSON.stringify({ cmd: 'HEARTBEAT', ...seq }));
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
    const curable = code === CLOSE.TOKEN_EXPIRED && typeof this.options.token === 'function';
    if (mayComeBack(code) || curable) {
      this.retry();
      return;
    }
    this.setState('closed');
    this.events.emit('refused', { code, reason });
  }

  private retry(): void {
    const retryInMs = backoffMs(this.attempt++, this.random);
    this.setState('waiting', retryInMs);
    this.retryTimer = setTimeout(() => void this.open(), retryInMs);
  }

  /** Lets go of the present socket and its timers. */
  private leave(): void {
    this.socket = undefined;
    clearTimeout(this.retryTimer);
    clearTimeout(this.lifeTimer);
    clearInterval(this.heartbeatTimer);
    clearTimeout(this.ackTimer);
    this.ackTimer = undefined;
  }

  private setState(state: ConnectionState, retryInMs?: number): void {
    this.state = state;
    this.events.emit('state', retryInMs === undefined ? { state } : { state, retryInMs });
  }

  /** The state may have changed while something was awaited. */
  private isClosed(): boolean {
    return this.state === 'closed';
  }

  private keptDeviceId(): string {
    const key = `message-push:device:${this.options.appId}:${this.options.uid}`;
    const kept = this.storage.get(key);
    if (kept) return kept;
    const id = Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) =>
      byte.toString(16).padStart(2, '0'),
    ).join('');
    this.storage.set(key, id);
    return id;
  }
}

/** Node keeps a process alive for its timers; these must not. Browsers have numbers here. */
function unref(timer: unknown): void {
  if (typeof timer === 'object' && timer !== null && 'unref' in timer && typeof timer.unref === 'function')
    timer.unref();
}
