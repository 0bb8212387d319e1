import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { crc32c } from './crc32c.ts';
import { decodeBatches, decodeFetch, encodeFetch } from './fetch.ts';
import { decodeMetadata } from './metadata.ts';
import { encodeProduce } from './produce.ts';

const TOPIC = 't';
/** Where the first batch of a request to one partition of TOPIC begins: after its length. */
const BATCH_AT = 2 + 2 + 4 + 4 + 3 + 4 + 4 + 4;

function batchOf(values: Uint8Array[], now = 1_700_000_000_000): Buffer {
  const partitions = [{ partition: 7, firstSequence: 3, values }];
  return encodeProduce({ topic: TOPIC, producerId: 5n, producerEpoch: 1, timeoutMs: 100, partitions }, now).subarray(
    BATCH_AT,
  );
}

/** The same batch as a broker stores it. */
function stored(batch: Buffer, offset: number, change: (batch: Buffer) => void = () => undefined): Buffer {
  const copy = Buffer.from(batch);
  copy.writeBigInt64BE(BigInt(offset), 0);
  change(copy);
  return copy;
}

test('the checksum is that of Castagnoli, whatever the length', () => {
  const check = (bytes: Uint8Array) => crc32c(bytes, 0, bytes.length).toString(16);
  expect(check(Buffer.from('123456789'))).toBe('e3069283');
  expect(check(Buffer.alloc(32))).toBe('8a9136aa');
  expect(check(Buffer.alloc(32, 0xff))).toBe('62a8ab43');
  expect(check(Buffer.from(Array.from({ length: 32 }, (_, i) => i)))).toBe('46dd794e');
  expect(crc32c(Buffer.from('xx123456789y'), 2, 11).toString(16)).toBe('e3069283');
});

test('what is published is read again: bytes, offsets and time, for values of any size', () => {
  const values = [0, 1, 63, 64, 8191, 8192, 100_000].map((size) => Buffer.alloc(size, size));
  const { records, next } = decodeBatches(stored(batchOf(values), 1000));
  expect(next).toBe(1007);
  expect(records.map(({ offset }) => offset)).toEqual([1000, 1001, 1002, 1003, 1004, 1005, 1006]);
  expect(records.every(({ at }) => at === 1_700_000_000_000)).toBe(true);
  expect(records.map(({ value }) => Buffer.from(value))).toEqual(values);
});

test('the time of a record is when the broker stored it, where the topic says so', () => {
  const batch = stored(batchOf([Buffer.from('a')]), 0, (bytes) => {
    bytes.writeInt16BE(8, 21);
    bytes.writeBigInt64BE(1_800_000_000_000n, 35);
  });
  expect(decodeBatches(batch).records[0]?.at).toBe(1_800_000_000_000);
});

test('a batch that is cut off is left for the next fetch', () => {
  const batch = stored(batchOf([Buffer.from('a'), Buffer.from('b')]), 0);
  const second = stored(batchOf([Buffer.from('c')]), 2);
  const both = Buffer.concat([batch, second]);
  for (const cut of [1, 20, second.length - 1]) {
    const { records, next } = decodeBatches(both.subarray(0, both.length - cut));
    expect([records.length, next]).toEqual([2, 2]);
  }
  expect(decodeBatches(both).next).toBe(3);
});

test('control batches are passed over, compressed ones are read or named', () => {
  const plain = batchOf([Buffer.from('a'), Buffer.from('b')]);
  const control = stored(plain, 10, (bytes) => bytes.writeInt16BE(0x20, 21));
  expect(decodeBatches(control)).toEqual({ records: [], next: 12 });
  const body = gzipSync(plain.subarray(61));
  const gzip = Buffer.concat([stored(plain, 10).subarray(0, 61), body]);
  gzip.writeInt32BE(gzip.length - 12, 8);
  gzip.writeInt16BE(1, 21);
  expect(decodeBatches(gzip).records.map(({ value }) => Buffer.from(value).toString())).toEqual(['a', 'b']);
  const lz4 = stored(plain, 0, (bytes) => bytes.writeInt16BE(3, 21));
  expect(() => decodeBatches(lz4)).toThrow(/lz4 can't be read: see compression.type/);
});

test('a fetch answers each partition with its end, its error and its records', () => {
  const batch = stored(batchOf([Buffer.from('a')]), 4);
  const partition = (number: number, error: number, records: Buffer) => {
    const head = Buffer.alloc(30);
    head.writeInt32BE(number, 0);
    head.writeInt16BE(error, 4);
    head.writeBigInt64BE(5n, 6);
    return Buffer.concat([head, int32(-1), int32(-1), int32(records.length), records]);
  };
  const answer = Buffer.concat([
    int32(0), // throttle time
    Buffer.from([0, 0]),
    int32(77),
    int32(1),
    Buffer.from([0, 1]),
    Buffer.from(TOPIC),
    int32(2),
    partition(3, 0, batch),
    partition(9, 1, Buffer.alloc(0)),
  ]);
  const { sessionId, partitions } = decodeFetch(answer);
  expect(sessionId).toBe(77);
  expect(partitions.map(({ partition: number, errorCode, end, next }) => [number, errorCode, end, next])).toEqual([
    [3, 0, 5, 5],
    [9, 1, 5, 0],
  ]);
  expect(partitions[0]?.records.map(({ offset }) => offset)).toEqual([4]);
});

test('a fetch request has the size that it says', () => {
  const common = { topic: TOPIC, waitMs: 5, bytesMax: 9, partitionBytesMax: 7, sessionId: 1, epoch: 2 };
  const partitions = [{ partition: 1, from: 2 ** 40 }];
  expect(encodeFetch({ ...common, partitions: [], forgotten: [] }).length).toBe(25 + 4 + 4 + 2);
  expect(encodeFetch({ ...common, partitions, forgotten: [2, 3] }).length).toBe(
    25 + (4 + 3 + 4 + 28) + (4 + 3 + 4 + 8) + 2,
  );
});

test('metadata: topics with their ids, also where fields were added', () => {
  const string = (value: string) => Buffer.concat([Buffer.of(value.length + 1), Buffer.from(value)]);
  const tags = Buffer.of(1, 9, 2, 0, 0); // one field that nobody knows yet
  const id = Buffer.from('00112233445566778899aabbccddeeff', 'hex');
  const list = (...items: number[]) => Buffer.concat([Buffer.of(items.length + 1), ...items.map(int32)]);
  const partition = (number: number, leader: number) =>
    Buffer.concat([Buffer.from([0, 0]), int32(number), int32(leader), int32(4), list(1, 2), list(1), list(), tags]);
  const answer = Buffer.concat([
    tags,
    int32(0),
    Buffer.concat([Buffer.of(2), int32(1), string('host'), int32(9092), Buffer.of(0), tags]),
    string('cluster'),
    int32(1),
    Buffer.concat([Buffer.of(2), Buffer.from([0, 0]), string(TOPIC), id, Buffer.of(0)]),
    Buffer.concat([Buffer.of(3), partition(0, 1), partition(1, -1), int32(0), tags]),
    int32(0),
    tags,
  ]);
  expect(decodeMetadata(answer)).toEqual({
    brokers: [{ nodeId: 1, host: 'host', port: 9092 }],
    controllerId: 1,
    topics: [
      {
        name: TOPIC,
        errorCode: 0,
        id: id.toString('hex'),
        partitions: [
          { partition: 0, leader: 1 },
          { partition: 1, leader: -1 },
        ],
      },
    ],
  });
});

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}
