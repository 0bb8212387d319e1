// What gateways announce of themselves in state, as far as they say it.
import type { State } from '@message-push/state';

export interface GatewayFacts {
  id: string;
  sessions: number;
  /** Of these the ones whose bind no node has answered yet. */
  unsettled: number;
  /** It is not going away. */
  up: boolean;
  /** Ids of the nodes that it has a link to. */
  linked: ReadonlySet<string>;
  /** Of the others: for how many milliseconds it has had none. */
  silentMs: ReadonlyMap<string, number>;
  /** The ring that it knew when it said this. */
  ringVersion: number;
  leader: boolean;
  frozen: string | undefined;
}

/** The gateways that live. Rejects when state is away. */
export async function gatewaysOf(state: Pick<State, 'announced'>): Promise<GatewayFacts[]> {
  return (await state.announced('gateway')).map(({ id, data }) => gatewayFacts(id, data));
}

/** Which gateway writes the ring, and why the ring is frozen, if it is. */
export function leadership(gateways: readonly GatewayFacts[]): { leader?: string; frozen?: string } {
  const leader = gateways.find((gateway) => gateway.leader);
  if (leader === undefined) return {};
  return { leader: leader.id, ...(leader.frozen !== undefined && { frozen: leader.frozen }) };
}

function gatewayFacts(id: string, data: string): GatewayFacts {
  let told: Record<string, unknown> = {};
  try {
    const value: unknown = JSON.parse(data);
    if (typeof value === 'object' && value !== null) told = { ...value };
  } catch {
    // An announcement without facts.
  }
  const { sessions, unsettled, links, leads_ring, ring_frozen, ring_version, state } = told;
  const listed = Array.isArray(links) ? links : [];
  const open = listed.filter((link) => link?.open === true);
  const silent = listed.filter((link) => link?.open === false && typeof link.silent_ms === 'number');
  return {
    id,
    sessions: countOf(sessions),
    unsettled: countOf(unsettled),
    up: state !== 'draining',
    linked: new Set(open.map(({ node }) => String(node))),
    silentMs: new Map(silent.map(({ node, silent_ms }) => [String(node), silent_ms])),
    ringVersion: typeof ring_version === 'number' ? ring_version : 0,
    leader: leads_ring === true,
    frozen: typeof ring_frozen === 'string' && ring_frozen !== '' ? ring_frozen : undefined,
  };
}

function countOf(value: unknown): number {
  return typeof value === 'number' && Number.isInteger(value) ? value : 0;
}
