// Kafka's Fetch in version 11 with sessions: only what changed is asked for, only partitions with news answer. A hot path, decoded at once.
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import type { BusRecord } from '../index.ts';
import { type Broker, check, encoded, send } from './driver.ts';

const API = 1;
const VERSION = 11;
const READ_UNCOMMITTED = 0;
const MAGIC = 2;
const CONTROL = 0x20;
const APPEND_TIME = 0x08;
const BATCH_HEADER = 61;
const BATCH_PREFIX = 12;
const MIB = 1024 * 1024;

export interface FetchRequest {
  topic: string;
  waitMs: number;
  bytesMax: number;
  partitionBytesMax: number;
  sessionId: number;
  epoch: number;
  partitions: { partition: number; from: number }[];
  forgotten: number[];
}

export interface FetchedPartition {
  partition: number;
  errorCode: number;
  /** Offset after the last record that is stored on enough replicas. */
  end: number;
  /** Complete batches; the first may begin before the offset asked for. */
  records: BusRecord[];
  /** Offset after them, also where nothing of it can be read. */
  next: number;
}

export interface Fetched {
  sessionId: number;
  /** Of the whole answer. */
  bytes: number;
  partitions: FetchedPartition[];
}

/** Answered when there is something, or after `waitMs`. */
export async function sendFetch(broker: Broker, request: FetchRequest): Promise<Fetched> {
  const decoded = await send(broker, {
    request: { apiKey: API, apiVersion: VERSION, apiName: 'Fetch', encode: async () => encoded(encodeFetch(request)) },
    response: {
      decode: async (payload) => decodeFetch(Buffer.from(payload.buffer, payload.byteOffset, payload.length)),
      parse,
    },
    requestTimeout: request.waitMs + SLACK_MS,
  });
  const { errorCode, ...fetched } = decoded as Fetched & { errorCode: number }; // what decodeFetch gives
  check(errorCode);
  return fetched;
}

const SLACK_MS = 1000;
const parse = async (decoded: unknown) => decoded;

export function encodeFetch(request: FetchRequest): Buffer {
  const { topic, partitions, forgotten } = request;
  const name = Buffer.from(topic);
  const to = Buffer.allocUnsafe(64 + 2 * name.length + 28 * partitions.length + 4 * forgotten.length);
  let at = to.writeInt32BE(-1, 0); // not a replica
  at = to.writeInt32BE(request.waitMs, at);
  at = to.writeInt32BE(request.waitMs === 0 ? 0 : 1, at); // bytes to wait for
  at = to.writeInt32BE(request.bytesMax, at);
  at = to.writeInt8(READ_UNCOMMITTED, at);
  at = to.writeInt32BE(request.sessionId, at);
  at = to.writeInt32BE(request.epoch, at);
  at = writeTopic(to, at, name, partitions.length);
  for (const { partition, from } of partitions) {
    at = to.writeInt32BE(partition, at);
    at = to.writeInt32BE(-1, at); // leader epoch
    at = to.writeBigInt64BE(BigInt(from), at);
    at = to.writeBigInt64BE(-1n, at); // start of a replica's log
    at = to.writeInt32BE(request.partitionBytesMax, at);
  }
  at = writeTopic(to, at, name, forgotten.length);
  for (const partition of forgotten) at = to.writeInt32BE(partition, at);
  at = to.writeInt16BE(0, at); // no rack
  return to.subarray(0, at);
}

/** A list of one topic with so many partitions, or of none. */
function writeTopic(to: Buffer, start: number, name: Buffer, partitions: number): number {
  let at = to.writeInt32BE(partitions > 0 ? 1 : 0, start);
  if (partitions === 0) return at;
  at = to.writeInt16BE(name.length, at);
  at += name.copy(to, at);
  return to.writeInt32BE(partitions, at);
}

export function decodeFetch(from: Buffer): Fetched & { errorCode: number } {
  const errorCode = from.readInt16BE(4);
  const sessionId = from.readInt32BE(6);
  const partitions: FetchedPartition[] = [];
  let at = 14;
  for (let topics = from.readInt32BE(10); topics > 0; topics--) {
    at += 2 + from.readInt16BE(at);
    const count = from.readInt32BE(at);
    at += 4;
    for (let i = 0; i < count; i++) {
      const head = at;
      at += 30;
      const aborted = from.readInt32BE(at);
      at += 4 + 16 * Math.max(0, aborted) + 4;
      const size = Math.max(0, from.readInt32BE(at));
      at += 4;
      const { records, next } = decodeBatches(from.subarray(at, at + size));
      at += size;
      const [partition, code, end] = [from.readInt32BE(head), from.readInt16BE(head + 4), int64(from, head + 6)];
      partitions.push({ partition, errorCode: code, end, records, next });
    }
  }
  return { errorCode, sessionId, bytes: from.length, partitions };
}

/** The last batch may be cut off; it comes with the next fetch. */
export function decodeBatches(from: Buffer): { records: BusRecord[]; next: number } {
  const records: BusRecord[] = [];
  let next = 0;
  for (let at = 0; at + BATCH_HEADER <= from.length; ) {
    const end = at + BATCH_PREFIX + from.readInt32BE(at + 8);
    if (end > from.length) break;
    if (from.readInt8(at + 16) !== MAGIC) throw new Error('the log holds records of a format before Kafka 0.11');
    const attributes = from.readInt16BE(at + 21);
    const base = int64(from, at);
    next = base + from.readInt32BE(at + 23) + 1;
    if ((attributes & CONTROL) === 0) {
      const times = { first: int64(from, at + 27), max: int64(from, at + 35) };
      const time = (attributes & APPEND_TIME) === 0 ? (delta: number) => times.first + delta : () => times.max;
      const body = decompressed(attributes & 7, from.subarray(at + BATCH_HEADER, end));
      decodeRecords(body, from.readInt32BE(at + 57), base, time, records);
    }
    at = end;
  }
  return { records, next };
}

function decompressed(codec: number, body: Buffer): Buffer {
  if (codec === 0) return body;
  const limit = { maxOutputLength: 256 * MIB };
  if (codec === 1) return gunzipSync(body, limit);
  if (codec === 4) return zstdDecompressSync(body, limit);
  throw new Error(
    `records compressed with ${codec === 2 ? 'snappy' : 'lz4'} can't be read: see compression.type of the topic`,
  );
}

function decodeRecords(
  from: Buffer,
  count: number,
  base: number,
  time: (delta: number) => number,
  records: BusRecord[],
): void {
  const read = new Varints(from);
  for (let i = 0; i < count; i++) {
    const length = read.next();
    const end = read.at + length;
    read.at += 1; // attributes
    const at = time(read.next());
    const offset = base + read.next();
    const key = read.next();
    read.at += Math.max(0, key);
    const size = read.next();
    // One without a value is none of ours.
    if (size >= 0) records.push({ offset, at, value: from.subarray(read.at, read.at + size) });
    read.at = end;
  }
}

class Varints {
  readonly #from: Buffer;
  at = 0;

  constructor(from: Buffer) {
    this.#from = from;
  }

  /** Zigzag; exact up to 2^52. */
  next(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.#from[this.at++];
      if (byte === undefined) throw new Error('a record is cut off');
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
    }
  }
}

function int64(from: Buffer, at: number): number {
  return from.readInt32BE(at) * 2 ** 32 + from.readUInt32BE(at + 4);
}
