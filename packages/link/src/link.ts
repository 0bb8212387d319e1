// One end of an open link: batches outgoing frames into one WebSocket message per event-loop turn, decodes incoming ones, notices silence.
import {
  decodeLinkFrames,
  encodeLinkFrames,
  type HelloFrame,
  LINK_LIMITS,
  LinkFormatError,
  type LinkFrame,
  linkFrameBytes,
  type PingFrame,
} from '@message-push/protocol';
import type { Clock, Log } from '@message-push/runtime';
import type { RawData, WebSocket } from 'ws';
import type { LinkConfig } from './config.ts';
import { LinkError } from './link-error.ts';
import type { LinkMetrics } from './metrics.ts';

/** Link versions this code speaks. */
export const LINK_VERSIONS = [1];
/** A close that the other end does not answer is forced after this. */
const CLOSE_TIMEOUT_MS = 1000;

/** Who this end is; sent as HELLO. `load` and `ringVersion` are read when a frame carries them. */
export interface LinkSelf {
  role: HelloFrame['role'];
  id: string;
  incarnation: string;
  load(): number;
  ringVersion(): number;
}

/**
 * Called in this order per link: onOpen once, onFrame for each frame in the order sent, onClose once. None is called from
 * within `send` or `close`. Frames are every kind but HELLO, PING and PONG. The bytes of a DOWN are a view of the received message.
 */
export interface LinkEvents {
  onOpen?(link: Link): void;
  onFrame(link: Link, frame: LinkFrame): void;
  onClose?(link: Link, error: LinkError): void;
  /** PING or PONG: the other end's load and ring version are fresh. */
  onPing?(link: Link): void;
}

export interface LinkOptions {
  self: LinkSelf;
  config: LinkConfig;
  clock: Clock;
  log: Log;
  metrics: LinkMetrics;
  events: LinkEvents;
  /** Called when the link is gone, opened or not, before `events.onClose`. */
  onEnd(link: Link, error: LinkError): void;
  /** Called between the other end's HELLO and `events.onOpen`. */
  onHello?(link: Link): void;
}

/** Promises: frames sent arrive in order or the link closes; a frame sent on a closed link is dropped in silence. */
export class Link {
  #socket: WebSocket;
  #options: LinkOptions;
  #pending: LinkFrame[] = [];
  #pendingBytes = 0;
  #flushArmed = false;
  #flush = () => this.flush();
  #timer: NodeJS.Timeout;
  /** Why nothing is sent any more. */
  #closing: LinkError | undefined;
  /** Nothing is taken in any more either. */
  #failed = false;
  #ended = false;
  #lastTick: number;
  #lastHeard: number;
  #peer: HelloFrame | undefined;
  #load = 0;
  #ringVersion = 0;

  constructor(socket: WebSocket, options: LinkOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#lastTick = this.#lastHeard = options.clock.now();
    socket.on('message', (data: RawData, isBinary: boolean) => this.#onMessage(data, isBinary));
    socket.on('error', (cause: Error & { code?: string }) => this.#fail(this.#socketError(cause)));
    socket.on('close', (code: number) =>
      this.#end(this.#closing ?? new LinkError('closed', `the connection ended (${code})`)),
    );
    this.#timer = setInterval(() => this.#tick(), options.config.linkPingMs);
    const { role, id, incarnation, ringVersion } = options.self;
    this.send({ type: 'hello', role, id, incarnation, versions: LINK_VERSIONS, ring_version: ringVersion() });
  }

  /** The other end's HELLO; throws before it came (onOpen and everything after it have it). */
  get peer(): HelloFrame {
    if (this.#peer === undefined) throw new LinkError('protocol', 'the other end has not said HELLO yet');
    return this.#peer;
  }

  /** Between both HELLOs and the first sign of an end. */
  get open(): boolean {
    return this.#peer !== undefined && this.#closing === undefined && this.#socket.readyState === this.#socket.OPEN;
  }

  /** Sessions at the other end, by its last PING or PONG. */
  get peerLoad(): number {
    return this.#load;
  }

  /** Highest ring version the other end has told. */
  get peerRingVersion(): number {
    return this.#ringVersion;
  }

  /** Bytes that the kernel has not taken yet. */
  get unsentBytes(): number {
    return this.#socket.bufferedAmount + this.#pendingBytes;
  }

  /** Sends the frame with all others of this event-loop turn. */
  send(frame: LinkFrame): void {
    if (this.#closing !== undefined) return;
    this.#pending.push(frame);
    this.#pendingBytes += linkFrameBytes(frame);
    if (this.#pendingBytes >= LINK_LIMITS.batchBytes) this.flush();
    else if (!this.#flushArmed) {
      this.#flushArmed = true;
      setImmediate(this.#flush);
    }
  }

  /** Hands what is pending to the socket now; `send` does it by itself at the end of the turn. */
  flush(): void {
    this.#flushArmed = false;
    if (this.#pending.length === 0 || this.#closing !== undefined) return;
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    const frames = this.#pending;
    this.#pending = [];
    this.#pendingBytes = 0;
    const bytes = encodeLinkFrames(frames);
    this.#socket.send(bytes);
    this.#options.metrics.sent(frames.length, bytes.length);
    const unsent = this.#socket.bufferedAmount;
    if (unsent > this.#options.config.linkUnsentBytesMax)
      this.#fail(new LinkError('overflow', `${unsent} bytes are unsent: the other end reads too slowly`));
  }

  /** Closes in order: what is pending is sent first, and what the other end had sent before it knew still comes in. */
  close(error = new LinkError('closed', 'closed by this end')): void {
    if (this.#closing !== undefined) return;
    this.flush();
    this.#closing = error;
    this.#socket.close(1000, error.kind);
    setTimeout(() => this.#socket.terminate(), CLOSE_TIMEOUT_MS).unref();
  }

  /** Ends at once: `onClose` is called before this returns. */
  drop(error: LinkError): void {
    this.#fail(error);
    this.#end(error);
  }

  #tick(): void {
    const { clock, config, self } = this.#options;
    const now = clock.now();
    const late = now - this.#lastTick - config.linkPingMs;
    this.#lastTick = now;
    // Our own event loop stood still, or the clock jumped: nothing is known about the other end.
    if (late > config.linkLateMs || late < -config.linkPingMs) this.#lastHeard = now;
    const silence = now - this.#lastHeard;
    if (silence >= config.linkSilentMs) this.#fail(new LinkError('silent', `silent for ${silence} ms`));
    else if (self.role === 'gateway') this.#ping('ping', now);
  }

  #ping(type: PingFrame['type'], t: number): void {
    const { self } = this.#options;
    this.send({ type, t, load: self.load(), ring_version: self.ringVersion() });
  }

  #onMessage(data: RawData, isBinary: boolean): void {
    if (this.#failed) return;
    this.#lastHeard = this.#options.clock.now();
    try {
      if (!isBinary) throw new LinkError('garbage', 'a text message instead of frames');
      // Binary messages of a ws socket with its default binaryType are one Buffer.
      const bytes = data as Buffer;
      const frames = decodeLinkFrames(bytes);
      this.#options.metrics.received(frames.length, bytes.length);
      for (const frame of frames) if (!this.#failed) this.#onFrame(frame);
    } catch (cause) {
      this.#fail(this.#receiveError(cause));
    }
  }

  /** A handler that throws leaves its own state unknown: the link ends, the process lives. */
  #receiveError(cause: unknown): LinkError {
    if (cause instanceof LinkError) return cause;
    if (cause instanceof LinkFormatError) return new LinkError('garbage', cause.message, cause);
    this.#options.log.error({ err: cause, peer: this.#peer?.id }, 'a link frame could not be handled');
    return new LinkError('internal', 'a frame could not be handled', cause);
  }

  #onFrame(frame: LinkFrame): void {
    if (frame.type === 'hello') this.#onHello(frame);
    else if (this.#peer === undefined) throw new LinkError('protocol', `${frame.type} before HELLO`);
    else if (frame.type === 'ping' || frame.type === 'pong') this.#onPing(frame);
    else this.#options.events.onFrame(this, frame);
  }

  #onHello(hello: HelloFrame): void {
    const { self, events, onHello } = this.#options;
    if (this.#peer !== undefined || hello.role === self.role)
      throw new LinkError('protocol', `unexpected HELLO of ${hello.role} ${hello.id}`);
    if (!hello.versions.some((version) => LINK_VERSIONS.includes(version)))
      throw new LinkError('version', `${hello.id} speaks link versions ${hello.versions.join(', ')}`);
    this.#peer = hello;
    this.#ringVersion = hello.ring_version;
    onHello?.(this);
    events.onOpen?.(this);
  }

  #onPing(frame: PingFrame): void {
    this.#load = frame.load;
    this.#ringVersion = Math.max(this.#ringVersion, frame.ring_version);
    if (frame.type === 'ping') this.#ping('pong', frame.t);
    else this.#options.metrics.roundTrip(this.#options.clock.now() - frame.t);
    this.#options.events.onPing?.(this);
  }

  #fail(error: LinkError): void {
    if (this.#failed) return;
    this.#failed = true;
    this.#closing ??= error;
    this.#socket.terminate();
  }

  #socketError(cause: Error & { code?: string }): LinkError {
    return cause.code?.startsWith('WS_ERR_')
      ? new LinkError('garbage', cause.message, cause)
      : new LinkError('closed', cause.message, cause);
  }

  #end(error: LinkError): void {
    if (this.#ended) return;
    this.#ended = true;
    clearInterval(this.#timer);
    this.#closing = error;
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#options.metrics.closed(error.kind);
    this.#options.onEnd(this, error);
    if (this.#peer === undefined) return;
    try {
      this.#options.events.onClose?.(this, error);
    } catch (cause) {
      this.#options.log.error({ err: cause, peer: this.#peer.id }, 'the end of a link could not be handled');
    }
  }
}
