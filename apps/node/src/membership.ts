// The node's place in the platform: registered under one incarnation, back under a new one when the ring has dropped it.
import type { RingDocument } from '@message-push/protocol';
import type { Registration, Registry } from '@message-push/registry';
import type { Log } from '@message-push/runtime';
import own from '../package.json' with { type: 'json' };
import type { NodeConfig } from './config.ts';

const { version } = own;

export interface MembershipDeps {
  id: string;
  incarnation: string;
  address: string;
  registry: Pick<Registry, 'register' | 'deregister'>;
  config: NodeConfig;
  log: Log;
  jitter(): number;
  /** The old incarnation is dead for everybody: its sessions are bound elsewhere or will be. */
  onRejoin(): void;
}

/**
 * An incarnation that left the ring is never added again, so a node that was only silent for a while would stay out for ever: it comes
 * back as another one. If the ring has the name with somebody else's incarnation, that one is left alone.
 */
export class Membership {
  #deps: MembershipDeps;
  #incarnation: string;
  #lives = 0;
  #state: 'up' | 'draining' = 'up';
  #listed = false;
  #rival = false;
  /** The ring has dropped the present incarnation. */
  #out = false;
  #wanted: Registration | undefined;
  #registering: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(deps: MembershipDeps) {
    this.#deps = deps;
    this.#incarnation = deps.incarnation;
  }

  get incarnation(): string {
    return this.#incarnation;
  }

  get state(): 'up' | 'draining' {
    return this.#state;
  }

  /** What keeps the node from its work, in words. */
  missing(): string[] {
    if (this.#rival) return [`another process has the ring key ${this.#deps.id}`];
    return this.#listed ? [] : ['the ring does not name this node yet'];
  }

  /** Registers, and keeps trying while the registry is away. */
  announce(state: 'up' | 'draining'): void {
    this.#state = state;
    // It was dropped while it drained: only another incarnation can come back.
    if (state === 'up' && this.#out) this.#renew();
    const { id, address, config } = this.#deps;
    const metadata = { state, version, ...(config.nodeZone !== '' && { zone: config.nodeZone }) };
    const incarnation = this.#incarnation;
    this.#wanted = { role: 'node', id, incarnation, address, weight: config.nodeWeight, metadata };
    this.#register();
  }

  onRing(ring: RingDocument): void {
    const named = ring.nodes.find(({ id }) => id === this.#deps.id);
    const listed = named?.incarnation === this.#incarnation;
    const dropped = (this.#listed || this.#rival) && !listed;
    this.#listed = listed;
    if (dropped && named === undefined) this.#dropped(ring);
    if (dropped && named !== undefined && !this.#rival)
      this.#deps.log.error({ id: this.#deps.id, ring: ring.version }, 'another process has our ring key');
    this.#rival = dropped && named !== undefined;
  }

  /** Takes the registration back; resolves also when the registry is away. */
  async leave(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#registering;
    if (this.#wanted === undefined) return;
    try {
      await this.#deps.registry.deregister(this.#wanted);
    } catch (cause) {
      this.#deps.log.warn({ err: cause }, 'the registration could not be taken back: the links will tell');
    }
  }

  #dropped(ring: RingDocument): void {
    this.#out = true;
    this.#deps.log.warn({ ring: ring.version, cause: ring.cause, state: this.#state }, 'dropped by the ring');
    if (this.#state === 'up') this.announce('up');
  }

  #renew(): void {
    this.#out = false;
    this.#lives++;
    this.#incarnation = `${this.#deps.incarnation}.${this.#lives}`;
    this.#deps.log.info({ incarnation: this.#incarnation }, 'coming back to the ring as another incarnation');
    this.#deps.onRejoin();
  }

  #register(failures = 0): void {
    clearTimeout(this.#timer);
    const registration = this.#wanted;
    if (registration === undefined || this.#stopped) return;
    const { registry, config, log, jitter } = this.#deps;
    // One call after the other: an older one that is late must not undo a newer one.
    this.#registering = (this.#registering ?? Promise.resolve())
      .then(() => registry.register(registration))
      .catch((cause: unknown) => {
        if (failures === 0) log.warn({ err: cause }, 'not registered: the registry is away; trying again');
        if (this.#stopped || this.#wanted !== registration) return;
        const most = Math.min(config.nodeRetryMaxMs, config.nodeRetryMinMs * 2 ** Math.min(failures, 16));
        this.#timer = setTimeout(() => this.#register(failures + 1), most / 2 + (jitter() * most) / 2);
      });
  }
}
