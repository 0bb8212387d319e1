// The topics as they are made, and what of them has to agree with the settings.
import type { Topic } from '../index.ts';
import { type Broker, call, errorOf } from './driver.ts';
import { type KafkaSettings, nameOf } from './settings.ts';

/** Partitions of `pushes` and `receipts` when nothing else is said. */
const PARTITIONS = 24;
const COPIES = 3;
const TOPIC_EXISTS = 36;
const TOPIC_RESOURCE = 2;

/** Nothing is wrong, it only takes a moment. */
export class TopicsPending extends Error {}

/** How a topic is made: three copies, two of them synced before a publish is answered, where there are brokers for it. */
export function topicSpec(topic: Topic, settings: KafkaSettings, brokers: number): object {
  const replicationFactor = settings.replication ?? Math.min(COPIES, brokers);
  const configs = {
    'cleanup.policy': 'delete',
    'retention.ms': settings.retentionMs,
    'max.message.bytes': settings.messageBytesMax,
    'min.insync.replicas': replicationFactor >= COPIES ? 2 : 1,
    'message.timestamp.type': 'LogAppendTime',
  };
  return {
    topic: nameOf(settings, topic),
    numPartitions: topic === 'dead' ? 1 : (settings.partitions ?? PARTITIONS),
    replicationFactor,
    configEntries: Object.entries(configs).map(([name, value]) => ({ name, value: String(value) })),
  };
}

/** Makes topics; several processes may do so at the same time. Answers the names of those that were made by this call. */
export async function makeTopics(
  controller: Broker,
  missing: Topic[],
  settings: KafkaSettings,
  brokers: number,
): Promise<string[]> {
  const expected = Math.min(COPIES, settings.seeds.length);
  if (settings.replication === undefined && brokers < expected)
    throw new Error(
      `${brokers} of ${expected} brokers are there: topics are made when all are (or set KAFKA_REPLICATION)`,
    );
  const topics = missing.map((topic) => topicSpec(topic, settings, brokers));
  const args = { topics, validateOnly: false, timeout: settings.connectMs };
  const { topicErrors } = await call(controller, 'CreateTopics', args);
  for (const { topic, errorCode, errorMessage } of topicErrors) {
    if (errorCode !== 0 && errorCode !== TOPIC_EXISTS)
      throw new Error(`the topic ${topic} can't be made: ${errorMessage ?? errorOf(errorCode).message}`);
  }
  return topicErrors.filter(({ errorCode }) => errorCode === 0).map(({ topic }) => topic);
}

/** Throws when the settings want another number of partitions than there are. */
export function checkPartitions(topic: Topic, settings: KafkaSettings, count: number): void {
  const wanted = topic === 'dead' ? undefined : settings.partitions;
  if (wanted === undefined || wanted === count) return;
  const name = nameOf(settings, topic);
  throw new Error(`the topic ${name} has ${count} partitions, not ${wanted}: their number is fixed (BUS_PARTITIONS)`);
}

/** Most bytes that may be stored together: the topic's own setting, when we are allowed to read it. */
export async function bytesMaxOf(broker: Broker, topic: Topic, settings: KafkaSettings): Promise<number> {
  const resource = { type: TOPIC_RESOURCE, name: nameOf(settings, topic), configNames: ['max.message.bytes'] };
  const args = { resources: [resource], includeSynonyms: false };
  const { resources } = await call(broker, 'DescribeConfigs', args);
  return Number(resources[0]?.configEntries[0]?.configValue) || settings.messageBytesMax;
}
