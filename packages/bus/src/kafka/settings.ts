// Settings of a bus on Kafka: checked together, since some only make sense with others.
import { readFileSync } from 'node:fs';
import { ConfigError } from '@message-push/runtime';
import type { BusConfig } from '../config.ts';
import type { Topic } from '../index.ts';
import { type Address, addressOf } from './driver.ts';

export interface KafkaSettings {
  seeds: Address[];
  ssl?: { ca?: string };
  sasl?: { mechanism: string; username: string; password: string };
  prefix: string;
  /** Partitions of `pushes` and `receipts`: made with these; undefined takes what is there. */
  partitions: number | undefined;
  /** Copies of each record; undefined: 3, or as many as there are brokers. */
  replication: number | undefined;
  retentionMs: number;
  messageBytesMax: number;
  batchBytesMax: number;
  queueBytesMax: number;
  publishDeadlineMs: number;
  fetchBytesMax: number;
  fetchWaitMs: number;
  sessionMs: number;
  heartbeatMs: number;
  rebalanceMs: number;
  connectMs: number;
  requestMs: number;
}

export const TOPICS: Topic[] = ['pushes', 'receipts', 'dead'];

export const nameOf = (settings: Pick<KafkaSettings, 'prefix'>, topic: Topic): string => `${settings.prefix}${topic}`;

/** One group for each topic: a change in one does not touch the others. */
export const groupOf = (settings: Pick<KafkaSettings, 'prefix'>, group: string, topic: Topic): string =>
  `${nameOf(settings, topic)}-${group}`;

/** Identity of a log: of its topic, for ever. */
export const busIdOf = (topicId: string): string => `kafka-${topicId}`;

/** Throws one ConfigError with a sentence for each problem. */
export function kafkaSettings(config: BusConfig): KafkaSettings {
  const problems: string[] = [];
  const seeds = seedsOf(config.kafkaBrokers, problems);
  const sasl = saslOf(config, problems);
  const ssl = sslOf(config, problems);
  if (config.kafkaHeartbeatMs * 3 > config.kafkaSessionMs)
    problems.push('KAFKA_HEARTBEAT_MS: must be at most a third of KAFKA_SESSION_MS');
  if (config.kafkaBatchBytesMax > config.kafkaMessageBytesMax)
    problems.push('KAFKA_BATCH_BYTES_MAX: must be at most KAFKA_MESSAGE_BYTES_MAX');
  if (problems.length > 0) throw new ConfigError(problems);
  return {
    seeds,
    ...(ssl && { ssl }),
    ...(sasl && { sasl }),
    prefix: config.kafkaTopicPrefix,
    partitions: config.busPartitions,
    replication: config.kafkaReplication,
    retentionMs: config.busRetentionMs,
    messageBytesMax: config.kafkaMessageBytesMax,
    batchBytesMax: config.kafkaBatchBytesMax,
    queueBytesMax: config.kafkaQueueBytesMax,
    publishDeadlineMs: config.kafkaPublishDeadlineMs,
    fetchBytesMax: config.kafkaFetchBytesMax,
    fetchWaitMs: config.kafkaFetchWaitMs,
    sessionMs: config.kafkaSessionMs,
    heartbeatMs: config.kafkaHeartbeatMs,
    rebalanceMs: config.kafkaRebalanceMs,
    connectMs: config.kafkaConnectMs,
    requestMs: config.kafkaRequestMs,
  };
}

function seedsOf(brokers: string | undefined, problems: string[]): Address[] {
  if (brokers === undefined) {
    problems.push('KAFKA_BROKERS: BUS=kafka needs the addresses of its brokers, as host:port,host:port');
    return [];
  }
  return brokers.split(',').flatMap((text) => {
    const address = addressOf(text.trim());
    if (address === undefined) problems.push(`KAFKA_BROKERS: "${text.trim()}" is not host:port`);
    return address ?? [];
  });
}

function saslOf(config: BusConfig, problems: string[]): KafkaSettings['sasl'] {
  const { kafkaUsername: username, kafkaPassword: password, kafkaSasl } = config;
  if (username === undefined && password === undefined) {
    if (kafkaSasl !== undefined) problems.push('KAFKA_SASL: needs KAFKA_USERNAME and KAFKA_PASSWORD');
    return undefined;
  }
  if (username === undefined || password === undefined) {
    const [missing, present] = username === undefined ? ['USERNAME', 'PASSWORD'] : ['PASSWORD', 'USERNAME'];
    problems.push(`KAFKA_${missing}: is missing, and KAFKA_${present} is set`);
    return undefined;
  }
  return { mechanism: kafkaSasl ?? 'plain', username, password };
}

function sslOf({ kafkaTls, kafkaCaFile }: BusConfig, problems: string[]): KafkaSettings['ssl'] {
  if (!kafkaTls) {
    if (kafkaCaFile !== undefined) problems.push('KAFKA_CA_FILE: is only used with KAFKA_TLS=true');
    return undefined;
  }
  if (kafkaCaFile === undefined) return {};
  try {
    return { ca: readFileSync(kafkaCaFile, 'utf8') };
  } catch (cause) {
    problems.push(`KAFKA_CA_FILE: can't be read: ${cause instanceof Error ? cause.message : cause}`);
    return undefined;
  }
}
