// The node's end: takes links on the upgrade of its inner HTTP server, from gateways that know a cluster secret.
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { LINK_LIMITS, LINK_PATH, LINK_PROTOCOL } from '@message-push/protocol';
import type { Clock, Log, Metrics } from '@message-push/runtime';
import { WebSocketServer } from 'ws';
import { bearerMatches } from './bearer.ts';
import type { LinkConfig } from './config.ts';
import { Link, type LinkEvents, type LinkSelf } from './link.ts';
import { LinkError } from './link-error.ts';
import { linkMetrics } from './metrics.ts';

export interface LinkServerOptions {
  server: Server;
  self: LinkSelf & { role: 'node' };
  /** Any of these is accepted. */
  clusterSecrets: string[];
  config: LinkConfig;
  clock: Clock;
  log: Log;
  metrics: Metrics;
  events: LinkEvents;
}

export interface LinkServer {
  /** Open links, one per gateway: a gateway that comes again replaces its old link. */
  readonly links: ReadonlySet<Link>;
  /** Takes no more links and closes those that are open; resolves when all are gone. */
  close(): Promise<void>;
}

/** Answers every upgrade of the server: links on LINK_PATH, 404 for other paths. */
export function createLinkServer(options: LinkServerOptions): LinkServer {
  const { server, self, clusterSecrets, config, clock, log, events } = options;
  const metrics = linkMetrics(options.metrics, self.id);
  const links = new Set<Link>();
  const all = new Set<Link>();
  const byGateway = new Map<string, Link>();
  const wss = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    skipUTF8Validation: true,
    maxPayload: LINK_LIMITS.batchBytesMax,
    handleProtocols: () => LINK_PROTOCOL,
  });
  let closing: { done: () => void } | undefined;

  const onHello = (link: Link) => {
    // The old link's sessions are let go before the new one brings them again.
    byGateway.get(link.peer.id)?.drop(new LinkError('replaced', `gateway ${link.peer.id} came again`));
    byGateway.set(link.peer.id, link);
    links.add(link);
    metrics.opened();
    metrics.open(links.size);
    log.info({ gateway: link.peer.id, incarnation: link.peer.incarnation }, 'link open');
  };
  const onEnd = (link: Link, error: LinkError) => {
    all.delete(link);
    if (links.delete(link)) {
      if (byGateway.get(link.peer.id) === link) byGateway.delete(link.peer.id);
      log.info({ gateway: link.peer.id, reason: error.kind, why: error.message }, 'link closed');
    } else log.warn({ reason: error.kind, why: error.message }, 'link ended before HELLO');
    metrics.open(links.size);
    if (all.size === 0) closing?.done();
  };
  const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    const refusal = closing === undefined ? refusalOf(request, clusterSecrets) : '503 Service Unavailable';
    if (refusal !== undefined) return refuse(socket, refusal);
    wss.handleUpgrade(request, socket, head, (ws) => {
      all.add(new Link(ws, { self, config, clock, log, metrics, events, onHello, onEnd }));
    });
  };
  server.on('upgrade', onUpgrade);

  return {
    links,
    close() {
      // The listener stays until the links are gone, so that a gateway that dials again gets its 503.
      return new Promise<void>((resolve) => {
        const done = () => {
          server.off('upgrade', onUpgrade);
          resolve();
        };
        closing = { done };
        if (all.size === 0) return done();
        for (const link of all) link.close(new LinkError('closed', 'the node is going away'));
      });
    },
  };
}

function refusalOf(request: IncomingMessage, secrets: string[]): string | undefined {
  const path = request.url?.split('?')[0];
  if (path !== LINK_PATH) return '404 Not Found';
  if (!bearerMatches(request.headers.authorization, secrets)) return '401 Unauthorized';
  const offered = request.headers['sec-websocket-protocol']?.split(',').map((name) => name.trim()) ?? [];
  return offered.includes(LINK_PROTOCOL) ? undefined : '400 Bad Request';
}

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  socket.once('finish', () => socket.destroy());
}
