// Kafka's Produce request in version 7, written in one pass into one buffer: a hot path, where kafkajs takes an encoder for each record.
import produce from 'kafkajs/src/protocol/requests/produce/index.js';
import type { Answers } from './answers.ts';
import { crc32c } from './crc32c.ts';
import { type Broker, encoded, send } from './driver.ts';

const API = 0;
const VERSION = 7;
/** All replicas in sync have it before the answer. */
const ACKS = -1;
const MAGIC = 2;
const BATCH_HEADER = 61;
/** Length, attributes, timestamp, offset, key, length of the value, headers: each a varint of at most 5 bytes. */
const RECORD_HEADER = 23;

export interface ProduceRequest {
  topic: string;
  producerId: bigint;
  producerEpoch: number;
  timeoutMs: number;
  partitions: { partition: number; firstSequence: number; values: Uint8Array[] }[];
}

/** Sends the request; each partition has its own error code in the answer. */
export async function sendProduce(broker: Broker, request: ProduceRequest, now: number): Promise<Answers['Produce']> {
  const { response } = produce.protocol({ version: VERSION })({});
  const message = {
    request: {
      apiKey: API,
      apiVersion: VERSION,
      apiName: 'Produce',
      encode: async () => encoded(encodeProduce(request, now)),
    },
    response,
  };
  // What the decoder of this version gives.
  return (await send(broker, message)) as Answers['Produce'];
}

export function encodeProduce({ topic, timeoutMs, partitions, ...producer }: ProduceRequest, now: number): Buffer {
  const name = Buffer.from(topic);
  let size = 20 + name.length;
  for (const { values } of partitions) {
    size += 8 + BATCH_HEADER;
    for (const value of values) size += RECORD_HEADER + value.length;
  }
  const to = Buffer.allocUnsafe(size);
  let at = to.writeInt16BE(-1, 0); // no transaction
  at = to.writeInt16BE(ACKS, at);
  at = to.writeInt32BE(timeoutMs, at);
  at = to.writeInt32BE(1, at); // topics
  at = to.writeInt16BE(name.length, at);
  at += name.copy(to, at);
  at = to.writeInt32BE(partitions.length, at);
  for (const { partition, firstSequence, values } of partitions) {
    at = to.writeInt32BE(partition, at);
    const end = writeBatch(to, at + 4, { ...producer, firstSequence, values, now });
    to.writeInt32BE(end - at - 4, at);
    at = end;
  }
  return to.subarray(0, at);
}

interface RecordBatch {
  producerId: bigint;
  producerEpoch: number;
  firstSequence: number;
  values: Uint8Array[];
  now: number;
}

/** A batch of format 2; answers where it ends. */
function writeBatch(to: Buffer, start: number, { values, now, ...producer }: RecordBatch): number {
  to.writeBigInt64BE(0n, start); // the broker sets the offset
  to.writeInt32BE(-1, start + 12); // leader epoch
  to.writeInt8(MAGIC, start + 16);
  to.writeInt16BE(0, start + 21); // attributes: not compressed, time of creation
  to.writeInt32BE(values.length - 1, start + 23);
  to.writeBigInt64BE(BigInt(now), start + 27);
  to.writeBigInt64BE(BigInt(now), start + 35);
  to.writeBigInt64BE(producer.producerId, start + 43);
  to.writeInt16BE(producer.producerEpoch, start + 51);
  to.writeInt32BE(producer.firstSequence, start + 53);
  to.writeInt32BE(values.length, start + 57);
  let at = start + BATCH_HEADER;
  for (const [offset, value] of values.entries()) at = writeRecord(to, at, offset, value);
  to.writeInt32BE(at - start - 12, start + 8);
  to.writeUInt32BE(crc32c(to, start + 21, at), start + 17);
  return at;
}

function writeRecord(to: Buffer, start: number, offset: number, value: Uint8Array): number {
  const length = 4 + sizeOf(offset) + sizeOf(value.length) + value.length;
  let at = writeVarint(to, start, length);
  to[at++] = 0; // attributes
  to[at++] = 0; // timestamp: that of the batch
  at = writeVarint(to, at, offset);
  to[at++] = 1; // no key
  at = writeVarint(to, at, value.length);
  to.set(value, at);
  at += value.length;
  to[at++] = 0; // no headers
  return at;
}

/** Numbers that are not negative, in zigzag. */
function writeVarint(to: Buffer, start: number, value: number): number {
  let rest = value * 2;
  let at = start;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) to[at++] = (rest & 0x7f) | 0x80;
  to[at++] = rest;
  return at;
}

function sizeOf(value: number): number {
  let size = 1;
  for (let rest = value * 2; rest > 0x7f; rest = Math.floor(rest / 128)) size++;
  return size;
}
