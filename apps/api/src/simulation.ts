// What a change of the ring would move, before anybody makes it. Pure.
import { inputError } from '@message-push/protocol';
import type { SimulateRequest, SimulationView } from '@message-push/protocol/admin';
import { buildRing, changed, ownersOf, pointsByNode, type RingMember, simulate } from '@message-push/ring';
import { md5 } from '@message-push/ring/md5';

interface Listed extends RingMember {
  state: 'up' | 'draining';
}

/**
 * `uids`: persons online per node. Throws INVALID_BODY for nodes that are not there, or are there already, and for a change that would
 * leave no node: a ring is never empty.
 */
export function simulationOf(
  { version, nodes }: { version: number; nodes: readonly Listed[] },
  change: SimulateRequest,
  uids: ReadonlyMap<string, number>,
): SimulationView {
  checkChange(nodes, change);
  const owners = ownersOf(nodes);
  const after = buildRing(changed(owners, change), md5);
  if (after.nodes.length === 0) throw inputError('INVALID_BODY', [{ path: 'remove', problem: 'must leave a node' }]);
  const simulated = simulate(owners, change, md5);
  const before = new Map(simulated.before.map(({ id, share }) => [id, share]));
  // A node's persons are spread evenly over its part.
  const moving = simulated.moves.map(({ from = '', share }) => {
    const owned = before.get(from) ?? 0;
    return owned === 0 ? 0 : ((uids.get(from) ?? 0) * share) / owned;
  });
  return {
    ring_version: version,
    ...simulated,
    users_moved: Math.round(moving.reduce((total, count) => total + count, 0)),
    users_online: [...uids.values()].reduce((total, count) => total + count, 0),
    points: Object.fromEntries(pointsByNode(after)),
  };
}

function checkChange(nodes: readonly Listed[], { remove, add, weights }: SimulateRequest): void {
  const ids = new Set(nodes.map(({ id }) => id));
  const added = new Set(add.map(({ id }) => id));
  const details = [
    ...remove.flatMap((id, n) => (ids.has(id) ? [] : [{ path: `remove[${n}]`, problem: NOT_THERE }])),
    ...add.flatMap(({ id }, n) =>
      ids.has(id) && !remove.includes(id) ? [{ path: `add[${n}].id`, problem: 'is on the ring already' }] : [],
    ),
    ...Object.keys(weights).flatMap((id) =>
      ids.has(id) || added.has(id) ? [] : [{ path: `weights.${id}`, problem: NOT_THERE }],
    ),
  ];
  if (details.length > 0) throw inputError('INVALID_BODY', details);
}

const NOT_THERE = 'is no node of the ring';
