// Settings of a consumer: every limit it keeps, with its unit and default.
import { type Config, field, int } from '@message-push/runtime';

const MS = { unit: 'ms' };

export const consumerFields = {
  consumerBatchMax: field('CONSUMER_BATCH_MAX', int(200, 1, 10_000), 'Bus records read at once per partition.'),
  consumerGatherMs: field(
    'CONSUMER_GATHER_MS',
    int(10, 0, 1000),
    'Under load records are read this far apart, so that more of them go on their way together; the first after a silence goes at once.',
    MS,
  ),
  consumerAppendsMax: field('CONSUMER_APPENDS_MAX', int(1000, 1, 10_000), 'Inbox entries appended in one call.'),
  consumerRecallsMax: field(
    'CONSUMER_RECALLS_MAX',
    int(100_000, 1, 10_000_000),
    'Messages that were taken back and are remembered; the oldest are forgotten first.',
  ),
  consumerUnsettledMax: field(
    'CONSUMER_UNSETTLED_MAX',
    int(10_000, 1, 1_000_000),
    'Entries of a partition that may be under way at once; the others wait their turn.',
  ),
  consumerReadBytesMax: field(
    'CONSUMER_READ_BYTES_MAX',
    int(32 * 1024 * 1024, 64 * 1024, 16 * 1024 * 1024 * 1024),
    'Memory for bus records that were read and are not done, shared by the partitions; each may exceed its share by one batch.',
    { unit: 'bytes' },
  ),
  consumerUidBytesMax: field(
    'CONSUMER_UID_BYTES_MAX',
    int(128 * 1024, 1024, 16 * 1024 * 1024),
    'Bytes appended for one receiver ahead of the answers to their posts: half of INBOX_BYTES_MAX.',
    { unit: 'bytes' },
  ),
  consumerUidEntriesMax: field(
    'CONSUMER_UID_ENTRIES_MAX',
    int(100, 1, 100_000),
    'Entries appended for one receiver ahead of the answers to their posts: half of INBOX_ENTRIES_MAX.',
  ),
  consumerUidWaitMs: field(
    'CONSUMER_UID_WAIT_MS',
    int(250, 1, 60_000),
    'A receiver whose nodes answer nothing for so long is appended to all the same.',
    MS,
  ),
  consumerCommitMs: field('CONSUMER_COMMIT_MS', int(100, 1, 10_000), 'Offsets are committed this far apart.', MS),
  consumerPostEntriesMax: field('CONSUMER_POST_ENTRIES_MAX', int(1000, 1, 10_000), 'Deliveries in one post to a node.'),
  consumerPostBytesMax: field(
    'CONSUMER_POST_BYTES_MAX',
    int(512 * 1024, 1024, 4 * 1024 * 1024),
    'Message bytes in one post to a node; a single message may be larger.',
    { unit: 'bytes' },
  ),
  consumerPostTimeoutMs: field(
    'CONSUMER_POST_TIMEOUT_MS',
    int(3000, 10, 60_000),
    'A node that has not answered by then is asked again.',
    MS,
  ),
  consumerConnectTimeoutMs: field(
    'CONSUMER_CONNECT_TIMEOUT_MS',
    int(1000, 10, 60_000),
    'A node that has not taken the connection by then is asked again.',
    MS,
  ),
  consumerOnlineOnlyMs: field(
    'CONSUMER_ONLINE_ONLY_MS',
    int(10_000, 100, 60_000),
    'A message for those online now (ttl_s 0) is dropped when it is older.',
    MS,
  ),
  consumerReceiptFlushMs: field(
    'CONSUMER_RECEIPT_FLUSH_MS',
    int(100, 1, 10_000),
    'Receipts are gathered this long.',
    MS,
  ),
  consumerReceiptBatchMax: field(
    'CONSUMER_RECEIPT_BATCH_MAX',
    int(1000, 1, 1000),
    'Receipts in one record of the bus.',
  ),
  consumerRetryMinMs: field(
    'CONSUMER_RETRY_MIN_MS',
    int(50, 1, 60_000),
    'Shortest pause before a node, state, bus or archive is tried again.',
    MS,
  ),
  consumerRetryMaxMs: field(
    'CONSUMER_RETRY_MAX_MS',
    int(1000, 1, 60_000),
    'Longest pause before a node, state, bus or archive is tried again.',
    MS,
  ),
  consumerHistoryBatchMax: field(
    'CONSUMER_HISTORY_BATCH_MAX',
    int(2000, 1, 10_000),
    'Bus records in one write of the archive.',
  ),
  consumerHistoryLingerMs: field(
    'CONSUMER_HISTORY_LINGER_MS',
    int(50, 0, 10_000),
    'The history gathers records at least this long before it writes them; an archive may ask for more.',
    MS,
  ),
  consumerStopTimeoutMs: field(
    'CONSUMER_STOP_TIMEOUT_MS',
    int(10_000, 0, 600_000),
    'A stopping consumer waits this long for what is under way.',
    MS,
  ),
};

export type ConsumerConfig = Config<typeof consumerFields>;
