// Writes and reads the parts of link frames: varints, flags, short texts, sequences and byte strings.
import { LinkFormatError } from './format-error.ts';
import type { Seq } from './ids.ts';

const utf8 = new TextEncoder();
// `fatal`: bytes that are no UTF-8 are refused; `ignoreBOM`: a leading U+FEFF belongs to the text.
const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const SEQ_BYTES = 11;
const TWO_32 = 0x1_0000_0000;
/** Character codes of the hex digits, and back. */
const DIGIT_CODES = Uint8Array.from('0123456789abcdef', (digit) => digit.charCodeAt(0));
const DIGIT_VALUES = new Uint8Array(128);
for (const [value, code] of DIGIT_CODES.entries()) DIGIT_VALUES[code] = value;
/** The digits of the sequence that is being read. */
const digits: number[] = new Array(SEQ_BYTES * 2).fill(0);
/** Texts up to this length are tried as ASCII first, without the encoder's set-up cost. */
const SHORT = 64;

/** A growing buffer that is used over and over; `take` copies out what was written. */
export class LinkWriter {
  private bytes = new Uint8Array(64 * 1024);
  private at = 0;

  /** Starts anew; a buffer that one huge batch has grown is given back. */
  reset(): void {
    this.at = 0;
    if (this.bytes.length > 4 * 1024 * 1024) this.bytes = new Uint8Array(64 * 1024);
  }

  take(): Uint8Array {
    return this.bytes.slice(0, this.at);
  }

  byte(value: number): void {
    this.reserve(1);
    this.bytes[this.at++] = value;
  }

  /** Reserves the 4-byte length of a frame; `endFrame` fills it in. */
  beginFrame(): number {
    this.reserve(4);
    this.at += 4;
    return this.at;
  }

  endFrame(start: number): void {
    const length = this.at - start;
    this.bytes[start - 4] = length;
    this.bytes[start - 3] = length >>> 8;
    this.bytes[start - 2] = length >>> 16;
    this.bytes[start - 1] = length >>> 24;
  }

  /** A whole number from 0 to 2^53 - 1, seven bits a byte, lowest first. */
  varint(value: number): void {
    if (!(Number.isSafeInteger(value) && value >= 0)) throw new RangeError(`not a varint: ${value}`);
    this.reserve(8);
    let rest = value;
    while (rest >= TWO_32) {
      this.bytes[this.at++] = (rest % 128) | 0x80;
      rest = Math.floor(rest / 128);
    }
    while (rest > 127) {
      this.bytes[this.at++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.bytes[this.at++] = rest;
  }

  seq(value: Seq): void {
    if (value.length !== SEQ_BYTES * 2) throw new RangeError(`not a sequence: ${value}`);
    this.reserve(SEQ_BYTES);
    for (let i = 0; i < SEQ_BYTES * 2; i += 2) {
      const high = DIGIT_VALUES[value.charCodeAt(i)] ?? 0;
      this.bytes[this.at++] = (high << 4) | (DIGIT_VALUES[value.charCodeAt(i + 1)] ?? 0);
    }
  }

  /** Length in bytes, then UTF-8. */
  text(value: string, maxBytes: number): void {
    if (value.length <= SHORT && this.ascii(value)) return;
    this.blob(utf8.encode(value), maxBytes);
  }

  /** Length, then the bytes. */
  blob(value: Uint8Array, maxBytes: number): void {
    if (value.length > maxBytes) throw new RangeError(`longer than ${maxBytes} bytes`);
    this.varint(value.length);
    this.reserve(value.length);
    this.bytes.set(value, this.at);
    this.at += value.length;
  }

  /** Writes a short text (its length fits one varint byte) if it is ASCII; else writes nothing and answers false. */
  private ascii(value: string): boolean {
    this.reserve(SHORT + 1);
    const start = this.at + 1;
    for (let i = 0; i < value.length; i++) {
      const code = value.charCodeAt(i);
      if (code > 127) return false;
      this.bytes[start + i] = code;
    }
    this.bytes[this.at] = value.length;
    this.at = start + value.length;
    return true;
  }

  private reserve(more: number): void {
    if (this.at + more <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(this.bytes.length * 2, this.at + more));
    grown.set(this.bytes.subarray(0, this.at));
    this.bytes = grown;
  }
}

/** Reads within bounds; every method throws LinkFormatError when the bytes end early or are out of bounds. */
export class LinkReader {
  at: number;
  private readonly bytes: Uint8Array;
  private end: number;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.at = 0;
    this.end = bytes.length;
  }

  get done(): boolean {
    return this.at >= this.end;
  }

  /** Reads a frame's length and limits reading to it; answers where the whole ends, for `endFrame`. */
  beginFrame(): number {
    const length = (this.byte() | (this.byte() << 8) | (this.byte() << 16) | (this.byte() << 24)) >>> 0;
    const whole = this.end;
    this.end = this.checked(length);
    return whole;
  }

  /** Goes behind the frame, past fields of a later version. */
  endFrame(whole: number): void {
    this.at = this.end;
    this.end = whole;
  }

  byte(): number {
    const value = this.at < this.end ? this.bytes[this.at++] : undefined;
    if (value === undefined) throw new LinkFormatError('ended within a frame');
    return value;
  }

  /** A byte of 0 or 1. Other bits could change what the frame means, so they are refused and not passed over. */
  flag(): boolean {
    const value = this.byte();
    if (value > 1) throw new LinkFormatError(`has flags ${value}`);
    return value === 1;
  }

  /** At most `max`, which is below 2^53. */
  varint(max: number = Number.MAX_SAFE_INTEGER): number {
    let value = 0;
    let scale = 1;
    for (let i = 0; i < 8; i++) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        if (value > max) throw new LinkFormatError(`holds a number above ${max}`);
        return value;
      }
      scale *= 128;
    }
    throw new LinkFormatError('holds a number of more than 8 bytes');
  }

  /** Made in one piece: a text joined from parts would stay a tree of them in the memory of whoever keeps it. */
  seq(): Seq {
    const end = this.checked(SEQ_BYTES);
    for (let i = 0; this.at < end; this.at++) {
      const byte = this.bytes[this.at] ?? 0;
      digits[i++] = DIGIT_CODES[byte >> 4] ?? 0;
      digits[i++] = DIGIT_CODES[byte & 15] ?? 0;
    }
    return String.fromCharCode.apply(null, digits);
  }

  text(maxBytes: number): string {
    const bytes = this.blob(maxBytes);
    try {
      return text.decode(bytes);
    } catch (cause) {
      throw new LinkFormatError('holds a text that is not UTF-8', { cause });
    }
  }

  /** A view of the input, not a copy. */
  blob(maxBytes: number): Uint8Array {
    const start = this.varint(maxBytes);
    const end = this.checked(start);
    const bytes = this.bytes.subarray(this.at, end);
    this.at = end;
    return bytes;
  }

  /** How many bytes are left in the frame. */
  get left(): number {
    return this.end - this.at;
  }

  private checked(length: number): number {
    if (length > this.end - this.at) throw new LinkFormatError('ended within a frame');
    return this.at + length;
  }
}
