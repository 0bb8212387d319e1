// Links to all nodes that the ring or the registry names: dialled when they appear, let go when neither names them any more.
import { createLinkClient, type Link, type LinkClient, LinkError, type LinkSelf } from '@message-push/link';
import type { LinkFrame } from '@message-push/protocol';
import type { Registration } from '@message-push/registry';
import type { Clock, Log, Metrics } from '@message-push/runtime';
import type { GatewayConfig } from './config.ts';
import type { RingView } from './ring-view.ts';

/** A node as this gateway sees it. */
export interface NodePeer {
  id: string;
  address: string;
  client: LinkClient;
  /** The open link; its HELLO named this id. */
  link: Link | undefined;
  /** Without a sign of life since, epoch milliseconds; 0 while the link is open. */
  silentSince: number;
  /** Dials in a row that were answered by a refusal: nobody listens there, or it is going away. */
  refusals: number;
}

export interface NodePeersDeps {
  self: LinkSelf & { role: 'gateway' };
  config: GatewayConfig;
  clusterSecrets: string[];
  clock: Clock;
  log: Log;
  metrics: Metrics;
  view: RingView;
  jitter(): number;
  onOpen(peer: NodePeer): void;
  onFrame(peer: NodePeer, frame: LinkFrame): void;
  onClosed(peer: NodePeer): void;
  /** A dial was refused: the leader may want to know. */
  onRefused(peer: NodePeer): void;
}

export class NodePeers {
  #deps: NodePeersDeps;
  #peers = new Map<string, NodePeer>();
  #registered = new Map<string, Registration>();
  #closing = false;

  constructor(deps: NodePeersDeps) {
    this.#deps = deps;
  }

  get(id: string): NodePeer | undefined {
    return this.#peers.get(id);
  }

  values(): MapIterator<NodePeer> {
    return this.#peers.values();
  }

  /** Nodes as the registry last listed them. */
  get registered(): ReadonlyMap<string, Registration> {
    return this.#registered;
  }

  get openLinks(): number {
    let count = 0;
    for (const peer of this.#peers.values()) if (peer.link !== undefined) count++;
    return count;
  }

  /** The registry's list changed. */
  setRegistered(list: Registration[]): void {
    this.#registered = new Map(list.map((registration) => [registration.id, registration]));
    this.refresh();
  }

  /** Dials who is new, lets go who is named by nobody and has no link. */
  refresh(): void {
    if (this.#closing) return;
    const wanted = new Map<string, string>();
    for (const node of this.#deps.view.document.nodes) wanted.set(node.id, node.address);
    // A node that came back under another address is in the registry first.
    for (const { id, address } of this.#registered.values()) wanted.set(id, address);
    for (const [id, address] of wanted) {
      const peer = this.#peers.get(id);
      if (peer === undefined) this.#add(id, address);
      else if (peer.address !== address) this.#redirect(peer, address);
    }
    for (const peer of this.#peers.values()) {
      if (wanted.has(peer.id) || peer.link !== undefined) continue;
      this.#peers.delete(peer.id);
      void peer.client.close();
    }
  }

  /** Closes all links in order; what was sent before goes out. */
  async close(): Promise<void> {
    this.#closing = true;
    await Promise.all([...this.#peers.values()].map((peer) => peer.client.close()));
    this.#peers.clear();
  }

  #add(id: string, address: string): void {
    const dial = { id, address, link: undefined, silentSince: this.#deps.clock.now(), refusals: 0 };
    // The client needs the peer for its call-backs and the peer its client: the object is completed in the same turn.
    const peer: NodePeer = Object.assign(dial, { client: undefined as unknown as LinkClient });
    peer.client = this.#dial(peer, address);
    this.#peers.set(id, peer);
  }

  #redirect(peer: NodePeer, address: string): void {
    this.#deps.log.info({ node: peer.id, from: peer.address, to: address }, 'a node has another address');
    const before = peer.client;
    this.#lost(peer, this.#deps.clock.now());
    peer.address = address;
    peer.refusals = 0;
    peer.client = this.#dial(peer, address);
    void before.close();
  }

  #dial(peer: NodePeer, address: string): LinkClient {
    const { self, clusterSecrets, config, clock, log, metrics, jitter } = this.#deps;
    const client: LinkClient = createLinkClient({
      address,
      self,
      clusterSecrets,
      config,
      clock,
      log,
      metrics,
      jitter,
      events: {
        onOpen: (link) => this.#onOpen(peer, link),
        onFrame: (link, frame) => {
          if (peer.link === link) this.#deps.onFrame(peer, frame);
        },
        onPing: (link) => this.#deps.view.heardOf(link.peerRingVersion),
        onClose: (link, error) => {
          if (peer.link !== link) return;
          const { linkSilentMs } = config;
          this.#lost(peer, clock.now() - (error.kind === 'silent' ? linkSilentMs : 0));
          this.refresh();
        },
      },
      onDialFailed: (error) => {
        if (peer.client === client) this.#onDialFailed(peer, error);
      },
    });
    return client;
  }

  #onOpen(peer: NodePeer, link: Link): void {
    if (link.peer.id !== peer.id) {
      throw new LinkError('protocol', `${peer.address} is ${link.peer.id}, not ${peer.id}`);
    }
    peer.link = link;
    peer.silentSince = 0;
    peer.refusals = 0;
    this.#deps.view.heardOf(link.peer.ring_version);
    this.#deps.onOpen(peer);
  }

  #lost(peer: NodePeer, since: number): void {
    if (peer.link === undefined) return;
    peer.link = undefined;
    peer.silentSince = since;
    this.#deps.onClosed(peer);
  }

  #onDialFailed(peer: NodePeer, error: LinkError): void {
    const refused = error.kind === 'refused' || codeOf(error.cause) === 'ECONNREFUSED';
    peer.refusals = refused ? peer.refusals + 1 : 0;
    if (refused) this.#deps.onRefused(peer);
  }
}

function codeOf(cause: unknown): unknown {
  return typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined;
}
