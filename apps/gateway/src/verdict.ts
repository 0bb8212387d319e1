// Whether a node of the ring has gone: by the links of the gateways that live, never by one link alone.
import type { RingNode } from '@message-push/protocol';
import type { View } from './views.ts';

/** What the living gateways say of one life of a node. */
export interface Votes {
  living: number;
  open: number;
  refused: number;
  silent: number;
  /** Some link says that it drains. */
  draining: boolean;
  /** This gateway's own link. */
  own: 'open' | 'lost' | 'gone';
  /** Other lives of the node that gateways are linked with: incarnation → how many. */
  others: Map<string, number>;
}

/** `listed`: the ring names it, so that a gateway that says nothing of it is linked. The first view is this gateway's own. */
export function votesOn(views: readonly View[], id: string, incarnation: string, listed: boolean): Votes {
  const votes: Votes = {
    living: views.length,
    open: 0,
    refused: 0,
    silent: 0,
    draining: false,
    own: 'lost',
    others: new Map(),
  };
  for (const [i, { nodes }] of views.entries()) {
    const opinion = nodes.get(id);
    if (opinion === undefined) {
      if (!listed) continue;
      votes.open++;
      if (i === 0) votes.own = 'open';
    } else if (opinion.incarnation === incarnation) {
      const { link } = opinion;
      if (link !== 'lost') votes[link]++;
      if (opinion.draining) votes.draining = true;
      if (i === 0 && link !== 'lost') votes.own = link === 'open' ? 'open' : 'gone';
    } else if (opinion.link === 'open')
      votes.others.set(opinion.incarnation, (votes.others.get(opinion.incarnation) ?? 0) + 1);
  }
  return votes;
}

/**
 * Why the node leaves; undefined: it stays, or may come back. A refusal counts as much as silence, but sooner: seen by one gateway
 * alone it may be a firewall. The registry has a word only where nobody has a link and no majority has made up its mind.
 */
export function conviction(votes: Votes, state: RingNode['state'], registered: boolean): string | undefined {
  const { living, open, refused, silent, own } = votes;
  const unlisted = open === 0 && !registered;
  if (2 * (refused + silent) > living) {
    if (state === 'draining') return 'drained';
    const seen = living === 1 ? '' : ` (seen by ${refused + silent} of ${living} gateways)`;
    return (refused >= silent ? 'it refused the link' : 'it was silent') + seen;
  }
  if (state === 'draining') return unlisted ? 'drained' : undefined;
  return unlisted && own === 'gone' ? 'nobody has a link to it and the registry does not list it' : undefined;
}

/** Whether so many are more than half of the living. */
export function isMajority(count: number, { living }: Votes): boolean {
  return 2 * count > living;
}
