// Identifiers that cross processes: message ids, sequences and the partition of a receiver.

/** UUIDv7 as 32 lower-case hex digits; its first 12 digits are the creation time in epoch milliseconds. */
export type MessageId = string;

/**
 * Place of an entry on the bus as 22 lower-case hex digits: generation (4), offset (14), index in the record (4).
 * Compared as text. For one (app, uid) it only grows.
 */
export type Seq = string;

/** Before every sequence: the position of a reader that has seen nothing. */
export const SEQ_ZERO: Seq = '0'.repeat(22);

/** What a sequence is made of; `generation` and `index` below 65,536, `offset` below 2^53. */
export interface SeqParts {
  generation: number;
  offset: number;
  index: number;
}

const SEQ_PATTERN = /^[0-9a-f]{22}$/;

/** Writes the 22 hex digits. Parts out of range are a programming error and throw RangeError. */
export function formatSeq({ generation, offset, index }: SeqParts): Seq {
  if (!(isWhole(generation, 0xffff) && isWhole(offset, Number.MAX_SAFE_INTEGER) && isWhole(index, 0xffff))) {
    throw new RangeError(`sequence out of range: ${generation}/${offset}/${index}`);
  }
  return (
    generation.toString(16).padStart(4, '0') +
    offset.toString(16).padStart(14, '0') +
    index.toString(16).padStart(4, '0')
  );
}

function isWhole(value: number, max: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= max;
}

/** True for 22 lower-case hex digits, the only form a sequence has. */
export function isSeq(text: unknown): text is Seq {
  return typeof text === 'string' && SEQ_PATTERN.test(text);
}

/** The parts of a sequence; the text must satisfy `isSeq`. */
export function parseSeq(seq: Seq): SeqParts {
  return {
    generation: Number.parseInt(seq.slice(0, 4), 16),
    offset: Number.parseInt(seq.slice(4, 18), 16),
    index: Number.parseInt(seq.slice(18), 16),
  };
}

/** The later of two sequences. */
export function maxSeq(a: Seq, b: Seq): Seq {
  return a >= b ? a : b;
}

/**
 * A message id from a time in epoch milliseconds and 10 random bytes (RFC 9562, UUID version 7, variant 2).
 */
export function messageIdAt(epochMs: number, random: Uint8Array): MessageId {
  let hex = Math.floor(epochMs).toString(16).padStart(12, '0');
  for (let i = 0; i < 10; i++) {
    let byte = random[i] ?? 0;
    if (i === 0) byte = (byte & 0x0f) | 0x70;
    if (i === 2) byte = (byte & 0x3f) | 0x80;
    hex += byte.toString(16).padStart(2, '0');
  }
  return hex;
}

/** True for 32 lower-case hex digits. */
export function isMessageId(text: unknown): text is MessageId {
  return typeof text === 'string' && /^[0-9a-f]{32}$/.test(text);
}

/** Creation time of a message id in epoch milliseconds. */
export function messageIdTime(id: MessageId): number {
  return Number.parseInt(id.slice(0, 12), 16);
}

const utf8 = new TextEncoder();

/**
 * The bus partition of a receiver: FNV-1a (32 bits) over the UTF-8 bytes of `app`, a zero byte and `uid`, mixed by
 * MurmurHash3's finaliser so that the low bits are even, modulo `partitions`. Never changes: order depends on it.
 */
export function partitionOf(app: string, uid: string, partitions: number): number {
  let h = 0x811c9dc5;
  for (const byte of utf8.encode(`${app}\0${uid}`)) h = Math.imul(h ^ byte, 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return ((h ^ (h >>> 16)) >>> 0) % partitions;
}
