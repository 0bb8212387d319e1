// A TCP connection that fails on command: cut, black hole, open in one direction only, late or slow. For the fault suite.
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { Lane, type Pace } from './tcp-proxy-lane.ts';

export interface TcpProxyCounts {
  /** Connections taken in. */
  accepted: number;
  /** Connections reset at once, because the proxy was cut. */
  refused: number;
  /** Open connections that a fault or a heal has reset. */
  reset: number;
  /** Bytes passed on. */
  bytesToTarget: number;
  bytesToClient: number;
}

/**
 * Faults hold until `heal`, for the connections that they concern. Delay and throttle add up with each other; a later cut, black hole or half-open replaces an earlier one.
 * The port stays taken through a cut, so that nobody else gets it: a client that connects then is accepted and reset.
 */
export interface TcpProxy {
  readonly port: number;
  /** host:port. */
  readonly address: string;
  /** Clients that are connected now. */
  readonly connections: number;
  /** What happened so far: a test proves with it that its fault did. */
  readonly counts: Readonly<TcpProxyCounts>;
  /** Resets all connections, and each new one. */
  cut(): void;
  /** Connections stay open and nothing goes through, either way, not even their end; new ones are taken in and go nowhere. */
  blackhole(): void;
  /** Nothing goes through to that end, not even an end of the connection; the other direction works. */
  halfOpen(swallowed: 'to-target' | 'to-client'): void;
  /** What comes in from now on is passed on this much later, each way. */
  delay(ms: number): void;
  /** Each direction of each connection passes at most this much. */
  throttle(bytesPerS: number): void;
  /** Back to normal. Connections that were in a black hole or half open are reset: their bytes are gone. */
  heal(): void;
  close(): Promise<void>;
}

export interface TcpProxyOptions {
  /** host:port that clients are connected to. */
  target: string;
  /** Default: one from the system. */
  port?: number;
  /** Whether faults are for the connection that comes from this port; asked once, when it comes. Default: for all. */
  concerns?(clientPort: number): boolean;
}

const HOST = '127.0.0.1';

/** Listens on loopback. */
export async function createTcpProxy(options: TcpProxyOptions): Promise<TcpProxy> {
  const proxy = new FaultProxy(options);
  await proxy.listen(options.port ?? 0);
  return proxy;
}

const WHOLE: Pace = { delayMs: 0, rate: Number.POSITIVE_INFINITY };

type Mode = 'open' | 'cut' | 'blackhole' | 'to-target' | 'to-client';

/** One client and its connection to the target. */
interface Pair {
  client: Socket;
  /** Faults are for it. */
  concerned: boolean;
  /** None in a black hole. */
  upstream?: Socket;
  toTarget?: Lane;
  toClient?: Lane;
}

class FaultProxy implements TcpProxy {
  readonly counts: TcpProxyCounts = { accepted: 0, refused: 0, reset: 0, bytesToTarget: 0, bytesToClient: 0 };
  readonly #target: { host: string; port: number };
  readonly #server: Server;
  readonly #concerns: (clientPort: number) => boolean;
  readonly #pairs = new Set<Pair>();
  readonly #pace: Pace = { ...WHOLE };
  #mode: Mode = 'open';
  #port = 0;

  constructor({ target, concerns = () => true }: TcpProxyOptions) {
    this.#concerns = concerns;
    const colon = target.lastIndexOf(':');
    this.#target = { host: target.slice(0, colon).replace(/^\[(.*)\]$/, '$1'), port: Number(target.slice(colon + 1)) };
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => this.#accept(client));
  }

  async listen(port: number): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#server.once('error', reject).listen(port, HOST, resolve);
    await promise;
    this.#server.off('error', reject);
    // A server that listens on a TCP port has an AddressInfo.
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  get port(): number {
    return this.#port;
  }

  get address(): string {
    return `${HOST}:${this.#port}`;
  }

  get connections(): number {
    return this.#pairs.size;
  }

  cut(): void {
    this.#mode = 'cut';
    for (const pair of this.#pairs) if (pair.concerned) this.#reset(pair);
  }

  blackhole(): void {
    this.#fail('blackhole');
  }

  halfOpen(swallowed: 'to-target' | 'to-client'): void {
    this.#fail(swallowed);
  }

  delay(ms: number): void {
    this.#pace.delayMs = ms;
  }

  throttle(bytesPerS: number): void {
    if (!(bytesPerS > 0)) throw new RangeError('a throttle passes at least something: use blackhole');
    this.#pace.rate = bytesPerS;
  }

  heal(): void {
    this.#mode = 'open';
    Object.assign(this.#pace, WHOLE);
    for (const pair of this.#pairs) {
      const whole = pair.toTarget?.frozen === false && pair.toClient?.frozen === false;
      if (!whole) this.#reset(pair);
    }
  }

  async close(): Promise<void> {
    for (const pair of this.#pairs) this.#reset(pair);
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #fail(mode: Mode): void {
    this.#mode = mode;
    for (const pair of this.#pairs) this.#apply(pair);
  }

  /** What has gone wrong with a connection stays wrong until it is reset. */
  #apply({ concerned, toTarget, toClient }: Pair): void {
    if (!concerned) return;
    if (this.#mode === 'blackhole' || this.#mode === 'to-target') toTarget?.freeze();
    if (this.#mode === 'blackhole' || this.#mode === 'to-client') toClient?.freeze();
  }

  #accept(client: Socket): void {
    // What ends a connection is handled when it closes.
    client.on('error', () => {});
    const concerned = this.#concerns(client.remotePort ?? 0);
    if (concerned && this.#mode === 'cut') {
      this.counts.refused++;
      client.resetAndDestroy();
      return;
    }
    this.counts.accepted++;
    const pair: Pair = { client, concerned };
    this.#pairs.add(pair);
    if (concerned && this.#mode === 'blackhole') client.once('close', () => this.#pairs.delete(pair)).pause();
    else this.#join(pair);
  }

  #join(pair: Pair): void {
    const { client, concerned } = pair;
    const { counts } = this;
    const pace = concerned ? this.#pace : WHOLE;
    const upstream = connect({ ...this.#target, allowHalfOpen: true, noDelay: true });
    upstream.on('error', () => {});
    pair.upstream = upstream;
    pair.toTarget = new Lane(client, upstream, pace, (bytes) => {
      counts.bytesToTarget += bytes;
    });
    pair.toClient = new Lane(upstream, client, pace, (bytes) => {
      counts.bytesToClient += bytes;
    });
    this.#endsWith(client, upstream, pair.toTarget, pair);
    this.#endsWith(upstream, client, pair.toClient, pair);
    this.#apply(pair);
  }

  /** A connection that breaks at one end breaks at the other, unless the way there is closed. */
  #endsWith(source: Socket, sink: Socket, lane: Lane, pair: Pair): void {
    source.once('close', () => {
      if (sink.destroyed) this.#pairs.delete(pair);
      else if (!lane.frozen && !source.readableEnded) sink.resetAndDestroy();
    });
  }

  #reset(pair: Pair): void {
    this.#pairs.delete(pair);
    this.counts.reset++;
    pair.client.resetAndDestroy();
    pair.upstream?.resetAndDestroy();
  }
}
