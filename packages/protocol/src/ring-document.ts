// The stored ring: one versioned document, written by one elected gateway, read by all.

export interface RingNode {
  /** Stable key on the ring: NODE_RING_KEY, default ip:port. */
  id: string;
  /** Unique per process life; an incarnation that left is never added again. */
  incarnation: string;
  /** host:port of the node's inner port (links and inner HTTP). */
  address: string;
  /** Scales the virtual nodes; 1 = 40. */
  weight: number;
  state: 'up' | 'draining';
}

export interface RingDocument {
  /** 1 + the highest ever seen. */
  version: number;
  /** Fencing epoch of the leader that wrote it. */
  epoch: number;
  nodes: RingNode[];
  /** Epoch milliseconds. */
  at: number;
  /** Who joined or left and why, one sentence. */
  cause: string;
}

export const EMPTY_RING: RingDocument = { version: 0, epoch: 0, nodes: [], at: 0, cause: 'no ring yet' };
