// For tests: several gateways over one state, and nodes whose wire to each gateway can be cut.
import { ApiError, type RingNode } from '@message-push/protocol';
import { createEmbeddedRegistry, type Registry } from '@message-push/registry';
import { buildRing } from '@message-push/ring';
import { md5 } from '@message-push/ring/md5';
import type { Clock } from '@message-push/runtime';
import type { State } from '@message-push/state';
import { metric, type NodeEnd, type Platform, startGateway, startNode, startState, until } from './fixture.ts';
import type { GatewayConfig, GatewayStats } from './index.ts';

/** Silence in a third of a second instead of two. */
export const FAST: Partial<GatewayConfig> = {
  linkSilentMs: 300,
  linkPingMs: 40,
  linkLateMs: 250,
  gatewayOwnerWaitMs: 300,
  gatewayLeaseMs: 600,
};

export interface Cluster {
  state: State;
  registry: Registry;
  /** g1, g2, …; the first leads unless a test changes that. */
  gateways: Platform[];
  /** n1, n2, … */
  nodes: NodeEnd[];
}

export interface ClusterOptions {
  gateways: number;
  nodes: number;
  config?: Partial<GatewayConfig>;
  /** What a gateway is given in place of the shared one. */
  state?(id: string, shared: State): State;
  registry?(id: string, shared: Registry): Registry;
  clock?: Clock;
}

/** A cluster whose ring names all nodes, with a link from each gateway to each of them. */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const state = await startState();
  const registry = createEmbeddedRegistry();
  const cluster: Cluster = { state, registry, gateways: [], nodes: [] };
  for (let i = 1; i <= options.gateways; i++) {
    const id = `g${i}`;
    const gateway = await startGateway({
      id,
      state: options.state?.(id, state) ?? state,
      registry: options.registry?.(id, registry) ?? registry,
      config: { ...FAST, ...options.config },
      ...(options.clock && { clock: options.clock }),
    });
    cluster.gateways.push(gateway);
    if (i === 1) await until(async () => (await metric(gateway, 'mp_gateway_ring_leader')) === 1);
  }
  for (let i = 1; i <= options.nodes; i++) cluster.nodes.push(await startNode(registry, `n${i}`, { wired: true }));
  await until(async () => (await ringOf(cluster)).length === options.nodes);
  const { version } = await state.ring.read();
  await until(() => cluster.nodes.every(({ links }) => links.length === options.gateways));
  for (const gateway of cluster.gateways)
    await until(async () => (await metric(gateway, 'mp_gateway_ring_version')) === version);
  return cluster;
}

export const ringOf = async ({ state }: Pick<Cluster, 'state'>): Promise<RingNode[]> => (await state.ring.read()).nodes;
export const idsOf = async (cluster: Pick<Cluster, 'state'>): Promise<string[]> =>
  (await ringOf(cluster)).map(({ id }) => id);

/** What a gateway tells of its link to a node. */
export async function linkOf({ state }: Pick<Cluster, 'state'>, gateway: string, node: string) {
  const told = (await state.announced('gateway')).find(({ id }) => id === gateway);
  const stats: GatewayStats | undefined = told && JSON.parse(told.data);
  return stats?.links.find((link) => link.node === node);
}

/** Some uid that belongs to `id` on the ring of these nodes. */
export function uidOf(id: string, ids: string[], nth = 0): string {
  const ring = buildRing(
    ids.map((each) => ({ id: each })),
    md5,
  );
  const uids = Array.from({ length: 1000 }, (_, i) => `u${i}`).filter((uid) => ring.owner(uid) === id);
  return uids[nth] ?? '';
}

/** A state that a test takes away from one gateway, or lets wait in one of its calls. */
export class Grip {
  away = false;
  #calls = new Map<string, number>();
  #held = new Set<string>();
  #gate = Promise.withResolvers<void>();

  /** Calls of this method so far, carried out or held. */
  calls(method: string): number {
    return this.#calls.get(method) ?? 0;
  }

  /** Calls of these methods wait until `release`. `ring.write` is a method of the ring. */
  hold(...methods: string[]): void {
    this.#held = new Set(methods);
  }

  release(): void {
    this.#held.clear();
    this.#gate.resolve();
    this.#gate = Promise.withResolvers<void>();
  }

  wrap(state: State): State {
    return this.#wrap(state, '');
  }

  #wrap<T extends object>(target: T, path: string): T {
    return new Proxy(target, {
      get: (_, key) => {
        const value: unknown = Reflect.get(target, key);
        if (typeof value === 'object' && value !== null) return this.#wrap(value, `${String(key)}.`);
        if (typeof value !== 'function') return value;
        return (...args: unknown[]) => this.#call(`${path}${String(key)}`, () => Reflect.apply(value, target, args));
      },
    });
  }

  #call(name: string, call: () => unknown): unknown {
    if (name === 'connection') return call();
    this.#calls.set(name, this.calls(name) + 1);
    if (this.away) return Promise.reject(new ApiError('STATE_UNAVAILABLE'));
    if (!this.#held.has(name)) return call();
    return this.#gate.promise.then(call);
  }
}
