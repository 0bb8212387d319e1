// Golden fixtures: the bytes of every contract row stay what they are, read and written.
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { healthReportSchema } from './admin/index.ts';
import type { ClientFrame, DownFrame, LinkFrame, ServerFrame } from './index.ts';
import * as protocol from './index.ts';

interface Fixture {
  kind: string;
  about: string;
  /** The bytes, as UTF-8 text or in hex. */
  text?: string;
  hex?: string;
  value: unknown;
}

interface Row {
  read(bytes: Uint8Array): unknown;
  /** Absent where this package only reads. */
  write?(value: never): Uint8Array | string;
}

const json = (codec: { decode(bytes: Uint8Array): unknown; encode(value: never): Uint8Array }): Row => ({
  read: codec.decode,
  write: codec.encode,
});
const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

const ROWS: Record<string, Row> = {
  'client frame': { read: (bytes) => protocol.parseClientFrame(textOf(bytes)), write: writeClientFrame },
  'server frame': { read: (bytes) => protocol.parseServerFrame(textOf(bytes)), write: writeServerFrame },
  push: { read: (bytes) => protocol.parsePushRequest(JSON.parse(textOf(bytes))) },
  health: { read: (bytes) => healthReportSchema.parse(JSON.parse(textOf(bytes))), write: JSON.stringify },
  envelope: json(protocol.envelopeJson),
  receipts: json(protocol.receiptBatchJson),
  'dead letter': json(protocol.deadLetterJson),
  'inner push': json(protocol.innerPushRequestJson),
  'inner push answer': json(protocol.innerPushAnswerJson),
  disconnect: json(protocol.innerDisconnectJson),
  'disconnect answer': json(protocol.innerDisconnectAnswerJson),
  stats: json(protocol.nodeStatsJson),
  series: json(protocol.seriesJson),
  sessions: json(protocol.sessionsJson),
  ring: json(protocol.ringDocumentJson),
  link: { read: readLink, write: writeLink },
};

const CHECKED: Record<string, { parse(value: unknown): unknown }> = {
  envelope: protocol.envelopeJson,
  receipts: protocol.receiptBatchJson,
  'dead letter': protocol.deadLetterJson,
  'inner push': protocol.innerPushRequestJson,
  'inner push answer': protocol.innerPushAnswerJson,
  disconnect: protocol.innerDisconnectJson,
  'disconnect answer': protocol.innerDisconnectAnswerJson,
  stats: protocol.nodeStatsJson,
  series: protocol.seriesJson,
  sessions: protocol.sessionsJson,
  ring: protocol.ringDocumentJson,
};

const folder = new URL('./fixtures/', import.meta.url);
const fixtures = readdirSync(folder).map((file): [string, Fixture] => [
  file,
  JSON.parse(readFileSync(new URL(file, folder), 'utf8')),
]);

test.each(fixtures)('%s is read as its value and written as its bytes', (_, { kind, text, hex, value }) => {
  const row = ROWS[kind];
  const bytes = hex === undefined ? new TextEncoder().encode(text) : Uint8Array.from(Buffer.from(hex, 'hex'));
  expect(row?.read(bytes)).toEqual(value);
  if (row?.write === undefined) return;
  const written = row.write(value as never); // the value of a fixture of this kind
  expect(
    typeof written === 'string' ? written : Buffer.from(written).toString(hex === undefined ? 'utf8' : 'hex'),
  ).toBe(hex ?? text);
});

test('every kind of row, every link frame, every client and server frame and every text has a fixture', () => {
  const of = (kind: string) => fixtures.filter(([, fixture]) => fixture.kind === kind).map(([, { value }]) => value);
  const types = (kind: string) => new Set(of(kind).map((value) => (value as { type: string }).type)); // frames have a type
  for (const kind of Object.keys(ROWS)) expect(of(kind), kind).not.toEqual([]);
  expect(types('link')).toEqual(new Set(Object.keys(LINK_FRAMES)));
  expect(types('client frame')).toEqual(new Set(['login', 'heartbeat', 'ack']));
  expect(types('server frame')).toEqual(new Set(['login', 'heartbeat', 'message', 'error']));
  const texts = of('server frame').map((value) => (value as { msg?: string }).msg); // refusals have a text
  for (const text of ORIGINAL_TEXTS) expect(texts).toContain(protocol.CLIENT_TEXTS[text]);
});

test.each(fixtures.filter(([, { kind }]) => kind in CHECKED))(
  '%s: no field can be of another type',
  (_, { kind, value }) => {
    const codec = CHECKED[kind];
    expect(codec?.parse(value)).toBe(value);
    for (const wrong of withOneFieldWrong(value))
      expect(() => codec?.parse(wrong), JSON.stringify(wrong)).toThrow(protocol.FormatError);
  },
);

/** The value with each of its fields in turn, however deep, replaced by a list where none belongs, or by a number. */
function* withOneFieldWrong(value: unknown): Generator<unknown> {
  if (typeof value !== 'object' || value === null) return yield [];
  yield 5;
  for (const [key, item] of Object.entries(value)) {
    for (const wrong of withOneFieldWrong(item)) {
      yield Array.isArray(value) ? value.with(Number(key), wrong) : { ...value, [key]: wrong };
    }
  }
}

const ORIGINAL_TEXTS = ['incompleteLogin', 'secondLogin', 'malformed', 'emptyCmd', 'loginTimeout'] as const;

// Complete by its type: a new frame is a compile error here, then a failing test.
const LINK_FRAMES: Record<LinkFrame['type'], true> = {
  hello: true,
  bind: true,
  bound: true,
  refused: true,
  down: true,
  close: true,
  unbind: true,
  written: true,
  acked: true,
  ping: true,
  pong: true,
  state: true,
};

/** The one frame of a batch, with lists and texts in place of typed arrays. */
function readLink(bytes: Uint8Array): unknown {
  const frames = protocol.decodeLinkFrames(bytes);
  expect(frames).toHaveLength(1);
  const [frame] = frames;
  if (frame?.type !== 'down') return frame;
  return { ...frame, targets: [...frame.targets], bytes: textOf(frame.bytes) };
}

function writeLink(value: LinkFrame | (Omit<DownFrame, 'bytes' | 'targets'> & { targets: number[]; bytes: string })) {
  if (value.type !== 'down' || value.targets instanceof Uint32Array)
    return protocol.encodeLinkFrames([value as LinkFrame]); // all others are as in JSON
  const bytes = new TextEncoder().encode(String(value.bytes));
  return protocol.encodeLinkFrames([{ ...value, targets: Uint32Array.from(value.targets), bytes }]);
}

function writeClientFrame(frame: ClientFrame): string {
  if (frame.type === 'login') return protocol.encodeLogin(frame);
  if (frame.type === 'heartbeat') return protocol.encodeHeartbeat(frame.seq);
  if (frame.type === 'ack') return protocol.encodeAck(frame.seq);
  throw new Error(`no client writes ${frame.type}`);
}

function writeServerFrame(frame: ServerFrame): string | Uint8Array {
  if (frame.type === 'heartbeat') return protocol.encodeHeartbeatAnswer(frame.t);
  if (frame.type === 'error') return protocol.encodeError(textNamed(frame.msg));
  if (frame.type === 'login' && !frame.ok) return protocol.encodeLoginRefused(textNamed(frame.msg));
  if (frame.type === 'login')
    return protocol.encodeLoginOk({ session_id: '', resumed: true, heartbeat_s: 0, ...frame.answer });
  if (frame.type === 'unknown') throw new Error('no server writes it');
  const { message_id = '', seq, c_time = 0, ...message } = frame.message;
  const facts = { message_id, app: 'demo', c_time, expires_at: 0, message };
  return protocol.encodeMessageFrame(
    seq === undefined ? { ...facts, seq: protocol.SEQ_ZERO, online_only: true } : { ...facts, seq },
  );
}

function textNamed(msg: string): protocol.ClientText {
  const names = Object.keys(protocol.CLIENT_TEXTS) as protocol.ClientText[]; // keys of that very table
  const name = names.find((candidate) => protocol.CLIENT_TEXTS[candidate] === msg);
  if (name === undefined) throw new Error(`no such text: ${msg}`);
  return name;
}
