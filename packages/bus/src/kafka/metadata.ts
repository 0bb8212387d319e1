// Kafka's Metadata request in version 10: kafkajs knows it up to 6, where topics have no id yet. Needs Kafka 2.8.
import { type Broker, connect, encoded, send } from './driver.ts';

export interface PartitionMetadata {
  partition: number;
  /** Node that leads it; -1 when there is none now. */
  leader: number;
}

export interface TopicMetadata {
  name: string;
  errorCode: number;
  /** Changes when a topic is deleted and made again. */
  id: string;
  partitions: PartitionMetadata[];
}

export interface ClusterMetadata {
  brokers: { nodeId: number; host: string; port: number }[];
  controllerId: number;
  topics: TopicMetadata[];
}

const API = 3;
const VERSION = 10;
const NO_TOPIC_ID = Buffer.alloc(16);

export async function metadataOf(broker: Broker, topics: string[]): Promise<ClusterMetadata> {
  await connect(broker);
  const newest = broker.versions?.[API]?.maxVersion ?? 0;
  if (newest < VERSION) throw new Error('this Kafka is too old: topics have an id since 2.8');
  const encode = async () => encoded(encodeRequest(topics));
  const decoded = await send(broker, {
    request: { apiKey: API, apiVersion: VERSION, apiName: 'Metadata', encode },
    response: { decode: async (payload) => decodeMetadata(Buffer.from(payload)), parse: async (metadata) => metadata },
  });
  return decoded as ClusterMetadata; // what decodeMetadata gives
}

/** Version 10 is of the flexible kind: the header ends with tagged fields, lengths are varints of length + 1. */
function encodeRequest(topics: string[]): Buffer {
  const parts: Buffer[] = [Buffer.of(0), varint(topics.length + 1)];
  for (const topic of topics) {
    const name = Buffer.from(topic);
    parts.push(NO_TOPIC_ID, varint(name.length + 1), name, Buffer.of(0));
  }
  // Create nothing by asking; no lists of permissions; no tagged fields.
  parts.push(Buffer.of(0, 0, 0, 0));
  return Buffer.concat(parts);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  return Buffer.of(...bytes, rest);
}

export function decodeMetadata(payload: Buffer): ClusterMetadata {
  const read = new Reader(payload);
  read.tags();
  read.skip(4); // throttle time
  const brokers = read.array(() => {
    const broker = { nodeId: read.int32(), host: read.text(), port: read.int32() };
    read.text(); // rack
    read.tags();
    return broker;
  });
  read.text(); // cluster id
  const controllerId = read.int32();
  const topics = read.array(() => topicOf(read));
  return { brokers, controllerId, topics };
}

function topicOf(read: Reader): TopicMetadata {
  const errorCode = read.int16();
  const name = read.text();
  const id = read.bytes(16).toString('hex');
  read.skip(1); // internal
  const partitions = read.array(() => {
    read.skip(2); // error code: what it says of the leader is in the leader
    const partition = { partition: read.int32(), leader: read.int32() };
    read.skip(4); // leader epoch
    for (let list = 0; list < 3; list++) read.array(() => read.int32()); // replicas, in sync, offline
    read.tags();
    return partition;
  });
  read.skip(4); // permissions
  read.tags();
  return { name, errorCode, id, partitions };
}

/** Reads a flexible answer from its start. */
class Reader {
  readonly #payload: Buffer;
  #at = 0;

  constructor(payload: Buffer) {
    this.#payload = payload;
  }

  skip(bytes: number): void {
    this.#at += bytes;
  }

  int16(): number {
    this.#at += 2;
    return this.#payload.readInt16BE(this.#at - 2);
  }

  int32(): number {
    this.#at += 4;
    return this.#payload.readInt32BE(this.#at - 4);
  }

  bytes(length: number): Buffer {
    this.#at += length;
    return this.#payload.subarray(this.#at - length, this.#at);
  }

  text(): string {
    const length = this.#varint() - 1;
    return length > 0 ? this.bytes(length).toString() : '';
  }

  array<T>(item: () => T): T[] {
    return Array.from({ length: Math.max(0, this.#varint() - 1) }, item);
  }

  /** Fields that a later version may add. */
  tags(): void {
    for (let left = this.#varint(); left > 0; left--) {
      this.#varint();
      this.skip(this.#varint());
    }
  }

  #varint(): number {
    for (let value = 0, shift = 0; ; shift += 7) {
      const byte = this.#payload.readUInt8(this.#at++);
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
  }
}
