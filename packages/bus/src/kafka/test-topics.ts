// For tests and measurements: what an operator does to topics behind the back of a bus, and the end of what a test left.
import type { BusConfig } from '../config.ts';
import type { Topic } from '../index.ts';
import type { Answers } from './answers.ts';
import { call, check, driverLogger, openBroker } from './driver.ts';
import { groupOf, type KafkaSettings, kafkaSettings, nameOf, TOPICS } from './settings.ts';
import { topicSpec } from './topics.ts';

const TIMEOUT_MS = 10_000;

/** Removes topics and groups. */
export async function deleteTopics(config: BusConfig): Promise<void> {
  const settings = kafkaSettings(config);
  const topics = TOPICS.map((topic) => nameOf(settings, topic));
  await ask(settings, 'DeleteTopics', { topics, timeout: TIMEOUT_MS });
  // Those that never were answer with an error; that is all the same.
  await ask(
    settings,
    'DeleteGroups',
    TOPICS.flatMap((topic) => [groupOf(settings, 'delivery', topic), groupOf(settings, 'history', topic)]),
  );
}

export async function deleteTopic(config: BusConfig, topic: Topic): Promise<void> {
  const settings = kafkaSettings(config);
  await ask(settings, 'DeleteTopics', { topics: [nameOf(settings, topic)], timeout: TIMEOUT_MS });
}

/** Resolves when there is such a topic, which may have been made by somebody else. */
export async function createTopic(config: BusConfig, topic: Topic): Promise<void> {
  const settings = kafkaSettings(config);
  await ask(settings, 'CreateTopics', {
    topics: [topicSpec(topic, settings, 1)],
    validateOnly: false,
    timeout: TIMEOUT_MS,
  });
}

/** What lies before this offset is not kept any more. */
export async function deleteRecords(config: BusConfig, topic: Topic, partition: number, offset: number): Promise<void> {
  const settings = kafkaSettings(config);
  const topics = [{ topic: nameOf(settings, topic), partitions: [{ partition, offset: String(offset) }] }];
  const { topics: answers } = await ask(settings, 'DeleteRecords', { topics, timeout: TIMEOUT_MS });
  for (const { errorCode } of answers.flatMap(({ partitions }) => partitions)) check(errorCode);
}

/** Commits for a group without members, for the log of this id. */
export async function commitFor(
  config: BusConfig,
  topic: Topic,
  topicId: string,
  partition: number,
  offset: number,
): Promise<void> {
  const settings = kafkaSettings(config);
  const groupId = groupOf(settings, 'delivery', topic);
  const topics = [
    { topic: nameOf(settings, topic), partitions: [{ partition, offset: String(offset), metadata: topicId }] },
  ];
  const { responses } = await ask(settings, 'OffsetCommit', { groupId, groupGenerationId: -1, memberId: '', topics });
  for (const { errorCode } of responses.flatMap(({ partitions }) => partitions)) check(errorCode);
}

async function ask<A extends keyof Answers>(settings: KafkaSettings, api: A, args: object): Promise<Answers[A]> {
  const [address] = settings.seeds;
  if (address === undefined) throw new Error('no broker');
  const options = { clientId: 'test', connectionTimeout: TIMEOUT_MS, requestTimeout: 2 * TIMEOUT_MS };
  const broker = openBroker({ ...options, logger: driverLogger(() => undefined) }, address);
  try {
    return await call(broker, api, args);
  } finally {
    await broker.disconnect();
  }
}
