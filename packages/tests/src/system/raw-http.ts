// HTTP as no client library would send it: bytes on a socket, and the answer that comes back.
import { connect } from 'node:net';

export interface RawAnswer {
  status: number;
  head: string;
  body: Record<string, unknown>;
}

const TIMEOUT_MS = 20_000;

/** Sends bytes to `address` (a URL) as they are and reads one answer; rejects when the peer hangs or closes without one. */
export function raw(address: string, bytes: string | Uint8Array): Promise<RawAnswer> {
  const { hostname, port } = new URL(address);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname);
    const timer = setTimeout(() => socket.destroy(new Error(`no answer within ${TIMEOUT_MS} ms`)), TIMEOUT_MS);
    let received = '';
    const settle = () => {
      const answer = whole(received);
      if (answer === undefined) return false;
      clearTimeout(timer);
      socket.destroy();
      resolve(answer);
      return true;
    };
    socket.setEncoding('utf8');
    socket.on('connect', () => socket.write(bytes));
    socket.on('data', (chunk) => {
      received += chunk;
      settle();
    });
    // A peer that answers before it has read everything may reset the connection behind its answer.
    socket.on('error', (error) => settle() || reject(error));
    socket.on('close', () => {
      clearTimeout(timer);
      reject(new Error(`closed after ${JSON.stringify(received.slice(0, 200))}`));
    });
  });
}

function whole(received: string): RawAnswer | undefined {
  const end = received.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const head = received.slice(0, end);
  const body = received.slice(end + 4);
  const length = Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0);
  if (Buffer.byteLength(body) < length) return undefined;
  return { status: Number(head.split(' ')[1]), head, body: length === 0 ? {} : JSON.parse(body) };
}
