// The upgrade of a client: guard clauses, then a session. A refusal is an HTTP answer with the envelope.
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { ApiError, problemText } from '@message-push/protocol';
import { type Clock, type Log, maskUrl } from '@message-push/runtime';
import { WebSocketServer } from 'ws';
import { type AuthenticateDeps, authenticate, identityOf } from './authenticate.ts';
import type { GatewayConfig } from './config.ts';
import { type Credentials, credentialsOf, headerOf, pathOf } from './credentials.ts';
import type { Directory, KnownApp } from './directory.ts';
import type { GatewayMetrics } from './metrics.ts';
import type { UpgradeRequest } from './plain-upgrade.ts';
import { httpText, languageOf, type Refusals } from './refusals.ts';
import { ClientSocket, type Identity } from './session.ts';
import type { Sessions } from './sessions.ts';

export const CLIENT_PATH = '/message-push/v1/message';

export interface UpgradeDeps extends AuthenticateDeps {
  config: GatewayConfig;
  clock: Clock;
  log: Log;
  metrics: GatewayMetrics;
  directory: Directory;
  sessions: Sessions;
  refusals: Refusals;
  /** `starting` and `draining` gateways take nobody. */
  open(): boolean;
  /** Makes the session; called in the same turn as the 101, before any frame of the client is read. */
  accept(socket: ClientSocket, stream: Duplex, app: KnownApp, address: string, identity: Identity): void;
}

/** 16 bytes in base64 (RFC 6455 §4.1). */
const SOCKET_KEY = /^[+/0-9A-Za-z]{22}==$/;

const PROTOCOL_HEADER = 'Sec-WebSocket-Protocol';
/** A token (RFC 9110 §5.6.2). */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

interface Admission {
  known: KnownApp;
  identity: Identity | Promise<Identity>;
}

/** Handles the `upgrade` event of the gateway's HTTP server. */
export class Upgrades {
  #deps: UpgradeDeps;
  #wss: InstanceType<typeof WebSocketServer<typeof ClientSocket>>;
  #pending = 0;

  constructor(deps: UpgradeDeps) {
    this.#deps = deps;
    const options = {
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: deps.config.gatewayFrameBytesMax,
      // Not in the type declarations of ws 8.18; in its documentation since 8.19.
      closeTimeout: deps.config.gatewayCloseMs,
      // By its default of 60 it would cut a client without a code. Pongs are bounded as all that is written is (see `onSign`).
      maxPendingAutoPongs: 0,
      WebSocket: ClientSocket,
    };
    this.#wss = new WebSocketServer(options);
  }

  /** Upgrades that wait for a passport or the database. */
  get pending(): number {
    return this.#pending;
  }

  handle(request: UpgradeRequest, stream: Duplex, head: Buffer): void {
    try {
      this.#guard(request);
      const mockUid = this.#deps.config.allowMockUid ? headerOf(request, 'x-mock-uid') : undefined;
      const credentials = credentialsOf(request, mockUid);
      const known = this.#deps.directory.find(credentials.app);
      if (known === undefined) {
        this.#later(request, stream, head, this.#load(request, credentials, mockUid));
        return;
      }
      const { identity } = this.#admit(request, known, credentials, mockUid);
      if (identity instanceof Promise)
        this.#later(
          request,
          stream,
          head,
          identity.then((whose) => ({ known, whose })),
        );
      else this.#complete(request, stream, head, known, identity);
    } catch (error) {
      this.#refuse(request, stream, error);
    }
  }

  /** What can be said before the app is known. */
  #guard(request: UpgradeRequest): void {
    const { config, sessions } = this.#deps;
    if (pathOf(request.url ?? '') !== CLIENT_PATH) throw new ApiError('NOT_FOUND', { params: { what: 'path' } });
    if (!isWebSocket(request)) throw new ApiError('UPGRADE_REQUIRED');
    const problem = protocolsProblem(request);
    if (problem !== undefined) throw new ApiError('INVALID_HEADER', { params: { name: PROTOCOL_HEADER, problem } });
    if (!this.#deps.open()) throw new ApiError('DRAINING');
    if (sessions.size >= config.gatewaySessionsMax) throw new ApiError('OVERLOADED');
    if (sessions.address(this.#addressOf(request)).sockets >= config.gatewaySessionsPerAddressMax)
      throw tooMany('connections of this address', config.gatewaySessionsPerAddressMax);
  }

  #admit(request: UpgradeRequest, known: KnownApp, credentials: Credentials, mockUid: string | undefined): Admission {
    const { config } = this.#deps;
    if (known.app.state !== 'live') throw new ApiError('INVALID_TOKEN');
    const { origins } = known.app.settings;
    const origin = headerOf(request, 'origin');
    if (origins.length > 0 && origin !== undefined && !origins.includes('*') && !origins.includes(origin))
      throw new ApiError('ORIGIN_NOT_ALLOWED');
    if (known.sockets >= config.gatewaySessionsPerAppMax)
      throw tooMany('connections of this app', config.gatewaySessionsPerAppMax);
    const identity =
      mockUid === undefined ? authenticate(this.#deps, known, credentials) : identityOf({ uid: mockUid });
    return { known, identity };
  }

  async #load(request: UpgradeRequest, credentials: Credentials, mockUid: string | undefined) {
    const known = await this.#deps.directory.load(credentials.app);
    if (known === undefined) throw new ApiError('INVALID_TOKEN');
    return { known, whose: await this.#admit(request, known, credentials, mockUid).identity };
  }

  /** The slow way: the client waits, its bytes stay unread. */
  #later(
    request: UpgradeRequest,
    stream: Duplex,
    head: Buffer,
    admission: Promise<{ known: KnownApp; whose: Identity }>,
  ): void {
    if (this.#pending >= this.#deps.config.gatewayUpgradesPendingMax) {
      admission.catch(() => undefined);
      this.#refuse(request, stream, new ApiError('OVERLOADED'));
      return;
    }
    this.#pending++;
    stream.on('error', destroyOnError);
    // Nobody listens yet: what the client sends meanwhile must stay where it is.
    stream.pause();
    admission
      .then(({ known, whose }) => {
        if (!this.#deps.open()) throw new ApiError('DRAINING');
        if (known.app.state !== 'live') throw new ApiError('INVALID_TOKEN');
        stream.off('error', destroyOnError);
        this.#complete(request, stream, head, known, whose);
        stream.resume();
      })
      .catch((error: unknown) => this.#refuse(request, stream, error))
      .finally(() => this.#pending--);
  }

  #complete(request: UpgradeRequest, stream: Duplex, head: Buffer, known: KnownApp, identity: Identity): void {
    const address = this.#addressOf(request);
    // ws reads the method and the headers of a request, nothing else.
    this.#wss.handleUpgrade(request as IncomingMessage, stream, head, (socket) => {
      this.#deps.metrics.tally.upgrades++;
      this.#deps.accept(socket, stream, known, address, identity);
    });
  }

  /** The peer, or what the trusted proxy farthest from us saw. */
  #addressOf(request: UpgradeRequest): string {
    const hops = this.#deps.config.gatewayForwardedHops;
    const peer = request.socket.remoteAddress ?? '';
    if (hops === 0) return peer;
    const forwarded = headerOf(request, 'x-forwarded-for')?.split(',') ?? [];
    return forwarded.at(-hops)?.trim() || peer;
  }

  #refuse(request: UpgradeRequest, stream: Duplex, error: unknown): void {
    const known = error instanceof ApiError ? error : new ApiError('INTERNAL', { cause: error });
    const { log, metrics, refusals } = this.#deps;
    metrics.refused(known.code);
    const refusal = refusals.of(known, languageOf(request));
    if (known.http >= 500 && known.code !== 'DRAINING') {
      const facts = { request_id: refusal.requestId, err: error, url: maskUrl(request.url ?? '') };
      log.warn(facts, 'an upgrade was refused by a failure');
    }
    if (stream.destroyed) return;
    stream.on('error', destroyOnError);
    stream.once('finish', () => stream.destroy());
    stream.end(httpText(refusal));
  }
}

/** What ws checks too, which would refuse without the envelope. */
function isWebSocket(request: UpgradeRequest): boolean {
  const version = headerOf(request, 'sec-websocket-version');
  return (
    request.method === 'GET' &&
    headerOf(request, 'upgrade')?.toLowerCase() === 'websocket' &&
    (version === '13' || version === '8') &&
    SOCKET_KEY.test(headerOf(request, 'sec-websocket-key') ?? '')
  );
}

/** What ws would refuse too, without the envelope. */
function protocolsProblem(request: UpgradeRequest): string | undefined {
  const value = request.headers[PROTOCOL_HEADER.toLowerCase()];
  if (value === undefined) return undefined;
  const names = [value]
    .flat()
    .join(',')
    .split(',')
    .map((name) => name.trim());
  const known = names.every((name) => TOKEN.test(name)) && new Set(names).size === names.length;
  return known ? undefined : problemText('format', languageOf(request));
}

function tooMany(what: string, limit: number): ApiError {
  return new ApiError('RATE_LIMITED', { params: { what, limit: String(limit) } });
}

function destroyOnError(this: Duplex): void {
  this.destroy();
}
