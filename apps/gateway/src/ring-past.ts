// What the ring's history says of a node: which lives of it are over, and how long one that keeps failing has to wait.
import type { RingDocument, RingNode } from '@message-push/protocol';
import type { GatewayConfig } from './config.ts';

export type HoldConfig = Pick<GatewayConfig, 'gatewayHoldMinMs' | 'gatewayHoldMaxMs' | 'gatewayFlapWindowMs'>;

/** Most nodes whose failures are counted. */
const FAILING_MAX = 10_000;

/** Built from the stored history, so that the next leader knows what the last one knew; it grows with each version. */
export class RingPast {
  #config: HoldConfig;
  #left = new Set<string>();
  #failures = new Map<string, { count: number; at: number }>();
  #nodes: readonly RingNode[] = [];
  #version = 0;

  /** `history`: newest first, as state answers it. */
  constructor(config: HoldConfig, history: readonly RingDocument[]) {
    this.#config = config;
    for (const document of history.toReversed()) this.add(document);
  }

  /** A later version; others are known already. */
  add({ version, nodes, at }: RingDocument): void {
    if (version <= this.#version) return;
    this.#version = version;
    const present = new Set(nodes.map(({ incarnation }) => incarnation));
    for (const { id, incarnation, state } of this.#nodes) {
      if (present.has(incarnation)) continue;
      this.#left.add(incarnation);
      // A drain is no failure.
      if (state === 'up') this.#fail(id, at);
    }
    this.#nodes = nodes;
  }

  /** This life of a node was on the ring and is not any more: it never comes back. */
  hasLeft(incarnation: string): boolean {
    return this.#left.has(incarnation);
  }

  /** When a node that failed several times may be on the ring again, epoch milliseconds. */
  heldUntil(id: string): number {
    const { gatewayHoldMinMs, gatewayHoldMaxMs } = this.#config;
    const failures = this.#failures.get(id);
    if (failures === undefined || failures.count < 2) return 0;
    return failures.at + Math.min(gatewayHoldMaxMs, gatewayHoldMinMs * 2 ** (failures.count - 2));
  }

  #fail(id: string, at: number): void {
    const before = this.#failures.get(id);
    const count = before !== undefined && at - before.at < this.#config.gatewayFlapWindowMs ? before.count + 1 : 1;
    // Deleted first, so that the map is in order of the last failure.
    this.#failures.delete(id);
    this.#failures.set(id, { count, at });
    if (this.#failures.size > FAILING_MAX)
      for (const oldest of this.#failures.keys()) return void this.#failures.delete(oldest);
  }
}
