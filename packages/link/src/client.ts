// The gateway's end: dials a node and keeps dialling with jittered back-off until it is closed.
import { LINK_LIMITS, LINK_PATH, LINK_PROTOCOL } from '@message-push/protocol';
import type { Clock, Log, Metrics } from '@message-push/runtime';
import { WebSocket } from 'ws';
import type { LinkConfig } from './config.ts';
import { Link, type LinkEvents, type LinkSelf } from './link.ts';
import { LinkError } from './link-error.ts';
import { linkMetrics } from './metrics.ts';

export interface LinkClientOptions {
  /** host:port of the node's inner port; a function is asked before each dial. */
  address: string | (() => string);
  self: LinkSelf & { role: 'gateway' };
  /** The first is sent. */
  clusterSecrets: string[];
  config: LinkConfig;
  clock: Clock;
  log: Log;
  metrics: Metrics;
  events: LinkEvents;
  /** A dial that did not become an open link: `refused` is an answer, `unreachable` includes a refused TCP connection. */
  onDialFailed?(error: LinkError): void;
  /** In [0, 1); jitters the pauses between dials. */
  jitter?(): number;
}

export interface LinkClient {
  /** The open link, undefined while there is none. */
  readonly link: Link | undefined;
  /** Ends the link in order and dials no more; resolves when its socket is gone. */
  close(): Promise<void>;
}

/** Upstream frames are small and the peer is ours: a mask of zeros spares the copy that masking costs. */
const noMask = (mask: Buffer) => void mask.fill(0);

export function createLinkClient(options: LinkClientOptions): LinkClient {
  const { address: target, self, config, clock, log, events } = options;
  const addressOf = typeof target === 'string' ? () => target : target;
  const metrics = linkMetrics(options.metrics, self.id);
  const jitter = options.jitter ?? Math.random;
  let socket: WebSocket | undefined;
  let link: Link | undefined;
  let address = '';
  let failures = 0;
  let retry: NodeJS.Timeout | undefined;
  let closed: { promise: Promise<void>; resolve: () => void } | undefined;

  const dialLater = () => {
    link = socket = undefined;
    if (closed !== undefined) return closed.resolve();
    const most = Math.min(config.linkRetryMaxMs, config.linkRetryMinMs * 2 ** Math.min(failures, 16));
    failures++;
    retry = setTimeout(dial, most / 2 + (jitter() * most) / 2);
  };
  const onHello = (opened: Link) => {
    link = opened;
    failures = 0;
    metrics.opened();
    log.info({ node: opened.peer.id, incarnation: opened.peer.incarnation, address }, 'link open');
  };
  const onEnd = (ended: Link, error: LinkError) => {
    const wasOpen = link === ended;
    log.info({ address, reason: error.kind, why: error.message }, wasOpen ? 'link closed' : 'link refused by HELLO');
    if (!wasOpen) options.onDialFailed?.(error);
    dialLater();
  };
  const dial = () => {
    retry = undefined;
    address = addressOf();
    let failure: LinkError | undefined;
    const dialled = new WebSocket(`ws://${address}${LINK_PATH}`, LINK_PROTOCOL, {
      headers: { authorization: `Bearer ${options.clusterSecrets[0] ?? ''}` },
      handshakeTimeout: config.linkSilentMs,
      perMessageDeflate: false,
      skipUTF8Validation: true,
      maxPayload: LINK_LIMITS.batchBytesMax,
      generateMask: noMask,
    });
    socket = dialled;
    dialled.once('unexpected-response', (_request, response) => {
      failure = new LinkError('refused', `${address} answered ${response.statusCode}`);
      dialled.terminate();
    });
    dialled.once('open', () => {
      dialled.removeAllListeners();
      new Link(dialled, { self, config, clock, log, metrics, events, onHello, onEnd });
    });
    dialled.once('error', (cause) => {
      failure ??= new LinkError('unreachable', cause.message, cause);
    });
    dialled.once('close', () => {
      const error = failure ?? new LinkError('unreachable', 'the dial ended');
      metrics.closed(error.kind);
      log.debug({ address, reason: error.kind, why: error.message }, 'node not reached');
      options.onDialFailed?.(error);
      dialLater();
    });
  };
  dial();

  return {
    get link() {
      return link;
    },
    close() {
      if (closed !== undefined) return closed.promise;
      closed = Promise.withResolvers<void>();
      clearTimeout(retry);
      if (socket === undefined) closed.resolve();
      else if (link !== undefined) link.close();
      else socket.terminate();
      return closed.promise;
    },
  };
}
