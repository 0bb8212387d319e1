// The ring's one writer: the gateway that holds the lease adds nodes it reaches and removes those that left, fell silent or refuse.
import type { RingDocument, RingNode } from '@message-push/protocol';
import type { Registration } from '@message-push/registry';
import type { Clock, Log } from '@message-push/runtime';
import type { State } from '@message-push/state';
import type { GatewayConfig } from './config.ts';
import type { GatewayMetrics } from './metrics.ts';
import type { NodePeer, NodePeers } from './node-peers.ts';
import type { RingView } from './ring-view.ts';

export interface LeaderDeps {
  /** Holder of the lease: unique per life. */
  holder: string;
  config: GatewayConfig;
  clock: Clock;
  log: Log;
  metrics: GatewayMetrics;
  state: Pick<State, 'ring' | 'lease' | 'release'>;
  view: RingView;
  peers: NodePeers;
  /** A new document was stored. */
  onWritten(document: RingDocument): void;
}

const LEASE = 'ring';
/** Refused dials in a row that convict a node. */
const REFUSALS_MIN = 2;
const HISTORY = 200;
/** Nodes that left more than once within this come back with a hold-down. */
const FLAP_WINDOW_MS = 300_000;
const HOLD_MIN_MS = 1000;
const HOLD_MAX_MS = 30_000;

/**
 * Promises: at most one gateway writes (lease, epoch, compare-and-set); a version is above every version ever heard of; a ring that
 * has nodes is never replaced by an empty one; an incarnation that left is never added again.
 */
export class Leader {
  #deps: LeaderDeps;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #again = false;
  #stopped = false;
  #epoch = 0;
  #holds = false;
  #left: Set<string> | undefined;
  #flaps = new Map<string, { count: number; at: number }>();
  #frozen = '';

  constructor(deps: LeaderDeps) {
    this.#deps = deps;
  }

  get leads(): boolean {
    return this.#holds;
  }

  /** Why the ring is kept as it is although its nodes are gone; empty = it is not. */
  get frozen(): string {
    return this.#frozen;
  }

  start(): void {
    this.#timer = setInterval(() => this.nudge(), this.#deps.config.gatewayLeaderMs);
    this.nudge();
  }

  /** Something has changed: looks at the nodes now. */
  nudge(): void {
    if (this.#stopped) return;
    if (this.#running !== undefined) {
      this.#again = true;
      return;
    }
    this.#running = this.#run().finally(() => {
      this.#running = undefined;
      if (!this.#again) return;
      this.#again = false;
      this.nudge();
    });
  }

  /** Gives the lease to whoever is next. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    await this.#running;
    if (!this.#holds) return;
    this.#setHolds(false);
    await this.#deps.state.release(LEASE, this.#deps.holder).catch(() => undefined);
  }

  async #run(): Promise<void> {
    const { state, config, holder, log } = this.#deps;
    try {
      const lease = await state.lease(LEASE, holder, config.gatewayLeaseMs);
      this.#epoch = lease.epoch;
      if (!lease.held) this.#left = undefined;
      this.#setHolds(lease.held);
      if (lease.held && !this.#stopped) await this.#lead();
    } catch (cause) {
      if (this.#holds) log.warn({ err: cause }, 'the ring cannot be led: state is away; it stays as it is');
      this.#setHolds(false);
    }
  }

  #setHolds(holds: boolean): void {
    if (holds !== this.#holds)
      this.#deps.log.info({ epoch: this.#epoch }, holds ? 'leading the ring' : 'not leading the ring any more');
    this.#holds = holds;
    this.#deps.metrics.ringLeader.set(holds ? 1 : 0);
  }

  async #lead(): Promise<void> {
    const { state, view, clock, log } = this.#deps;
    const stored = await state.ring.read();
    this.#left ??= leftOf(await state.ring.history(HISTORY), stored);
    view.heardOf(stored.version);
    // Where state has lost its last versions, memory knows better.
    const base = stored.version >= view.version ? stored : view.document;
    const { nodes, causes } = this.#decide(base.nodes);
    if (nodes.length === 0 && base.nodes.length > 0) return this.#freeze(causes);
    this.#freeze([]);
    if (base !== stored) causes.push(`version ${base.version} was lost by state`);
    if (causes.length === 0) return;
    const document: RingDocument = {
      version: Math.max(stored.version, view.highest) + 1,
      epoch: this.#epoch,
      nodes,
      at: clock.now(),
      cause: causes.join('; '),
    };
    if (!(await state.ring.write(document, stored.version))) return;
    for (const { incarnation } of base.nodes)
      if (!nodes.some((node) => node.incarnation === incarnation)) this.#left.add(incarnation);
    log.info({ version: document.version, cause: document.cause, nodes: nodes.map((node) => node.id) }, 'ring written');
    this.#deps.onWritten(document);
  }

  #freeze(causes: string[]): void {
    const why = causes.join('; ');
    if (why !== '' && this.#frozen === '')
      this.#deps.log.error({ why }, 'the ring would turn empty: it is kept as it is');
    this.#frozen = why;
    this.#deps.metrics.ringFrozen.set(why === '' ? 0 : 1);
  }

  #decide(present: RingNode[]): { nodes: RingNode[]; causes: string[] } {
    const { peers } = this.#deps;
    const nodes: RingNode[] = [];
    const causes: string[] = [];
    for (const node of present) {
      const kept = this.#keep(node, peers.get(node.id), peers.registered.get(node.id), causes);
      if (kept !== undefined) nodes.push(kept);
    }
    for (const registration of peers.registered.values()) {
      if (nodes.some((node) => node.id === registration.id)) continue;
      const joining = this.#join(registration, peers.get(registration.id));
      if (joining === undefined) continue;
      nodes.push(joining);
      causes.push(`${joining.id} joined`);
    }
    return { nodes, causes };
  }

  /** The node as it stays on the ring, undefined when it leaves. */
  #keep(
    node: RingNode,
    peer: NodePeer | undefined,
    registered: Registration | undefined,
    causes: string[],
  ): RingNode | undefined {
    if (peer?.link === undefined) {
      const why = this.#conviction(peer, registered, node);
      if (why === undefined) return node;
      causes.push(`${node.id} left: ${why}`);
      if (node.state === 'up') this.#countFlap(node.id);
      return undefined;
    }
    const { incarnation } = peer.link.peer;
    if (incarnation !== node.incarnation) {
      causes.push(`${node.id} left: it was started anew`);
      return undefined;
    }
    const current = registered !== undefined && isOf(registered, incarnation) ? registered : undefined;
    const state = current?.metadata.state === 'draining' ? 'draining' : 'up';
    const weight = current?.weight ?? node.weight;
    const address = peer.address;
    if (state === node.state && weight === node.weight && address === node.address) return node;
    causes.push(changeOf(node, state, weight));
    return { ...node, state, weight, address };
  }

  /** Why a node without a link leaves; undefined: it may come back. The registry is a hint that shortens the wait, no more. */
  #conviction(peer: NodePeer | undefined, registered: Registration | undefined, node: RingNode): string | undefined {
    if (peer === undefined) return undefined;
    const silence = this.#deps.clock.now() - peer.silentSince;
    if (peer.refusals >= REFUSALS_MIN) return node.state === 'draining' ? 'drained' : 'it refused the link';
    if (node.state === 'draining' && registered === undefined) return 'drained';
    if (silence >= this.#deps.config.linkSilentMs) return `silent for ${silence} ms`;
    return undefined;
  }

  #join(registration: Registration, peer: NodePeer | undefined): RingNode | undefined {
    const { id, weight, metadata } = registration;
    if (peer?.link === undefined || !isOf(registration, peer.link.peer.incarnation)) return undefined;
    const { incarnation } = peer.link.peer;
    if (this.#left?.has(incarnation) === true || metadata.state === 'draining') return undefined;
    if (this.#deps.clock.now() < this.#heldUntil(id)) return undefined;
    return { id, incarnation, address: peer.address, weight, state: 'up' };
  }

  #countFlap(id: string): void {
    const now = this.#deps.clock.now();
    const before = this.#flaps.get(id);
    const count = before !== undefined && now - before.at < FLAP_WINDOW_MS ? before.count + 1 : 1;
    this.#flaps.delete(id);
    this.#flaps.set(id, { count, at: now });
    if (this.#flaps.size > HISTORY) for (const oldest of this.#flaps.keys()) return void this.#flaps.delete(oldest);
  }

  #heldUntil(id: string): number {
    const flap = this.#flaps.get(id);
    if (flap === undefined || flap.count < 2) return 0;
    return flap.at + Math.min(HOLD_MAX_MS, HOLD_MIN_MS * 2 ** (flap.count - 2));
  }
}

/** Incarnations that were on the ring and are not any more. */
function leftOf(history: RingDocument[], stored: RingDocument): Set<string> {
  const present = new Set(stored.nodes.map((node) => node.incarnation));
  const left = new Set<string>();
  for (const { nodes } of history)
    for (const { incarnation } of nodes) if (!present.has(incarnation)) left.add(incarnation);
  return left;
}

/** A static registry does not know incarnations: whoever says HELLO is meant. */
function isOf(registration: Registration, incarnation: string): boolean {
  return registration.incarnation === '' || registration.incarnation === incarnation;
}

function changeOf(node: RingNode, state: RingNode['state'], weight: number): string {
  if (state !== node.state) return state === 'draining' ? `${node.id} drains` : `${node.id} takes sessions again`;
  return weight === node.weight ? `${node.id} has another address` : `${node.id} has weight ${weight}`;
}
