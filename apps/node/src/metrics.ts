// What a node counts.
import { gauge, histogram, type Metrics, tally } from '@message-push/runtime';

export function nodeMetrics(metrics: Metrics, id: string) {
  const totals = { deliveries: 0, catchUps: 0 };
  const count = (name: string, help: string) => tally(metrics, `mp_node_${name}_total`, help, { id });
  const level = (name: string, help: string) => gauge(metrics, `mp_node_${name}`, help, ['id']).labels({ id });
  return {
    /** What /v1/inner/stats tells, because a counter of prom-client cannot be read at once. */
    totals,
    sessions: level('sessions', 'Sessions bound here.'),
    uids: level('uids', 'Persons with a session here.'),
    unwritten: level(
      'unwritten_bytes',
      'Bytes sent to clients and not yet written to their sockets, each client by itself.',
    ),
    strays: count('strays', 'Posts for persons without a session here, whose records are removed.'),
    unattached: level('sessions_unattached', 'Sessions taken while state was away, not yet recorded.'),
    deliveries: count('deliveries', 'Messages sent down a link, per session.'),
    frames: count('frames', 'Frames sent down a link, each for all its sessions.'),
    catchUps: count('catch_ups', 'Times a session fell back to reading its inbox.'),
    posts: count('posts', 'Batches taken from consumers.'),
    expired: count('expired', 'Messages not sent because their time was over.'),
    refused: count('binds_refused', 'BINDs answered with REFUSED.'),
    stateFailures: count('state_failures', 'Calls to state that failed.'),
    receipts: count('receipts', 'Receipts published.'),
    receiptsDropped: count('receipts_dropped', 'Receipts dropped because the bus was away too long.'),
    receiptsQueued: level('receipts_queued', 'Receipts waiting for the bus.'),
    rejoins: count('rejoins', 'Times the node came back under a new incarnation after the ring had dropped it.'),
    postSeconds: histogram(
      metrics,
      'mp_node_post_seconds',
      'Time to carry out one batch of a consumer.',
      [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25],
      ['id'],
    ).labels({ id }),
  };
}

export type NodeMetrics = ReturnType<typeof nodeMetrics>;
