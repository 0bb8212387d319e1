// What a consumer counts.
import { gauge, histogram, type Metrics, tally } from '@message-push/runtime';

export function consumerMetrics(metrics: Metrics, id: string) {
  const count = (name: string, help: string) => tally(metrics, `mp_consumer_${name}_total`, help, { id });
  const level = (name: string, help: string) => gauge(metrics, `mp_consumer_${name}`, help, ['id']).labels({ id });
  return {
    records: count('records', 'Bus records of pushes read by the delivery group.'),
    appended: count('appended', 'Entries that an inbox took as new.'),
    redelivered: count('redelivered', 'Entries that an inbox held already or had let go.'),
    posted: count('posted', 'Deliveries that a node answered.'),
    offline: count('offline', 'Deliveries for which nobody was bound.'),
    evicted: count('evicted', 'Entries pushed out of a full inbox before they were delivered.'),
    expired: count('expired', 'Deliveries whose time was over before they reached an inbox.'),
    recalled: count('recalled', 'Deliveries not sent because their sender took them back.'),
    paced: count('paced', 'Times an app waited because the posts of one of its receivers were not answered yet.'),
    settled: count('settled', 'Bus records with nothing left to do.'),
    dead: count('dead', 'Dead letters written.'),
    postFailures: count('post_failures', 'Posts to a node that failed and were tried again.'),
    refusedPosts: count(
      'posts_refused',
      'Posts that a node would never take; their receivers catch up from the inbox.',
    ),
    convicted: count('nodes_out', 'Node incarnations found to be out of the ring.'),
    rewinds: count('rewinds', 'Times a partition went back to its committed offset.'),
    stateFailures: count('state_failures', 'Calls to state that failed.'),
    receipts: count('receipts', 'Receipts published.'),
    unsettled: level('unsettled', 'Entries under way.'),
    readBytes: level('read_bytes', 'Memory of the bus records that were read and are not done, about.'),
    recalls: level('recalls_known', 'Messages known to be taken back.'),
    paused: level('partitions_paused', 'Partitions that wait because too much was read or is under way.'),
    oldestMs: level('oldest_unsettled_ms', 'Age of the oldest entry on the bus that is not settled.'),
    waitingMs: level('waiting_ms', 'Age of the oldest entry on the bus that has not been started.'),
    deliveryLag: level('delivery_lag', 'Records of pushes not yet committed by the delivery group.'),
    historyLag: level('history_lag', 'Records not yet in the archive.'),
    historyWritten: count('history_written', 'Bus records written to the archive.'),
    historyDropped: count('history_dropped', 'Records that can never be archived.'),
    historyFailures: count('history_failures', 'Writes of the archive that failed and were tried again.'),
    postSeconds: histogram(
      metrics,
      'mp_consumer_post_seconds',
      'Time until a node answered a post.',
      [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 3],
      ['id'],
    ).labels({ id }),
  };
}

export type ConsumerMetrics = ReturnType<typeof consumerMetrics>;
