// What a gateway tells of itself for the console.
import type { NodePeer } from './node-peer.ts';

/** What `state.announced('gateway')` holds of each gateway, as JSON. */
export interface GatewayStats {
  id: string;
  incarnation: string;
  address: string;
  state: 'up' | 'draining';
  sockets: number;
  sessions: number;
  /** Sessions without an answered bind. */
  unsettled: number;
  ring_version: number;
  leads_ring: boolean;
  /** Why the ring is kept although its nodes are gone; absent = it is not. */
  ring_frozen?: string;
  links: LinkStats[];
  rss_bytes: number;
}

/** `silent_ms`: without a link for so long; `refusals`: dials in a row that were refused. */
export interface LinkStats {
  node: string;
  open: boolean;
  silent_ms?: number;
  refusals?: number;
}

export function linkStats({ id, link, silentSince, refusals }: NodePeer, now: number): LinkStats {
  if (link !== undefined) return { node: id, open: true };
  return { node: id, open: false, silent_ms: now - silentSince, refusals };
}
