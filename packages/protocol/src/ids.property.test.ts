// Sequences order as their places on the bus, message ids as their times, and partitions are even and stable.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  formatSeq,
  isMessageId,
  isSeq,
  maxSeq,
  messageIdAt,
  messageIdTime,
  parseSeq,
  partitionOf,
  SEQ_ZERO,
  type SeqParts,
} from './index.ts';

const parts: fc.Arbitrary<SeqParts> = fc.record({
  generation: fc.nat(0xffff),
  offset: fc.oneof(fc.nat(), fc.maxSafeNat()),
  index: fc.nat(0xffff),
});
const random = fc.uint8Array({ minLength: 10, maxLength: 10 });
const time = fc.nat(2 ** 31).map((seconds) => seconds * 1_000 + (seconds % 997));

test('a sequence is 22 hex digits and says its parts again', () => {
  fc.assert(
    fc.property(parts, (place) => {
      const seq = formatSeq(place);
      expect(isSeq(seq)).toBe(true);
      expect(parseSeq(seq)).toEqual(place);
    }),
  );
});

test('the order of the texts is the order of (generation, offset, index)', () => {
  const near = fc.record({ generation: fc.nat(2), offset: fc.nat(300), index: fc.nat(20) });
  fc.assert(
    fc.property(fc.oneof(parts, near), fc.oneof(parts, near), (a, b) => {
      const order = Math.sign(a.generation - b.generation || a.offset - b.offset || a.index - b.index);
      const [x, y] = [formatSeq(a), formatSeq(b)];
      expect(x === y ? 0 : x < y ? -1 : 1).toBe(order);
      expect(maxSeq(x, y)).toBe(order < 0 ? y : x);
      expect(maxSeq(x, SEQ_ZERO)).toBe(x);
    }),
  );
});

test.each([
  { generation: 65_536, offset: 0, index: 0 },
  { generation: 0, offset: 2 ** 53, index: 0 },
  { generation: 0, offset: -1, index: 0 },
  { generation: 0.5, offset: 0, index: 0 },
  { generation: 0, offset: 0, index: 65_536 },
  { generation: 0, offset: 0, index: Number.NaN },
])('parts out of range make no sequence: %j', (place) => {
  expect(() => formatSeq(place)).toThrow(RangeError);
});

test('nothing but a text of 22 lower-case hex digits is a sequence', () => {
  const almost = fc.oneof(fc.string(), fc.stringMatching(/^[0-9A-F]{22}$/), fc.stringMatching(/^[0-9a-f]{20,24}$/));
  fc.assert(
    fc.property(fc.oneof(fc.anything(), almost), (value) => {
      expect(isSeq(value)).toBe(typeof value === 'string' && value.length === 22 && !/[^0-9a-f]/.test(value));
      expect(isMessageId(value)).toBe(typeof value === 'string' && value.length === 32 && !/[^0-9a-f]/.test(value));
    }),
  );
  expect(isSeq(`${SEQ_ZERO}\n`)).toBe(false);
  expect(isMessageId(`${'0'.repeat(32)}\n`)).toBe(false);
});

test('a message id is a UUID of version 7 and variant 2 that keeps its time and all other random bits', () => {
  fc.assert(
    fc.property(time, random, (at, bytes) => {
      const id = messageIdAt(at, bytes);
      expect(id).toMatch(/^[0-9a-f]{12}7[0-9a-f]{3}[89ab][0-9a-f]{15}$/);
      expect(messageIdTime(id)).toBe(at);
      const kept = Buffer.from(id.slice(12), 'hex');
      const mask = [0x0f, 0xff, 0x3f, ...Array(7).fill(0xff)];
      expect(kept.map((byte, i) => byte & mask[i])).toEqual(Buffer.from(bytes.map((byte, i) => byte & mask[i])));
    }),
  );
});

test('message ids order by their times', () => {
  fc.assert(
    fc.property(time, fc.nat(5_000), random, random, (at, gap, a, b) => {
      expect(messageIdAt(at, a) < messageIdAt(at + gap + 1, b)).toBe(true);
    }),
  );
});

test('a partition is within bounds, and app and uid cannot be mistaken for each other', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme' }),
      fc.string({ unit: 'grapheme' }),
      fc.integer({ min: 1, max: 1_000 }),
      (app, uid, n) => {
        const partition = partitionOf(app, uid, n);
        expect(Number.isInteger(partition) && partition >= 0 && partition < n).toBe(true);
      },
    ),
  );
  expect(partitionOf('ab', 'c', 2 ** 32)).not.toBe(partitionOf('a', 'bc', 2 ** 32));
});

test('partitions of known receivers never change: order over a restart depends on it', () => {
  const known = ['57098049', '1', '张三', '🚚', 'user-42'].map((uid) => partitionOf('demo', uid, 24));
  expect(known).toEqual(KNOWN_PARTITIONS);
});

/** Computed once by another program from the definition (FNV-1a, MurmurHash3's finaliser). */
const KNOWN_PARTITIONS = [16, 3, 2, 1, 20];

test.each([
  ['numbers in a row', (i: number) => String(57_000_000 + i)],
  ['numbers with one ending', (i: number) => `${i}00`],
  ['names', (i: number) => `user-${i}@example.org`],
])('partitions are even for %s', (_, uidOf) => {
  for (const partitions of [2, 8, 24, 100]) {
    const counts = new Array<number>(partitions).fill(0);
    const uids = 20_000;
    for (let i = 0; i < uids; i++) {
      const partition = partitionOf('demo', uidOf(i), partitions);
      counts[partition] = (counts[partition] ?? 0) + 1;
    }
    // Six standard deviations of a fair draw.
    const mean = uids / partitions;
    for (const count of counts) expect(Math.abs(count - mean)).toBeLessThan(6 * Math.sqrt(mean));
  }
});
