// Links to all nodes that the ring or the registry names: dialled when they appear, let go when neither names them any more.
import { createLinkClient, type Link, type LinkClient, LinkError, type LinkSelf } from '@message-push/link';
import type { LinkFrame } from '@message-push/protocol';
import type { Registration } from '@message-push/registry';
import type { Clock, Log, Metrics } from '@message-push/runtime';
import type { GatewayConfig } from './config.ts';
import { type NodePeer, onPeerDialFailed, onPeerLost, onPeerOpen, opinionOf, startAnew } from './node-peer.ts';
import { OwnTime } from './own-time.ts';
import type { RingView } from './ring-view.ts';
import type { Opinion } from './views.ts';

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
  /** A dial was refused, or the node says another state of itself. */
  onChanged(peer: NodePeer): void;
  /** This process stood still. */
  onLate(): void;
}

export class NodePeers {
  #deps: NodePeersDeps;
  #peers = new Map<string, NodePeer>();
  #registered = new Map<string, Registration>();
  #ownTime: OwnTime;
  #closing = false;

  constructor(deps: NodePeersDeps) {
    this.#deps = deps;
    const { config, clock } = deps;
    this.#ownTime = new OwnTime({ config, clock, onLate: (now, lateMs) => this.#onLate(now, lateMs) });
  }

  start(): void {
    this.#ownTime.start();
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

  /** What this gateway has to say now: of the nodes that are not linked as the ring has them, and up. */
  opinions(): Map<string, Opinion> {
    const now = this.#ownTime.check();
    const { view, config } = this.#deps;
    const opinions = new Map<string, Opinion>();
    for (const peer of this.#peers.values()) {
      if (peer.link !== undefined && !peer.draining && view.lists(peer.id, peer.incarnation)) continue;
      opinions.set(peer.id, opinionOf(peer, now, config.linkSilentMs));
    }
    return opinions;
  }

  /** The registry's list changed. Who has no link and is listed somewhere else than before is dialled there. */
  setRegistered(list: Registration[]): void {
    const before = this.#registered;
    this.#registered = new Map(list.map((registration) => [registration.id, registration]));
    this.refresh();
    for (const { id, address } of this.#registered.values()) {
      const peer = this.#peers.get(id);
      if (peer === undefined || peer.link !== undefined || peer.address === address) continue;
      if (before.get(id)?.address !== address) this.#redirect(peer, address);
    }
  }

  /** Dials who is new, lets go who is named by nobody and has no link. No open link is given up because of a registry's list. */
  refresh(): void {
    if (this.#closing) return;
    const wanted = new Map<string, string[]>();
    for (const { id, address } of this.#registered.values()) wanted.set(id, [address]);
    for (const { id, address } of this.#deps.view.document.nodes) {
      const addresses = wanted.get(id) ?? [];
      if (!addresses.includes(address)) wanted.set(id, [...addresses, address]);
    }
    for (const [id, addresses] of wanted) {
      const peer = this.#peers.get(id);
      if (peer === undefined) this.#add(id, addresses);
      else peer.addresses = addresses;
    }
    for (const peer of this.#peers.values()) {
      if (wanted.has(peer.id)) this.#follow(peer);
      else if (peer.link === undefined) {
        this.#peers.delete(peer.id);
        void peer.client.close();
      }
    }
  }

  /** Closes all links in order; what was sent before goes out. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#ownTime.stop();
    await Promise.all([...this.#peers.values()].map((peer) => peer.client.close()));
    this.#peers.clear();
  }

  /** The ring may name another life of a node than the one that is known here. */
  #follow(peer: NodePeer): void {
    const { view, clock } = this.#deps;
    const life = view.incarnation(peer.id);
    if (life === undefined) return;
    if (life === peer.incarnation) peer.named = true;
    else if (peer.link === undefined) {
      // Nothing is known of that one yet.
      peer.incarnation = life;
      startAnew(peer, clock.now());
    } else if (peer.named) this.#replaced(peer);
  }

  /** The ring has put another life of the node in the place of the one that is linked: two processes with one name, or half a link. */
  #replaced(peer: NodePeer): void {
    const named = this.#deps.view.document.nodes.find(({ id }) => id === peer.id);
    if (named !== undefined) this.#redirect(peer, named.address);
  }

  #onLate(now: number, lateMs: number): void {
    this.#deps.log.warn({ late_ms: lateMs }, 'this process stood still: its nodes have their whole time again');
    for (const peer of this.#peers.values()) startAnew(peer, now);
    this.#deps.onLate();
  }

  #add(id: string, addresses: string[]): void {
    const peer = {
      id,
      address: addresses[0] ?? '',
      addresses,
      link: undefined,
      openedAt: 0,
      named: false,
      draining: false,
      incarnation: this.#deps.view.incarnation(id) ?? this.#registered.get(id)?.incarnation ?? '',
      silentSince: this.#deps.clock.now(),
      refusals: 0,
    };
    // The client needs the peer for its call-backs and the peer its client: the object is completed in the same turn.
    const whole: NodePeer = Object.assign(peer, { client: undefined as unknown as LinkClient });
    whole.client = this.#dial(whole);
    this.#peers.set(id, whole);
  }

  #redirect(peer: NodePeer, address: string): void {
    this.#deps.log.info({ node: peer.id, from: peer.address, to: address }, 'a node has another address');
    const before = peer.client;
    this.#lost(peer, this.#deps.clock.now());
    peer.address = address;
    peer.refusals = 0;
    peer.client = this.#dial(peer);
    void before.close();
  }

  #lost(peer: NodePeer, since: number): void {
    if (peer.link === undefined) return;
    onPeerLost(peer, since);
    this.#deps.onClosed(peer);
  }

  #dial(peer: NodePeer): LinkClient {
    const { self, clusterSecrets, config, clock, log, metrics, jitter } = this.#deps;
    const client: LinkClient = createLinkClient({
      address: () => peer.address,
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
          if (peer.link === link) this.#onFrame(peer, frame);
        },
        onPing: (link) => this.#deps.view.heardOf(link.peerRingVersion),
        onClose: (link, error) => {
          if (peer.link !== link) return;
          this.#lost(peer, clock.now() - (error.kind === 'silent' ? config.linkSilentMs : 0));
          this.refresh();
        },
      },
      onDialFailed: (error) => {
        if (peer.client === client && onPeerDialFailed(peer, error)) this.#deps.onChanged(peer);
      },
    });
    return client;
  }

  #onOpen(peer: NodePeer, link: Link): void {
    if (link.peer.id !== peer.id) {
      const error = new LinkError('refused', `${peer.address} is ${link.peer.id}, not ${peer.id}`);
      // Nobody of that name is there any more.
      onPeerDialFailed(peer, error);
      throw error;
    }
    onPeerOpen(peer, link, this.#deps.clock.now());
    this.#deps.view.heardOf(link.peer.ring_version);
    this.#deps.onOpen(peer);
  }

  #onFrame(peer: NodePeer, frame: LinkFrame): void {
    if (frame.type === 'state') {
      peer.draining = frame.state === 'draining';
      this.#deps.onChanged(peer);
    } else this.#deps.onFrame(peer, frame);
  }
}
