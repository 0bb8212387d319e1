// Settings of the bus, read from the environment by the loader of runtime.
import { type Config, field, int } from '@message-push/runtime';
import { z } from 'zod';

const DAY_MS = 86_400_000;
const MIB = 1024 * 1024;

/** Bounds of the embedded log. */
export const BUS_LIMITS = {
  retentionMs: 7 * DAY_MS,
  retentionBytes: 256 * MIB,
  partitionBytesMax: 1024 * MIB,
  batchBytesMax: MIB,
};

export const busFields = {
  bus: field(
    'BUS',
    z.enum(['embedded'], { error: 'only "embedded" is available: the log lives in this process' }).default('embedded'),
    'Which bus carries pushes and receipts',
  ),
  busPartitions: field('BUS_PARTITIONS', int(4, 1, 1024), 'Partitions of a new embedded log; fixed once it exists'),
  busRetentionMs: field(
    'BUS_RETENTION_MS',
    int(BUS_LIMITS.retentionMs, 60_000, 365 * DAY_MS),
    'Consumed records older than this are deleted (embedded)',
    { unit: 'ms' },
  ),
  busRetentionBytes: field(
    'BUS_RETENTION_BYTES',
    int(BUS_LIMITS.retentionBytes, MIB, 2 ** 40),
    'A partition larger than this loses its oldest consumed records (embedded)',
    { unit: 'bytes' },
  ),
  busPartitionBytesMax: field(
    'BUS_PARTITION_BYTES_MAX',
    int(BUS_LIMITS.partitionBytesMax, MIB, 2 ** 40),
    'A partition of this size refuses new records until its groups have read on (embedded)',
    { unit: 'bytes' },
  ),
  busBatchBytesMax: field(
    'BUS_BATCH_BYTES_MAX',
    int(BUS_LIMITS.batchBytesMax, 1024, 64 * MIB),
    'Most bytes of one batch read from a partition; at least one record is read (embedded)',
    { unit: 'bytes' },
  ),
};

export type BusConfig = Config<typeof busFields>;
