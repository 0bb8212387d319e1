// The ring of a stored document: which of its nodes own something, and what its next version moves.
import { buildRing, type Md5, type RingMember } from './ring.ts';
import { diff, type RingDiff } from './shares.ts';

/** A node as a ring document lists it. */
export interface ListedNode extends RingMember {
  state: 'up' | 'draining';
}

/** The nodes that own something: those that are up, or all of them when every one drains. */
export function ownersOf<N extends ListedNode>(nodes: readonly N[]): readonly N[] {
  const up = nodes.filter(({ state }) => state === 'up');
  return up.length > 0 ? up : nodes;
}

/** What moves when a document with the nodes `after` follows one with the nodes `before`. A node started anew keeps its part. */
export function versionDiff(before: readonly ListedNode[], after: readonly ListedNode[], md5: Md5): RingDiff {
  return diff(buildRing(ownersOf(before), md5), buildRing(ownersOf(after), md5));
}
