// Settings of a node: every limit it keeps, with its unit and default.
import { linkFields } from '@message-push/link';
import { type Config, field, int } from '@message-push/runtime';
import { z } from 'zod';

const MS = { unit: 'ms' };

export const nodeFields = {
  ...linkFields,
  nodeRingKey: field(
    'NODE_RING_KEY',
    z.string().min(1).max(128).optional(),
    'Name of the node on the ring; default its address. A stable name keeps sessions in place over a restart.',
  ),
  nodeWeight: field(
    'NODE_WEIGHT',
    z.coerce.number().min(0.025).max(100).default(1),
    'Share of the ring relative to other nodes.',
  ),
  nodeZone: field(
    'NODE_ZONE',
    z.string().max(64).default(''),
    'Where the node stands, e.g. a data centre: told to the registry, shown by the console.',
  ),
  nodeSessionsPerUidMax: field('NODE_SESSIONS_PER_UID_MAX', int(16, 1, 1000), 'Sessions of one uid; more are refused.'),
  nodeLiveBytesMax: field(
    'NODE_LIVE_BYTES_MAX',
    int(768 * 1024, 1024, 1024 * 1024 * 1024),
    'Bytes that a session may have on the way, not yet written to its client; keep it well below GATEWAY_OUTBOUND_BYTES_MAX.',
    { unit: 'bytes' },
  ),
  nodePullBytesMax: field(
    'NODE_PULL_BYTES_MAX',
    int(64 * 1024, 1024, 16 * 1024 * 1024),
    'The same while all sessions together have NODE_UNWRITTEN_BYTES_MAX on the way.',
    { unit: 'bytes' },
  ),
  nodeUnwrittenBytesMax: field(
    'NODE_UNWRITTEN_BYTES_MAX',
    int(128 * 1024 * 1024, 0, 64 * 1024 * 1024 * 1024),
    'From so many bytes on the way to all sessions on, each may have only NODE_PULL_BYTES_MAX.',
    { unit: 'bytes' },
  ),
  nodePullsMax: field('NODE_PULLS_MAX', int(128, 1, 10_000), 'Pulls from the inboxes under way at once.'),
  nodeUnreportedMax: field(
    'NODE_UNREPORTED_MAX',
    int(256, 8, 10_000),
    'Messages per session remembered until they are written and acknowledged; older ones get their receipt from the inbox.',
  ),
  nodeCursorFlushMs: field('NODE_CURSOR_FLUSH_MS', int(150, 1, 10_000), 'Cursors move in batches this far apart.', MS),
  nodeReceiptFlushMs: field('NODE_RECEIPT_FLUSH_MS', int(200, 1, 10_000), 'Receipts are gathered this long.', MS),
  nodeReceiptWaitMs: field(
    'NODE_RECEIPT_WAIT_MS',
    int(500, 0, 60_000),
    'A cursor waits this long for the receipts of what it passes.',
    MS,
  ),
  nodeReceiptBatchMax: field('NODE_RECEIPT_BATCH_MAX', int(1000, 1, 1000), 'Receipts in one record of the bus.'),
  nodeReceiptQueueMax: field(
    'NODE_RECEIPT_QUEUE_MAX',
    int(200_000, 1000, 10_000_000),
    'Receipts kept while the bus is away; then the oldest are dropped and counted.',
  ),
  nodeRecordIntervalMs: field(
    'NODE_RECORD_INTERVAL_MS',
    int(180_000, 100, 3_600_000),
    'A node records its sessions in the inboxes again this often, as a net.',
    MS,
  ),
  nodeRecordsMax: field('NODE_RECORDS_MAX', int(64, 1, 10_000), 'Sessions recorded again at once.'),
  nodeRecentUnbindsMax: field(
    'NODE_RECENT_UNBINDS_MAX',
    int(10_000, 0, 1_000_000),
    'Unbinds remembered, to be repeated when state comes back without them.',
  ),
  nodeBindTimeoutMs: field(
    'NODE_BIND_TIMEOUT_MS',
    int(1000, 10, 60_000),
    'A session whose inbox has not answered by then is taken without it and catches up later.',
    MS,
  ),
  nodeRetryMinMs: field(
    'NODE_RETRY_MIN_MS',
    int(100, 1, 60_000),
    'Shortest pause before state or bus is tried again.',
    MS,
  ),
  nodeRetryMaxMs: field(
    'NODE_RETRY_MAX_MS',
    int(2000, 1, 60_000),
    'Longest pause before state or bus is tried again.',
    MS,
  ),
  nodeDrainTimeoutMs: field(
    'NODE_DRAIN_TIMEOUT_MS',
    int(20_000, 0, 600_000),
    'A stopping node waits this long for the gateways to move its sessions.',
    MS,
  ),
  nodeBodyBytesMax: field(
    'NODE_BODY_BYTES_MAX',
    int(8 * 1024 * 1024, 64 * 1024, 256 * 1024 * 1024),
    'Body of a call on the inner port.',
    { unit: 'bytes' },
  ),
};

export type NodeConfig = Config<typeof nodeFields>;
