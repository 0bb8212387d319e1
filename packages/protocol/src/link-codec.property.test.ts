// Link frames come back as they were, in order; whatever bytes come in, only LinkFormatError comes out.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  decodeLinkFrames,
  encodeLinkFrames,
  formatSeq,
  LINK_LIMITS,
  LINK_VERSION,
  LinkFormatError,
  type LinkFrame,
  linkFrameBytes,
  type Seq,
} from './index.ts';

const uint32 = fc.oneof(fc.nat(300), fc.nat(0xffff_ffff));
const count = fc.oneof(fc.nat(300), fc.maxSafeNat());
const text = fc.string({ unit: 'grapheme', maxLength: 64 });
const seq: fc.Arbitrary<Seq> = fc
  .record({ generation: fc.nat(0xffff), offset: fc.maxSafeNat(), index: fc.nat(0xffff) })
  .map(formatSeq);
const place = { session: uint32, bind: uint32 };
const positions = fc.array(fc.record({ ...place, seq }), { maxLength: 50 });
const ending = { ...place, code: fc.nat(4999), reason: text };
const beat = { t: count, load: count, ring_version: count };

/** One arbitrary a frame, complete by its type. */
const FRAMES: { [T in LinkFrame['type']]: fc.Arbitrary<LinkFrame> } = {
  hello: fc.record({
    type: fc.constant('hello'),
    role: fc.constantFrom('gateway', 'node'),
    id: text,
    incarnation: text,
    versions: fc.array(fc.nat(9), { maxLength: 5 }),
    ring_version: count,
  }),
  bind: fc.record({
    type: fc.constant('bind'),
    ...place,
    session_id: text,
    app: text,
    uid: text,
    scope: text,
    platform: text,
    since: count,
    issued_at: count,
    ack: fc.boolean(),
    repeat: fc.boolean(),
    ring_version: count,
    enqueued: seq,
    written: seq,
    acked: seq,
  }),
  bound: fc.record({ type: fc.constant('bound'), ...place, start: seq, resumed: fc.boolean(), attached: fc.boolean() }),
  refused: fc.record({ type: fc.constant('refused'), ...ending }),
  down: fc.record({
    type: fc.constant('down'),
    seq,
    online: fc.boolean(),
    targets: fc.array(fc.tuple(uint32, uint32), { maxLength: 50 }).map((pairs) => Uint32Array.from(pairs.flat())),
    bytes: fc.uint8Array({ maxLength: 500 }),
  }),
  close: fc.record({ type: fc.constant('close'), ...ending }),
  unbind: fc.record({ type: fc.constant('unbind'), ...place, ended: fc.boolean() }),
  written: fc.record({ type: fc.constant('written'), positions }),
  acked: fc.record({ type: fc.constant('acked'), positions }),
  ping: fc.record({ type: fc.constant('ping'), ...beat }),
  pong: fc.record({ type: fc.constant('pong'), ...beat }),
  state: fc.record({ type: fc.constant('state'), state: fc.constantFrom('up', 'draining') }),
};
const batch = fc.array(fc.oneof(...Object.values(FRAMES)), { maxLength: 20 });

/** The frames, or undefined when the bytes are refused; anything else that is thrown fails the test. */
function read(bytes: Uint8Array): LinkFrame[] | undefined {
  try {
    return decodeLinkFrames(bytes);
  } catch (error) {
    if (error instanceof LinkFormatError) return undefined;
    throw error;
  }
}

test('a batch comes back frame for frame, and again as the same bytes', () => {
  fc.assert(
    fc.property(batch, (frames) => {
      const bytes = encodeLinkFrames(frames);
      expect(decodeLinkFrames(bytes)).toEqual(frames);
      expect(encodeLinkFrames(decodeLinkFrames(bytes))).toEqual(bytes);
    }),
    { numRuns: 500 },
  );
});

test('no bytes at all make the reader throw anything but LinkFormatError', () => {
  const body = fc.uint8Array({ maxLength: 200 });
  // Bytes that begin like a batch get further in than bytes at random.
  const framed = fc
    .array(fc.tuple(fc.nat(13), body), { maxLength: 4 })
    .map((frames) => [LINK_VERSION, ...frames.flatMap(([type, bytes]) => [type, bytes.length, 0, 0, 0, ...bytes])])
    .map((bytes) => Uint8Array.from(bytes));
  fc.assert(
    fc.property(fc.oneof(body, framed), (bytes) => {
      read(bytes);
    }),
    { numRuns: 10_000 },
  );
});

test('a batch that was cut or changed is refused or read as other frames, never more', () => {
  fc.assert(
    fc.property(batch, fc.nat(), fc.nat(255), fc.nat(), (frames, at, byte, cut) => {
      const bytes = encodeLinkFrames(frames);
      bytes[at % bytes.length] = byte;
      read(bytes);
      read(bytes.subarray(0, cut % bytes.length));
    }),
    { numRuns: 3_000 },
  );
});

test('a cut inside a frame is refused: no half frame is taken', () => {
  fc.assert(
    fc.property(fc.oneof(...Object.values(FRAMES)), fc.nat(), (frame, cut) => {
      const bytes = encodeLinkFrames([frame]);
      expect(read(bytes.subarray(0, 2 + (cut % (bytes.length - 2))))).toBeUndefined();
    }),
  );
});

test('frames of a later version are skipped, and so are fields behind those that are known', () => {
  fc.assert(
    fc.property(FRAMES.bound, FRAMES.ping, fc.uint8Array({ maxLength: 20 }), (bound, ping, more) => {
      const [first, second] = [bound, ping].map((frame) => encodeLinkFrames([frame]).subarray(1));
      if (first === undefined || second === undefined) throw new Error('two frames were made');
      const grown = [first[0] ?? 0, (first[1] ?? 0) + more.length, 0, 0, 0, ...first.subarray(5), ...more];
      const later = [99, more.length, 0, 0, 0, ...more];
      expect(read(Uint8Array.from([LINK_VERSION, ...grown, ...later, ...second]))).toEqual([bound, ping]);
    }),
  );
});

test('the estimate for closing a batch is never below the bytes of a frame with names of ids', () => {
  fc.assert(
    fc.property(fc.oneof(FRAMES.down, FRAMES.written, FRAMES.bound, FRAMES.unbind, FRAMES.ping), (frame) => {
      expect(linkFrameBytes(frame)).toBeGreaterThanOrEqual(encodeLinkFrames([frame]).length - 1);
    }),
  );
});

test.each<[string, LinkFrame]>([
  ['a negative number', { type: 'unbind', session: -1, bind: 0, ended: true }],
  ['a fraction', { type: 'ping', t: 0.5, load: 0, ring_version: 0 }],
  ['no number', { type: 'ping', t: Number.NaN, load: 0, ring_version: 0 }],
  ['a text over its bound', { type: 'close', session: 1, bind: 1, code: 1, reason: 'x'.repeat(1_025) }],
  ['no sequence', { type: 'bound', session: 1, bind: 1, start: '1', resumed: true, attached: true }],
])('the writer refuses %s, instead of a frame that the other end would refuse', (_, frame) => {
  expect(() => encodeLinkFrames([frame])).toThrow(RangeError);
  expect(decodeLinkFrames(encodeLinkFrames([]))).toEqual([]);
});

test('bounds hold for the reader: version, size of a batch, lists longer than their frame', () => {
  expect(read(Uint8Array.of())).toBeUndefined();
  expect(read(Uint8Array.of(LINK_VERSION + 1))).toBeUndefined();
  expect(read(new Uint8Array(LINK_LIMITS.batchBytesMax + 1).fill(LINK_VERSION))).toBeUndefined();
  const lie = [0xff, 0xff, 0xff, 0xff, 0x7f];
  expect(read(Uint8Array.from([LINK_VERSION, 8, lie.length, 0, 0, 0, ...lie]))).toBeUndefined();
  expect(read(Uint8Array.from([LINK_VERSION, 5, 17, 0, 0, 0, ...new Uint8Array(12), ...lie]))).toBeUndefined();
});

test('numbers, pairs and texts out of their bounds are refused', () => {
  const framed = (type: number, ...body: number[]) =>
    read(Uint8Array.from([LINK_VERSION, type, body.length, 0, 0, 0, ...body]));
  const unbind = 7;
  expect(framed(unbind, 0xff, 0xff, 0xff, 0xff, 0x0f, 1, 1)).toHaveLength(1);
  expect(framed(unbind, 0x80, 0x80, 0x80, 0x80, 0x10, 1, 1)).toBeUndefined();
  const close = 6;
  expect(framed(close, 1, 1, 1, 2, 0xc3, 0xa9)).toMatchObject([{ reason: 'é' }]);
  expect(framed(close, 1, 1, 1, 1, 0xc3)).toBeUndefined();
  const down = (flags: number, ...rest: number[]) => framed(5, ...new Uint8Array(11), flags, ...rest);
  expect(down(0, 2, 1, 1, 0)).toMatchObject([{ online: false }]);
  expect(down(1, 2, 1, 1, 0)).toMatchObject([{ online: true }]);
  for (const flags of [2, 3, 128, 255]) expect(down(flags, 2, 1, 1, 0)).toBeUndefined();
  expect(down(0, 1, 1, 0)).toBeUndefined();
});

test('a text that begins with a byte order mark keeps it', () => {
  const close: LinkFrame = { type: 'close', session: 1, bind: 1, code: 1, reason: '\ufeffx' };
  expect(decodeLinkFrames(encodeLinkFrames([close]))).toEqual([close]);
});

test('a large batch gives its buffer back and the next ones are right', () => {
  const bytes = new Uint8Array(6 * 1024 * 1024).fill(7);
  const down: LinkFrame = {
    type: 'down',
    seq: formatSeq({ generation: 0, offset: 1, index: 2 }),
    online: false,
    targets: new Uint32Array(2),
    bytes,
  };
  for (let round = 0; round < 3; round++) expect(decodeLinkFrames(encodeLinkFrames([down]))).toEqual([down]);
});
