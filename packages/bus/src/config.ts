// Settings of the bus, read from the environment by the loader of runtime.
import { type Config, field, flag, int } from '@message-push/runtime';
import { z } from 'zod';

const DAY_MS = 86_400_000;
const MIB = 1024 * 1024;

/** Partitions of a new embedded log. */
export const EMBEDDED_PARTITIONS = 4;

/** Bounds of the embedded log. */
export const BUS_LIMITS = {
  retentionMs: 7 * DAY_MS,
  retentionBytes: 256 * MIB,
  partitionBytesMax: 1024 * MIB,
  batchBytesMax: MIB,
};

const text = z.string().trim().min(1).optional();
const bytes = { unit: 'bytes' };
const ms = { unit: 'ms' };

/** What BUS=kafka needs besides; the limits of a broker may be lower than these. */
const kafkaFields = {
  kafkaBrokers: field('KAFKA_BROKERS', text, 'Brokers to begin with, as host:port,host:port (kafka)'),
  kafkaTls: field('KAFKA_TLS', flag(false), 'Speak TLS with the brokers (kafka)'),
  kafkaCaFile: field('KAFKA_CA_FILE', text, 'File with the certificates to trust instead of the usual ones (kafka)'),
  kafkaUsername: field('KAFKA_USERNAME', text, 'Name to sign in with (kafka)'),
  kafkaPassword: field('KAFKA_PASSWORD', text, 'Password to sign in with (kafka)', { secret: true }),
  kafkaSasl: field(
    'KAFKA_SASL',
    z.enum(['plain', 'scram-sha-256', 'scram-sha-512']).optional(),
    'How to sign in; plain when only name and password are set (kafka)',
  ),
  kafkaTopicPrefix: field(
    'KAFKA_TOPIC_PREFIX',
    z
      .string()
      .regex(/^[\w.-]{0,200}$/, { error: 'may hold letters, digits, dots, hyphens and underscores, at most 200' })
      .default('message-push-'),
    'Put before the names of topics and groups, so that several systems share a cluster (kafka)',
  ),
  kafkaReplication: field(
    'KAFKA_REPLICATION',
    z.coerce.number().int().min(1).max(9).optional(),
    'Copies of each record of a new topic; 3, or as many as there are brokers (kafka)',
  ),
  kafkaMessageBytesMax: field(
    'KAFKA_MESSAGE_BYTES_MAX',
    int(4 * MIB, 64 * 1024, 64 * MIB),
    'max.message.bytes of a new topic: most bytes of a record or of records stored together (kafka)',
    bytes,
  ),
  kafkaBatchBytesMax: field(
    'KAFKA_BATCH_BYTES_MAX',
    int(MIB, 16 * 1024, 64 * MIB),
    'Most bytes for one partition in one publish; a larger record goes alone (kafka)',
    bytes,
  ),
  kafkaQueueBytesMax: field(
    'KAFKA_QUEUE_BYTES_MAX',
    int(64 * MIB, MIB, 1024 * MIB),
    'Most bytes waiting to be published to a topic; more is refused (kafka)',
    bytes,
  ),
  kafkaPublishDeadlineMs: field(
    'KAFKA_PUBLISH_DEADLINE_MS',
    int(5000, 100, 120_000),
    'After this a publish that was not answered is given back as unknown, or as refused if it never left (kafka)',
    ms,
  ),
  kafkaFetchBytesMax: field(
    'KAFKA_FETCH_BYTES_MAX',
    int(MIB, 16 * 1024, 64 * MIB),
    'Most bytes of a partition in one fetch, and read ahead; at least one record is read (kafka)',
    bytes,
  ),
  kafkaFetchWaitMs: field(
    'KAFKA_FETCH_WAIT_MS',
    int(200, 5, 5000),
    'A broker answers an empty fetch after this; a record is answered at once (kafka)',
    ms,
  ),
  kafkaSessionMs: field(
    'KAFKA_SESSION_MS',
    int(6000, 1000, 300_000),
    'A silent member of a group loses its partitions after this (kafka)',
    ms,
  ),
  kafkaHeartbeatMs: field(
    'KAFKA_HEARTBEAT_MS',
    int(500, 50, 60_000),
    'A member of a group shows itself this often (kafka)',
    ms,
  ),
  kafkaRebalanceMs: field(
    'KAFKA_REBALANCE_MS',
    int(10_000, 1000, 300_000),
    'A group waits this long for its members when one came or left (kafka)',
    ms,
  ),
  kafkaConnectMs: field(
    'KAFKA_CONNECT_MS',
    int(3000, 100, 60_000),
    'A broker must take a connection within this (kafka)',
    ms,
  ),
  kafkaRequestMs: field(
    'KAFKA_REQUEST_MS',
    int(10_000, 500, 300_000),
    'A broker must answer a request within this (kafka)',
    ms,
  ),
};

export const busFields = {
  bus: field(
    'BUS',
    z.enum(['embedded', 'kafka'], { error: 'must be "embedded" or "kafka"' }).default('embedded'),
    'Which bus carries pushes and receipts',
  ),
  busPartitions: field(
    'BUS_PARTITIONS',
    z.coerce.number().int().min(1).max(1024).optional(),
    'Partitions of a new log (4 embedded, 24 on Kafka); fixed once it exists',
  ),
  busRetentionMs: field(
    'BUS_RETENTION_MS',
    int(BUS_LIMITS.retentionMs, 60_000, 365 * DAY_MS),
    'Records older than this are deleted (embedded: those consumed; Kafka: all, set when a topic is made)',
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
  ...kafkaFields,
};

export type BusConfig = Config<typeof busFields>;
