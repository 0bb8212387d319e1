// Dead letters: what can never be processed is put aside with its reason, and each of its receivers gets a receipt.
import type { Bus, BusRecord } from '@message-push/bus';
import { type DeadLetter, deadLetterJson, type EnvelopePush, envelopeJson, FormatError } from '@message-push/protocol';
import type { Clock, Log } from '@message-push/runtime';
import type { ConsumerMetrics } from './metrics.ts';
import type { Receipts, Waiting } from './receipts.ts';

/** Bytes of an unreadable record that are kept. */
const RAW_BYTES_MAX = 64 * 1024;

export interface DeadLettersDeps {
  bus: Pick<Bus, 'publish'>;
  receipts: Receipts;
  metrics: ConsumerMetrics;
  clock: Clock;
  log: Log;
}

/** A push that can be processed, at its place in the record. */
export interface ReadablePush {
  index: number;
  push: EnvelopePush;
}

/** What a record holds: pushes, and letters for what cannot be read. */
export interface Reading {
  pushes: ReadablePush[];
  dead: { index?: number; reason: string; raw: string }[];
}

export class DeadLetters {
  #deps: DeadLettersDeps;

  constructor(deps: DeadLettersDeps) {
    this.#deps = deps;
  }

  /** Stores the letter before it resolves; the receipts of its receivers are added on behalf of `waiting`. */
  async bury(letter: Omit<DeadLetter, 'v' | 'at'>, waiting: () => Waiting): Promise<void> {
    const { bus, receipts, metrics, clock, log } = this.#deps;
    const at = clock.now();
    const value = deadLetterJson.encode({ v: 1, at, ...letter });
    await bus.publish('dead', [{ partition: letter.partition, value }]);
    metrics.dead.inc();
    const { partition, offset, index, reason, push } = letter;
    log.error({ partition, offset, index, reason }, 'a push went to the dead letters');
    for (const uid of push?.uids ?? [])
      receipts.add({ message_id: push?.message_id ?? '', app: push?.app ?? '', uid, dead_at: at, reason }, waiting());
  }
}

/** Reads a record push by push, so that one that is broken does not take the others with it. */
export function readRecord(record: BusRecord): Reading {
  try {
    const { pushes } = envelopeJson.decode(record.value);
    return { pushes: pushes.map((push, index) => ({ index, push })), dead: [] };
  } catch (cause) {
    return readLoosely(record, reasonOf(cause));
  }
}

function readLoosely(record: BusRecord, reason: string): Reading {
  const reading: Reading = { pushes: [], dead: [] };
  const pushes = pushesOf(record.value);
  if (pushes === undefined) return { pushes: [], dead: [{ reason, raw: rawOf(record.value) }] };
  for (const [index, value] of pushes.entries()) {
    try {
      const [push] = envelopeJson.parse({ v: 1, pushes: [value] }).pushes;
      if (push !== undefined) reading.pushes.push({ index, push });
    } catch (cause) {
      reading.dead.push({ index, reason: reasonOf(cause), raw: rawOf(Buffer.from(JSON.stringify(value))) });
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

function reasonOf(cause: unknown): string {
  return cause instanceof FormatError ? cause.message : 'the record cannot be read';
}

function rawOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.subarray(0, RAW_BYTES_MAX)).toString('base64');
}
