// What the next ring should be: who leaves, drains, was started anew, joins; pure, from what the living gateways say.
import type { RingNode } from '@message-push/protocol';
import type { Registration } from '@message-push/registry';
import type { NodePeer } from './node-peer.ts';
import type { RingPast } from './ring-past.ts';
import { conviction, isMajority, type Votes, votesOn } from './verdict.ts';
import type { View } from './views.ts';

export interface Surroundings {
  now: number;
  /** Of all gateways that live, this one's first. */
  views: readonly View[];
  /** The views are complete: everybody who lives had the time to tell his. */
  complete: boolean;
  peers: { get(id: string): NodePeer | undefined; registered: ReadonlyMap<string, Registration> };
  past: RingPast;
}

export interface Decision {
  nodes: RingNode[];
  /** What changes, a clause each; empty = nothing. */
  causes: string[];
}

export function decide(present: readonly RingNode[], around: Surroundings): Decision {
  const nodes: RingNode[] = [];
  const causes: string[] = [];
  for (const node of present) {
    const { kept, cause } = stayOf(node, around);
    if (kept !== undefined) nodes.push(kept);
    if (cause !== undefined) causes.push(`${node.id} ${cause}`);
  }
  for (const registration of around.peers.registered.values()) {
    if (nodes.some((node) => node.id === registration.id)) continue;
    const joining = joinOf(registration, around);
    if (joining === undefined) continue;
    nodes.push(joining);
    causes.push(`${joining.id} joined`);
  }
  return { nodes, causes };
}

interface Stay {
  /** The node as it stays on the ring, undefined when it leaves. */
  kept?: RingNode;
  /** What is to be told of it. */
  cause?: string;
}

function stayOf(node: RingNode, around: Surroundings): Stay {
  const { views, peers, complete } = around;
  const votes = votesOn(views, node.id, node.incarnation, true);
  const anew = lifeOf(node.id, votes, around);
  // Two processes with one name: the one that most gateways are linked with stays.
  if (anew !== undefined && anew !== node.incarnation && !isMajority(votes.open, votes))
    return startedAnew(node, anew, around);
  const registered = peers.registered.get(node.id);
  const why = complete ? conviction(votes, node.state, registered !== undefined) : undefined;
  if (why !== undefined) return { cause: `left: ${why}` };
  const kept = { ...node, ...standingOf(node, votes, around) };
  const cause = changeOf(node, kept);
  return cause === undefined ? { kept: node } : { kept, cause };
}

/** Its place on the ring is its name's: another life takes it over at once, unless it fails again and again. */
function startedAnew(node: RingNode, incarnation: string, around: Surroundings): Stay {
  const { views, past, now } = around;
  if (past.heldUntil(node.id) > now) return { cause: 'left: it was started anew once more' };
  const born: RingNode = { ...node, incarnation, state: 'up' };
  const standing = standingOf(born, votesOn(views, node.id, incarnation, false), around);
  return { kept: { ...born, ...standing }, cause: 'was started anew' };
}

/** State, weight and address as link and registry tell them. The link proves the address; that a drain is over must be heard on it. */
function standingOf(
  node: RingNode,
  votes: Votes,
  { peers }: Surroundings,
): Pick<RingNode, 'state' | 'weight' | 'address'> {
  const registered = peers.registered.get(node.id);
  // A static list does not know incarnations.
  const itsOwn =
    registered !== undefined && (registered.incarnation === '' || registered.incarnation === node.incarnation);
  const drains = votes.draining || (itsOwn && registered.metadata.state === 'draining');
  const peer = peers.get(node.id);
  const linked = peer?.link?.peer.incarnation === node.incarnation;
  const state = drains ? 'draining' : linked ? 'up' : node.state;
  return { state, weight: itsOwn ? registered.weight : node.weight, address: linked ? peer.address : node.address };
}

function joinOf(registration: Registration, around: Surroundings): RingNode | undefined {
  const { id, address, weight } = registration;
  const { views, past, now, peers } = around;
  const incarnation = lifeOf(id, votesOn(views, id, '', false), around);
  if (incarnation === undefined || past.heldUntil(id) > now) return undefined;
  const votes = votesOn(views, id, incarnation, false);
  if (conviction(votes, 'up', true) !== undefined) return undefined;
  const node: RingNode = { id, incarnation, address: peers.get(id)?.address ?? address, weight, state: 'up' };
  const standing = standingOf(node, votes, around);
  return standing.state === 'up' ? { ...node, ...standing } : undefined;
}

/** The life of a node that this gateway, or a majority, is linked with; never one that has left the ring. */
function lifeOf(id: string, votes: Votes, { peers, past }: Surroundings): string | undefined {
  const own = peers.get(id)?.link?.peer.incarnation;
  if (own !== undefined && !past.hasLeft(own)) return own;
  for (const [incarnation, count] of votes.others)
    if (isMajority(count, votes) && !past.hasLeft(incarnation)) return incarnation;
  return undefined;
}

function changeOf(before: RingNode, after: RingNode): string | undefined {
  if (after.state !== before.state) return after.state === 'draining' ? 'drains' : 'takes sessions again';
  if (after.weight !== before.weight) return `has weight ${after.weight}`;
  return after.address === before.address ? undefined : 'has another address';
}
