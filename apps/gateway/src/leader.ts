// The ring's one writer: the gateway that holds the lease stores what the living gateways' links say, one version after the other.
import type { RingDocument, RingNode } from '@message-push/protocol';
import { versionDiff } from '@message-push/ring';
import { md5 } from '@message-push/ring/md5';
import type { Clock, Log } from '@message-push/runtime';
import type { State } from '@message-push/state';
import type { GatewayConfig } from './config.ts';
import type { GatewayMetrics } from './metrics.ts';
import type { NodePeers } from './node-peers.ts';
import { decide } from './ring-decision.ts';
import { RingPast } from './ring-past.ts';
import type { RingView } from './ring-view.ts';
import type { Views } from './views.ts';

export interface LeaderDeps {
  /** Name of this gateway, for people. */
  id: string;
  /** Holder of the lease: unique per life. */
  holder: string;
  config: GatewayConfig;
  clock: Clock;
  log: Log;
  metrics: GatewayMetrics;
  state: Pick<State, 'ring' | 'lease' | 'release'>;
  view: RingView;
  peers: Pick<NodePeers, 'get' | 'values' | 'registered'>;
  views: Pick<Views, 'all' | 'lifetimeMs'>;
  /** A new document was stored. */
  onWritten(document: RingDocument): void;
}

const LEASE = 'ring';
/** State keeps no more versions. */
const HISTORY = 500;

/**
 * Promises: at most one gateway writes (lease, epoch, compare-and-set): the first write of a leader fences off those before it; a
 * version is above every version ever heard of; a ring that has nodes is never replaced by an empty one; an incarnation that left is
 * never added again; nobody is convicted before every living gateway could tell what it sees.
 */
export class Leader {
  #deps: LeaderDeps;
  #timer: NodeJS.Timeout | undefined;
  #soon: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #again = false;
  #stopped = false;
  #epoch = 0;
  #holds = false;
  /** A version of this epoch is stored: no leader before this one can write any more. */
  #fenced = false;
  #past: RingPast | undefined;
  #frozen = '';
  /** State has answered without a pause since; undefined = it does not. */
  #inTouchSince: number | undefined;

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
    this.#timer = setInterval(() => this.#look(), this.#deps.config.gatewayLeaderMs);
    this.#look();
  }

  /** Something has changed: a leader looks at the nodes now. */
  nudge(): void {
    if (this.#holds) this.#look();
  }

  /** This process stood still: what it knew of the lease and of the other gateways is old. */
  onLate(): void {
    this.#inTouchSince = undefined;
  }

  /** Gives the lease to whoever is next. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    clearTimeout(this.#soon);
    await this.#running;
    if (!this.#holds) return;
    this.#setHolds(false);
    await this.#deps.state.release(LEASE, this.#deps.holder).catch(() => undefined);
  }

  #look(): void {
    if (this.#stopped) return;
    if (this.#running !== undefined) {
      this.#again = true;
      return;
    }
    this.#running = this.#run().finally(() => {
      this.#running = undefined;
      if (!this.#again) return;
      this.#again = false;
      this.#look();
    });
  }

  async #run(): Promise<void> {
    const { state, config, holder, log, clock, view, views } = this.#deps;
    const asked = clock.now();
    try {
      const lease = await state.lease(LEASE, holder, config.gatewayLeaseMs);
      if (lease.epoch !== this.#epoch) this.#fenced = false;
      this.#epoch = lease.epoch;
      if (!lease.held) this.#past = undefined;
      this.#setHolds(lease.held);
      this.#touched(asked);
      if (lease.held && !this.#stopped) await this.#lead(asked);
      // Who may lead next listens while a node is missed: by then it knows who lives.
      else if (this.#misses(view.document.nodes, clock.now())) await views.all();
    } catch (cause) {
      if (this.#holds) log.warn({ err: cause }, 'the ring cannot be led: state is away; it stays as it is');
      this.#setHolds(false);
      this.#inTouchSince = undefined;
    }
  }

  /** While state was slow the others' announcements may have ended: they get the time to renew them. */
  #touched(asked: number): void {
    const { config, clock } = this.#deps;
    const now = clock.now();
    if (now - asked > config.gatewayViewMs || now < asked) this.#inTouchSince = undefined;
    this.#inTouchSince ??= now;
  }

  #setHolds(holds: boolean): void {
    if (holds !== this.#holds)
      this.#deps.log.info({ epoch: this.#epoch }, holds ? 'leading the ring' : 'not leading the ring any more');
    this.#holds = holds;
    if (!holds) this.#freeze('');
    this.#deps.metrics.ringLeader.set(holds ? 1 : 0);
  }

  /** `asked`: the lease was asked for then. */
  async #lead(asked: number): Promise<void> {
    const { state, view, clock, config, views, peers } = this.#deps;
    const [stored, seen] = await Promise.all([state.ring.read(), views.all()]);
    this.#past ??= new RingPast(config, await state.ring.history(HISTORY));
    this.#touched(asked);
    const now = clock.now();
    // After a pause, of this process or of state, somebody else may hold the lease: what was asked before it decides nothing.
    if (now - asked >= config.gatewayLeaseMs || now < asked) return this.#lookSoon();
    view.heardOf(stored.version);
    if (stored.version > 0 && stored.epoch >= this.#epoch + (this.#fenced ? 1 : 0))
      return this.#renewEpoch(stored.epoch);
    // Where state has lost its last versions, memory knows better.
    const base = stored.version >= view.version ? stored : view.document;
    this.#past.add(base);
    const complete = this.#inTouchSince !== undefined && now - this.#inTouchSince >= views.lifetimeMs;
    const decision = decide(base.nodes, { now, views: seen, complete, peers, past: this.#past });
    if (!complete || this.#misses(base.nodes, now)) this.#lookSoon();
    const nodes = this.#thaw(base.nodes, decision.nodes, decision.causes);
    const causes = nodes === base.nodes ? [] : decision.causes;
    if (base !== stored) causes.push(`version ${base.version} was lost by state`);
    if (!this.#fenced && stored.version > 0) causes.push(`${this.#deps.id} leads`);
    if (causes.length > 0) await this.#write(stored, base.nodes, nodes, causes.join('; '));
  }

  async #write(stored: RingDocument, before: RingNode[], nodes: RingNode[], cause: string): Promise<void> {
    const { state, view, clock, log } = this.#deps;
    const version = Math.max(stored.version, view.highest) + 1;
    const document: RingDocument = { version, epoch: this.#epoch, nodes, at: clock.now(), cause };
    if (!(await state.ring.write(document, stored.version))) return this.#lookSoon();
    this.#fenced = true;
    this.#past?.add(document);
    const { moved } = versionDiff(before, nodes, md5);
    log.info({ version, cause, moved, nodes: nodes.map((node) => node.id) }, 'ring written');
    this.#deps.onWritten(document);
  }

  /** State has lost its last leases, so that this epoch was used before: only a higher one fences off who used it. */
  async #renewEpoch(used: number): Promise<void> {
    const { state, holder, config, log } = this.#deps;
    log.warn({ epoch: this.#epoch, used }, 'state has lost an epoch: taking a higher one');
    for (let held = true; held && this.#epoch <= used && !this.#stopped; ) {
      await state.release(LEASE, holder);
      const lease = await state.lease(LEASE, holder, config.gatewayLeaseMs);
      held = lease.held;
      this.#epoch = lease.epoch;
    }
    this.#fenced = false;
    this.#again = true;
  }

  /** The ring never turns empty: it is kept, until a node answers. */
  #thaw(before: RingNode[], after: RingNode[], causes: string[]): RingNode[] {
    const empty = after.length === 0 && before.length > 0;
    this.#freeze(empty ? causes.join('; ') : '');
    return empty ? before : after;
  }

  #freeze(why: string): void {
    if (why !== '' && this.#frozen === '')
      this.#deps.log.error({ why }, 'the ring would turn empty: it is kept as it is');
    this.#frozen = why;
    this.#deps.metrics.ringFrozen.set(why === '' ? 0 : 1);
  }

  /** Whether a node of the ring has lost its link just now, or has come back as another life: soon there is more to know. */
  #misses(nodes: RingNode[], now: number): boolean {
    const { peers, config } = this.#deps;
    const since = now - 2 * config.linkSilentMs;
    return nodes.some(({ id, incarnation }) => {
      const peer = peers.get(id);
      if (peer?.link === undefined) return peer !== undefined && peer.silentSince > since;
      return peer.link.peer.incarnation !== incarnation && peer.openedAt > since;
    });
  }

  #lookSoon(): void {
    clearTimeout(this.#soon);
    if (!this.#stopped) this.#soon = setTimeout(() => this.#look(), this.#deps.config.gatewaySuspectMs);
  }
}
