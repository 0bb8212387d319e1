// Asks everybody who knows something of the ring: its nodes, the gateways, the registry.
import type { NodeStats, RingDocument } from '@message-push/protocol';
import type { Registration } from '@message-push/registry';
import type { Clock } from '@message-push/runtime';
import type { State } from '@message-push/state';
import { gatewaysOf } from './gateways.ts';
import { kept } from './kept.ts';
import type { Nodes } from './nodes.ts';
import type { RingPast } from './ring-past.ts';
import type { RingFacts } from './ring-report.ts';

export interface RingFactsDeps {
  clock: Clock;
  state: Pick<State, 'announced'>;
  nodes: Pick<Nodes, 'stats'>;
  ring(): RingDocument;
  ringPast: RingPast;
  registered: { nodes(): readonly Registration[] | undefined };
}

/** Who looks within this time sees the same. */
const FRESH_MS = 900;

/** What is known now; nodes are asked at most about once a second, however many operators look. */
export function ringFacts({
  clock,
  state,
  nodes,
  ring,
  ringPast,
  registered,
}: RingFactsDeps): () => Promise<RingFacts> {
  const answeredAt = new Map<string, number>();
  const read = async (): Promise<RingFacts> => {
    const document = ring();
    const asked = document.nodes.map(async (node): Promise<[string, NodeStats | undefined]> => {
      return [node.id, await nodes.stats(node)];
    });
    const [told, gateways] = await Promise.all([Promise.all(asked), gatewaysOf(state).catch(() => [])]);
    const stats = new Map(told.flatMap(([id, one]) => (one === undefined ? [] : [[id, one] as const])));
    const now = clock.now();
    for (const id of stats.keys()) answeredAt.set(id, now);
    const onRing = new Set(document.nodes.map(({ id }) => id));
    for (const id of answeredAt.keys()) if (!onRing.has(id)) answeredAt.delete(id);
    const silentMs = new Map([...answeredAt].map(([id, at]) => [id, now - at]));
    return { document, ring: ringPast.built(document), stats, silentMs, gateways, registered: registered.nodes() };
  };
  return kept(FRESH_MS, () => clock.now(), read);
}
