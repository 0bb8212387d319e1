// The ring and its nodes as the console shows them: what the ring names, what each node says of itself, what gateways and registry see.
import type { NodeStats, RingDocument, RingNode } from '@message-push/protocol';
import type { NodeRow, RingView } from '@message-push/protocol/admin';
import type { Registration } from '@message-push/registry';
import { pointsByNode, type Ring, shares } from '@message-push/ring';
import { type GatewayFacts, leadership } from './gateways.ts';

export interface RingFacts {
  document: RingDocument;
  /** Of those that own something. */
  ring: Ring;
  /** What each node says of itself, by id; a silent one has none. */
  stats: ReadonlyMap<string, NodeStats>;
  /** Milliseconds since each node last answered this api; one that never did is missing. */
  silentMs: ReadonlyMap<string, number>;
  gateways: readonly GatewayFacts[];
  /** Nodes as the registry lists them; undefined while it has told nothing. */
  registered: readonly Registration[] | undefined;
}

export function ringView(facts: RingFacts): RingView {
  const { version, epoch, at, cause } = facts.document;
  return {
    ...{ version, epoch, at, cause },
    ...leadership(facts.gateways),
    nodes: nodeRows(facts),
    points: Object.fromEntries(pointsByNode(facts.ring)),
    disagreements: disagreements(facts),
  };
}

export function nodeRows({ document, ring, stats, silentMs, gateways, registered = [] }: RingFacts): NodeRow[] {
  const share = new Map(shares(ring).map((one) => [one.id, one.share]));
  // What a gateway said of an older ring tells nothing of the nodes that came since.
  const living = gateways.filter(({ up, ringVersion }) => up && ringVersion >= document.version);
  const metadata = new Map(registered.map((one) => [one.id, one.metadata]));
  return document.nodes.map((node): NodeRow => {
    const told = stats.get(node.id);
    const linked = living.filter((gateway) => gateway.linked.has(node.id)).length;
    const { zone, version } = metadata.get(node.id) ?? {};
    const silences = [silentMs, ...gateways.map((gateway) => gateway.silentMs)].flatMap((ms) => ms.get(node.id) ?? []);
    return {
      ...{ id: node.id, incarnation: node.incarnation, address: node.address, weight: node.weight },
      state: stateOf(node, told, linked === living.length),
      ...(zone !== undefined && { zone }),
      ...(version !== undefined && { version }),
      share: share.get(node.id) ?? 0,
      linked_gateways: linked,
      gateways: living.length,
      ...figuresOf(told),
      ...(silences.length > 0 && { heard_ms: Math.max(0, Math.min(...silences)) }),
      ...(told === undefined && { problem: `node ${node.id} does not answer` }),
    };
  });
}

function stateOf(
  { state, incarnation }: RingNode,
  told: NodeStats | undefined,
  linkedByAll: boolean,
): NodeRow['state'] {
  if (told === undefined) return 'down';
  if (state === 'draining' || told.state === 'draining') return 'draining';
  return linkedByAll && told.incarnation === incarnation ? 'up' : 'suspicious';
}

function figuresOf(told: NodeStats | undefined) {
  return {
    sessions: told?.sessions ?? 0,
    uids: told?.uids ?? 0,
    links: told?.links ?? 0,
    deliveries_per_s: told?.deliveries_per_s ?? 0,
    catch_ups_total: told?.catch_ups_total ?? 0,
    rss_bytes: told?.rss_bytes ?? 0,
    event_loop_p99_ms: told?.event_loop_p99_ms ?? 0,
    uptime_s: told?.uptime_s ?? 0,
    ring_version: told?.ring_version ?? 0,
  };
}

/** A node that drains may be in either place. */
function disagreements({ document, registered }: RingFacts): RingView['disagreements'] {
  if (registered === undefined) return [];
  const onRing = new Set(document.nodes.map(({ id }) => id));
  const listed = new Set(registered.map(({ id }) => id));
  const waiting = registered.filter(({ id, metadata }) => !onRing.has(id) && metadata.state !== 'draining');
  const unlisted = document.nodes.filter(({ id, state }) => !listed.has(id) && state !== 'draining');
  return [
    ...waiting.map(({ id }) => ({ id, problem: 'registered_not_on_ring' as const })),
    ...unlisted.map(({ id }) => ({ id, problem: 'on_ring_not_registered' as const })),
  ];
}
