// One node as this gateway sees it: where it is dialled, whether it is linked, since when it has not been heard.
import type { Link, LinkClient, LinkError } from '@message-push/link';
import type { Opinion } from './views.ts';

/** Refused dials in a row that count as a refusal: one may hit a node that is just starting anew. */
const REFUSALS_MIN = 2;

export interface NodePeer {
  readonly id: string;
  /** Where it is dialled, or linked. */
  address: string;
  /** All the addresses that registry and ring name for it; the registry's first. */
  addresses: string[];
  client: LinkClient;
  /** The open link; its HELLO named this id. */
  link: Link | undefined;
  /** Epoch milliseconds; of the last link. */
  openedAt: number;
  /** The ring has named the life that is linked. */
  named: boolean;
  /** It said on the open link that it drains. */
  draining: boolean;
  /** The life of the node that what follows is about: the last one linked, or a newer one that the ring names. */
  incarnation: string;
  /** Without a sign of life since, epoch milliseconds; 0 while the link is open. */
  silentSince: number;
  /** Dials in a row that were answered by a refusal: nobody listens there, or it is going away. */
  refusals: number;
}

/** A link is open. */
export function onPeerOpen(peer: NodePeer, link: Link, now: number): void {
  peer.link = link;
  peer.openedAt = now;
  peer.incarnation = link.peer.incarnation;
  peer.named = false;
  peer.draining = false;
  peer.silentSince = 0;
  peer.refusals = 0;
}

/** The link is gone. */
export function onPeerLost(peer: NodePeer, since: number): void {
  peer.link = undefined;
  peer.draining = false;
  peer.silentSince = since;
  peer.refusals = 0;
}

/** What was not heard so far says nothing: another life of the node is meant, or this process stood still itself. */
export function startAnew(peer: NodePeer, now: number): void {
  if (peer.link !== undefined) return;
  peer.silentSince = now;
  peer.refusals = 0;
}

/** A dial failed: it is counted, and the next one goes to the next of the node's addresses. Answers whether it was refused. */
export function onPeerDialFailed(peer: NodePeer, error: LinkError): boolean {
  const refused = error.kind === 'refused' || codeOf(error.cause) === 'ECONNREFUSED';
  peer.refusals = refused ? peer.refusals + 1 : 0;
  const { addresses } = peer;
  peer.address = addresses[(addresses.indexOf(peer.address) + 1) % addresses.length] ?? peer.address;
  return refused;
}

/** `silentMs`: so long without a sign of life is silence. */
export function opinionOf(peer: NodePeer, now: number, silentMs: number): Opinion {
  const { incarnation, draining } = peer;
  return { link: linkOf(peer, now, silentMs), incarnation, draining };
}

function linkOf(peer: NodePeer, now: number, silentMs: number): Opinion['link'] {
  if (peer.link !== undefined) return 'open';
  if (now - peer.silentSince >= silentMs) return 'silent';
  // Each of its addresses was tried.
  return peer.refusals >= Math.max(REFUSALS_MIN, peer.addresses.length + 1) ? 'refused' : 'lost';
}

function codeOf(cause: unknown): unknown {
  return typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined;
}
