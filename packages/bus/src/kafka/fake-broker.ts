// For tests: a broker of one process that speaks just enough Kafka to be published to, stores what it is sent, and fails on demand.
import { createServer, type Server, type Socket } from 'node:net';
import { decodeBatches } from './fetch.ts';

const PRODUCE = 0;
const API_VERSIONS = 18;
const INIT_PRODUCER_ID = 22;
const BATCH_AT = 12;

/** What the broker does with one Produce request. */
export type Fault =
  | { error: number }
  /** Answers only when `release` is called. */
  | 'hold'
  /** Stores, and closes the connection instead of answering. */
  | 'store and cut'
  /** Closes the connection before it stores anything. */
  | 'cut';

/** One partition; knows a producer's last batches by their sequence, as Kafka does. */
export class FakeBroker {
  readonly stored: string[] = [];
  /** Records of each Produce request, in order of arrival. */
  readonly requests: string[][] = [];
  /** Taken by the next requests, one each. */
  readonly faults: Fault[] = [];
  readonly #last = new Map<bigint, { next: number; batches: { sequence: number; base: number }[] }>();
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;
  #producers = 0n;
  #held: (() => void)[] = [];
  port = 0;
  /** Answers nothing at all. */
  silent = false;

  constructor() {
    this.#server = createServer((socket) => this.#serve(socket));
  }

  async listen(port = 0): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(port, '127.0.0.1', resolve));
    const address = this.#server.address();
    if (address !== null && typeof address === 'object') this.port = address.port;
  }

  /** Refuses connections until `listen`. */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  release(): void {
    for (const answer of this.#held.splice(0)) answer();
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => undefined); // the other side went away
    let rest = Buffer.alloc(0);
    socket.on('data', (chunk) => {
      rest = Buffer.concat([rest, chunk]);
      while (rest.length >= 4 && rest.length >= 4 + rest.readInt32BE(0)) {
        const end = 4 + rest.readInt32BE(0);
        this.#request(socket, rest.subarray(4, end));
        rest = rest.subarray(end);
      }
    });
  }

  #request(socket: Socket, request: Buffer): void {
    const body = request.subarray(10 + Math.max(0, request.readInt16BE(8)));
    const answer = (...parts: Buffer[]) => {
      const payload = Buffer.concat([request.subarray(4, 8), ...parts]);
      if (!socket.destroyed) socket.write(Buffer.concat([int32(payload.length), payload]));
    };
    if (this.silent) return;
    const api = request.readInt16BE(0);
    if (api === API_VERSIONS)
      answer(int16(0), versions([PRODUCE, 3, 7], [API_VERSIONS, 0, 2], [INIT_PRODUCER_ID, 0, 1]), int32(0));
    else if (api === INIT_PRODUCER_ID) answer(int32(0), int16(0), int64(++this.#producers), int16(0));
    else if (api === PRODUCE) this.#produce(socket, body, answer);
    else throw new Error(`the fake broker does not know request ${api}`);
  }

  #produce(socket: Socket, body: Buffer, answer: (...parts: Buffer[]) => void): void {
    const nameLength = body.readInt16BE(BATCH_AT);
    const name = body.subarray(BATCH_AT, BATCH_AT + 2 + nameLength);
    const batch = body.subarray(BATCH_AT + 2 + nameLength + 12);
    const values = decodeBatches(batch).records.map(({ value }) => Buffer.from(value).toString());
    this.requests.push(values);
    const fault = this.faults.shift();
    if (fault === 'cut') {
      socket.destroy();
      return;
    }
    const error = typeof fault === 'object' ? fault.error : 0;
    const base = error === 0 ? this.#store(batch.readBigInt64BE(43), batch.readInt32BE(53), values) : -1;
    if (fault === 'store and cut') {
      socket.destroy();
      return;
    }
    const code = error === 0 && base < 0 ? 45 : error;
    const tell = () =>
      answer(int32(1), name, int32(1), int32(0), int16(code), int64(BigInt(base)), int64(-1n), int64(0n), int32(0));
    if (fault === 'hold') this.#held.push(tell);
    else tell();
  }

  /** Offset of the first record; -1 when the sequence is not the next one. */
  #store(producer: bigint, sequence: number, values: string[]): number {
    const last = this.#last.get(producer) ?? { next: 0, batches: [] };
    this.#last.set(producer, last);
    const again = last.batches.find((batch) => batch.sequence === sequence);
    if (again !== undefined) return again.base;
    if (sequence !== last.next) return -1;
    const base = this.stored.length;
    this.stored.push(...values);
    last.next = sequence + values.length;
    last.batches = [...last.batches.slice(-4), { sequence, base }];
    return base;
  }
}

function versions(...list: [number, number, number][]): Buffer {
  return Buffer.concat([int32(list.length), ...list.flat().map(int16)]);
}

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function int64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(value);
  return bytes;
}
