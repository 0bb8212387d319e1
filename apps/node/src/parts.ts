// The parts of a node and how they hang together.
import type { Server } from 'node:http';
import { createLinkServer, type LinkServer } from '@message-push/link';
import type { RingDocument } from '@message-push/protocol';
import type { NodeDeps } from './app.ts';
import { Binds } from './binds.ts';
import { Deliverer } from './deliver.ts';
import { Hub } from './hub.ts';
import { Links } from './links.ts';
import { Membership } from './membership.ts';
import { type NodeMetrics, nodeMetrics } from './metrics.ts';
import { Positions } from './positions.ts';
import { Receipts } from './receipts.ts';
import { Replay } from './replay.ts';
import { Reports } from './reports.ts';
import { Rooms } from './rooms.ts';

/** What exists once the port is bound, because the node's name may be its address. */
export interface Parts {
  id: string;
  hub: Hub;
  rooms: Rooms;
  metrics: NodeMetrics;
  receipts: Receipts;
  positions: Positions;
  replay: Replay;
  binds: Binds;
  links: Links;
  deliverer: Deliverer;
  membership: Membership;
  linkServer: LinkServer;
}

export interface PartsOptions {
  /** Takes the links. */
  server: Server;
  address: string;
  jitter(): number;
  /** The newest known. */
  ring(): RingDocument;
  /** The ring has dropped the node, and it has taken a new incarnation. */
  onRejoin(): void;
}

/** Puts the parts together. `address` is where others reach the node. */
export function buildParts(deps: NodeDeps, { server, address, jitter, ring, onRejoin }: PartsOptions): Parts {
  const { config, log, clock, state, bus, registry, clusterSecrets, incarnation } = deps;
  const id = deps.id ?? config.nodeRingKey ?? address;
  const metrics = nodeMetrics(deps.metrics, id);
  const hub = new Hub();
  const rooms = new Rooms(config);
  const receipts = new Receipts({ bus, config, metrics, log, jitter });
  const reports = new Reports({ receipts, clock, node: id, ringVersion: () => ring().version });
  const { inboxes } = state;
  const positions = new Positions({ hub, inboxes, receipts, reports, config, metrics, log });
  const replay = new Replay({ inboxes, reports, rooms, config, metrics, clock, log, jitter });
  const membership = new Membership({
    id,
    incarnation,
    address,
    registry,
    config,
    log,
    jitter,
    onRejoin,
  });
  const binds = new Binds({
    hub,
    inboxes,
    positions,
    replay,
    reports,
    rooms,
    receipts,
    config,
    metrics,
    clock,
    log,
    jitter,
    id,
    incarnation: () => membership.incarnation,
    ring,
    onRevoked: (session) => links.revoked(session),
  });
  const links = new Links({
    hub,
    binds,
    positions,
    replay,
    reports,
    rooms,
    config,
    metrics,
    clock,
    incarnation: () => membership.incarnation,
  });
  const deliverer = new Deliverer({ hub, binds, replay, rooms, reports, metrics, clock });
  const linkServer = createLinkServer({
    server,
    self: {
      role: 'node',
      id,
      get incarnation() {
        return membership.incarnation;
      },
      load: () => hub.sessions,
      ringVersion: () => ring().version,
    },
    clusterSecrets,
    config,
    clock,
    log,
    metrics: deps.metrics,
    events: links,
  });
  return { id, hub, rooms, metrics, receipts, positions, replay, binds, links, deliverer, membership, linkServer };
}
