// Dead letters: what can never be processed is put aside with its reason, and the others of its record go on.
import type { Bus, BusRecord } from '@message-push/bus';
import {
  type DeadLetter,
  deadLetterJson,
  type EnvelopePush,
  envelopeJson,
  FormatError,
  isMessageId,
  type MessageId,
  REASONS,
  reasonText,
} from '@message-push/protocol';
import type { Clock, Log } from '@message-push/runtime';
import type { ConsumerMetrics } from './metrics.ts';

/** Bytes of an unreadable record that are kept. */
const RAW_BYTES_MAX = 64 * 1024;

/** A push that can be processed, at its place in the record. */
export interface ReadablePush {
  index: number;
  push: EnvelopePush;
}

/** One that cannot, or the whole record. */
export interface Unreadable {
  index?: number;
  reason: string;
  raw: string;
  /** As far as they can be made out. */
  receivers: { message_id: MessageId; app: string; uid: string }[];
}

export interface Reading {
  pushes: ReadablePush[];
  dead: Unreadable[];
}

export interface DeadLettersDeps {
  bus: Pick<Bus, 'describe' | 'publish'>;
  metrics: ConsumerMetrics;
  clock: Clock;
  log: Log;
}

export class DeadLetters {
  #deps: DeadLettersDeps;
  #partitions = 0;

  constructor(deps: DeadLettersDeps) {
    this.#deps = deps;
  }

  /** Resolves when the letter is stored. The receipts of its receivers are the caller's. */
  async bury(letter: Omit<DeadLetter, 'v' | 'at'>): Promise<void> {
    const { bus, metrics, clock, log } = this.#deps;
    if (this.#partitions === 0) this.#partitions = (await bus.describe('dead')).partitions;
    const value = deadLetterJson.encode({ v: 1, at: clock.now(), ...letter });
    await bus.publish('dead', [{ partition: letter.partition % this.#partitions, value }]);
    metrics.dead.inc();
    const { partition, offset, index, reason } = letter;
    log.error({ partition, offset, index, reason }, 'a push went to the dead letters');
  }
}

/** Reads a record push by push, so that one that is broken does not take the others with it. */
export function readRecord({ value }: BusRecord): Reading {
  try {
    const { pushes } = envelopeJson.decode(value);
    return { pushes: pushes.map((push, index) => ({ index, push })), dead: [] };
  } catch (cause) {
    const pushes = pushesOf(value);
    if (pushes !== undefined) return readEach(pushes);
    return { pushes: [], dead: [{ reason: reasonOf(cause), raw: rawOf(value), receivers: [] }] };
  }
}

function readEach(pushes: unknown[]): Reading {
  const reading: Reading = { pushes: [], dead: [] };
  for (const [index, value] of pushes.entries()) {
    try {
      const [push] = envelopeJson.parse({ v: 1, pushes: [value] }).pushes;
      if (push !== undefined) reading.pushes.push({ index, push });
    } catch (cause) {
      const raw = rawOf(Buffer.from(JSON.stringify(value)));
      reading.dead.push({ index, reason: reasonOf(cause), raw, receivers: receiversOf(value) });
    }
  }
  return reading;
}

/** The list of pushes if the record is an envelope of a version we know, whatever its pushes are. */
function pushesOf(value: Uint8Array): unknown[] | undefined {
  try {
    const envelope: unknown = JSON.parse(Buffer.from(value).toString('utf8'));
    if (typeof envelope !== 'object' || envelope === null || !('v' in envelope) || envelope.v !== 1) return undefined;
    if (!('pushes' in envelope) || !Array.isArray(envelope.pushes) || envelope.pushes.length > 1000) return undefined;
    return envelope.pushes;
  } catch {
    return undefined;
  }
}

function receiversOf(push: unknown): Unreadable['receivers'] {
  if (typeof push !== 'object' || push === null) return [];
  if (!('message_id' in push && 'app' in push && 'uids' in push)) return [];
  const { message_id, app, uids } = push;
  if (!isMessageId(message_id) || typeof app !== 'string' || app === '' || !Array.isArray(uids)) return [];
  const named = uids.slice(0, 1000).filter((uid): uid is string => typeof uid === 'string' && uid !== '');
  return named.map((uid) => ({ message_id, app, uid }));
}

function reasonOf(cause: unknown): string {
  return cause instanceof FormatError ? reasonText('unreadable', cause.message) : REASONS.unreadable;
}

function rawOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.subarray(0, RAW_BYTES_MAX)).toString('base64');
}
