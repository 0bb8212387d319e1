// Offsets of logs and groups: where a partition begins and ends, how far a group has committed.
import type { Topic } from '../index.ts';
import type { Cluster } from './cluster.ts';
import { call, check } from './driver.ts';

const LATEST = '-1';
const EARLIEST = '-2';
const READ_UNCOMMITTED = 0;

export interface Committed {
  partition: number;
  /** Next offset to read, as the group stored it; undefined when it has none for the topic as it is now. */
  offset: number | undefined;
}

/** Who commits: Kafka refuses a member that is not of the group's present generation. */
export interface Committer {
  groupId: string;
  generation: number;
  memberId: string;
}

/** Each question is asked once; what a broker refuses is thrown, after the cluster was told to look again. */
export class Offsets {
  readonly #cluster: Cluster;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  /** Offset after the last record of each partition. */
  ends(topic: Topic, partitions?: number[]): Promise<Map<number, number>> {
    return this.#list(topic, LATEST, partitions);
  }

  /** Offset of the oldest record kept of each partition. */
  starts(topic: Topic, partitions?: number[]): Promise<Map<number, number>> {
    return this.#list(topic, EARLIEST, partitions);
  }

  async committed(groupId: string, topic: Topic, partitions: number[]): Promise<Committed[]> {
    const { name, id } = this.#cluster.topic(topic);
    const topics = [{ topic: name, partitions: partitions.map((partition) => ({ partition })) }];
    return this.#atCoordinator(groupId, async (nodeId) => {
      const broker = this.#cluster.calls.broker(nodeId);
      const { errorCode, responses } = await call(broker, 'OffsetFetch', { groupId, topics });
      check(errorCode);
      return (responses[0]?.partitions ?? []).map(({ partition, errorCode: code, offset, metadata }) => {
        check(code);
        // What was committed for a topic of this name that is gone says nothing about the one that is there now.
        const known = Number(offset) >= 0 && (!metadata || metadata === id);
        return { partition, offset: known ? Number(offset) : undefined };
      });
    });
  }

  /** Answers the first error code, 0 when all are stored. `topicId` is of the log that the offsets belong to. */
  async commit(
    { groupId, generation, memberId }: Committer,
    topic: Topic,
    topicId: string,
    offsets: { partition: number; offset: number }[],
  ): Promise<number> {
    const { name } = this.#cluster.topic(topic);
    const partitions = offsets.map(({ partition, offset }) => ({
      partition,
      offset: String(offset),
      metadata: topicId,
    }));
    return this.#atCoordinator(groupId, async (nodeId) => {
      const args = { groupId, groupGenerationId: generation, memberId, topics: [{ topic: name, partitions }] };
      const { responses } = await call(this.#cluster.calls.broker(nodeId), 'OffsetCommit', args);
      const refused = responses.flatMap((of) => of.partitions).find(({ errorCode }) => errorCode !== 0);
      const code = refused?.errorCode ?? 0;
      if (COORDINATOR_MOVED.has(code)) check(code);
      return code;
    });
  }

  async #list(topic: Topic, timestamp: string, only?: number[]): Promise<Map<number, number>> {
    const { name, leaders } = this.#cluster.topic(topic);
    const perBroker = new Map<number, number[]>();
    for (const [partition, leader] of leaders.entries()) {
      if (only && !only.includes(partition)) continue;
      perBroker.set(leader, [...(perBroker.get(leader) ?? []), partition]);
    }
    const found = new Map<number, number>();
    try {
      await Promise.all(
        [...perBroker].map(async ([nodeId, partitions]) => {
          const topics = [{ topic: name, partitions: partitions.map((partition) => ({ partition, timestamp })) }];
          const args = { isolationLevel: READ_UNCOMMITTED, topics };
          const { responses } = await call(this.#cluster.calls.broker(nodeId), 'ListOffsets', args);
          for (const { partition, errorCode, offset } of responses.flatMap((of) => of.partitions)) {
            check(errorCode);
            found.set(partition, Number(offset));
          }
        }),
      );
    } catch (cause) {
      await this.#cluster.refresh();
      throw cause;
    }
    return found;
  }

  async #atCoordinator<T>(groupId: string, question: (nodeId: number) => Promise<T>): Promise<T> {
    const nodeId = await this.#cluster.coordinator(groupId);
    try {
      return await question(nodeId);
    } catch (cause) {
      this.#cluster.forgetCoordinator(groupId);
      throw cause;
    }
  }
}

/** Loading, not available, not this one. */
export const COORDINATOR_MOVED = new Set([14, 15, 16]);
