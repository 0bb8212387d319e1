// Bodies of messages on Redis: with their entry, or once for many receivers beside them.
import type { PullAnswer } from '@message-push/delivery';
import { ApiError, type MessageBody } from '@message-push/protocol';
import { counter, type Metrics } from '@message-push/runtime';
import type { AppendEntry, Receiver, StoredEntry, StoredPull } from '../index.ts';
import type { Lane } from './lane.ts';
import { allOf } from './replies.ts';
import type { RedisStore } from './store.ts';

/** A body up to this is stored with each of its entries. */
const INLINE_BYTES_MAX = 1024;
/** A shared body outlives its entries by this, whatever the clocks say. */
const SLACK_MS = 300_000;
/** The body of a younger message may still come: a reader waits for it instead of passing over it. */
const MISSING_MS = 300_000;

/** What is stored with one entry: as JSON a `StoredBody`. */
export interface BodyText {
  text: string;
  /** Bytes of the message. */
  bytes: number;
}

/** An entry whose body somebody deleted by hand. */
const NO_BODY = '{"c_time":0}';

interface StoredBody extends Pick<AppendEntry, 'c_time' | 'platforms' | 'device_ids'> {
  message?: MessageBody;
  /** Hash tag of the key that holds the message. */
  shared?: string;
}

interface Encoded {
  json: string;
  bytes: number;
  /** Receivers of this call by lane. */
  receivers: Map<Lane, number>;
}

type Calls = (Receiver & { entry: AppendEntry })[];

export class BodyStore {
  readonly #store: RedisStore;
  readonly #sharedReceiversMin: number;
  readonly #missing;

  constructor(store: RedisStore, options: { sharedReceiversMin: number; metrics?: Metrics | undefined }) {
    this.#store = store;
    this.#sharedReceiversMin = options.sharedReceiversMin;
    this.#missing =
      options.metrics &&
      counter(options.metrics, 'mp_state_bodies_missing_total', 'Entries passed over because their body was gone');
  }

  /**
   * Texts for the entries of a call, in order. Shared bodies are sent on the way, before the entries and on their very
   * connection: no entry outlives its body in a fail-over.
   */
  write(calls: Calls, lanes: Lane[], now: number): { texts: BodyText[]; written: Promise<unknown> } {
    const encoded = this.#encode(calls, lanes);
    const sent = new Map<string, Promise<unknown>>();
    const texts = calls.map(({ entry }, place): BodyText => {
      const { json, bytes, receivers } = encoded.get(entry.message) ?? encodedOf(entry.message);
      const lane = lanes[place];
      const isShared =
        bytes > INLINE_BYTES_MAX && lane !== undefined && (receivers.get(lane) ?? 0) >= this.#sharedReceiversMin;
      if (!isShared) return { text: bodyText(entry, `"message":${json}`), bytes };
      const tag = this.#store.routes.tagOn(lane, entry.message_id);
      const key = this.#keyOf(tag, entry.seq);
      if (!sent.has(key)) sent.set(key, this.#share(lane, tag, key, json, entry.expires_at - now));
      return { text: bodyText(entry, `"shared":${JSON.stringify(tag)}`), bytes };
    });
    return { texts, written: allOf([...sent.values()]) };
  }

  /** Entries of a pull, from what its script answered. */
  async read(reply: string[], now: number): Promise<StoredPull> {
    const [upTo = '', more] = reply;
    const found: Promise<StoredEntry | undefined>[] = [];
    for (let at = 2; at < reply.length; at += 2)
      found.push(this.#entryOf(reply[at] ?? '', JSON.parse(reply[at + 1] || NO_BODY), now));
    const answer: Omit<PullAnswer, 'entries'> = { upTo, more: more === '1' };
    return { ...answer, entries: (await allOf(found)).filter((entry) => entry !== undefined) };
  }

  #encode(calls: Calls, lanes: Lane[]): Map<MessageBody, Encoded> {
    const all = new Map<MessageBody, Encoded>();
    for (const [place, { entry }] of calls.entries()) {
      let encoded = all.get(entry.message);
      if (encoded === undefined) {
        encoded = encodedOf(entry.message);
        all.set(entry.message, encoded);
      }
      const lane = lanes[place];
      if (lane && encoded.bytes > INLINE_BYTES_MAX) encoded.receivers.set(lane, (encoded.receivers.get(lane) ?? 0) + 1);
    }
    return all;
  }

  #keyOf(tag: string, seq: string): string {
    return this.#store.key('m', tag, seq);
  }

  /** Stored if it is not there; its life is only ever lengthened. One more attempt, since its entries may be stored without it. */
  async #share(lane: Lane, tag: string, key: string, json: string, lifeMs: number): Promise<void> {
    const px = String(Math.max(0, lifeMs) + SLACK_MS);
    const set = ['SET', key, json, 'PX', px, 'NX'];
    const first = [lane.call(set), lane.call(['PEXPIRE', key, px, 'GT'])];
    try {
      await allOf(first);
    } catch {
      await this.#store.command(tag, set);
    }
  }

  async #entryOf(record: string, body: StoredBody, now: number): Promise<StoredEntry | undefined> {
    const seq = record.slice(0, 22);
    const { shared, message: inline, ...rest } = body;
    const message = inline ?? (await this.#shared(shared, seq, body.c_time, now));
    if (message === undefined) return undefined;
    return {
      seq,
      message_id: record.slice(22, 54),
      bytes: Number(record.slice(54, 62)),
      expires_at: Number(record.slice(62, 77)),
      ...rest,
      message,
    };
  }

  async #shared(tag: string | undefined, seq: string, createdAt: number, now: number) {
    const json = tag === undefined ? null : await this.#store.command(tag, ['GET', this.#keyOf(tag, seq)]);
    if (typeof json === 'string') return JSON.parse(json) as MessageBody; // written by #share
    if (now - createdAt < MISSING_MS)
      throw new ApiError('STATE_UNAVAILABLE', { cause: new Error(`the body of ${seq} is not there yet`) });
    this.#missing?.inc();
    return undefined;
  }
}

function encodedOf(message: MessageBody): Encoded {
  const json = JSON.stringify(message);
  return { json, bytes: Buffer.byteLength(json), receivers: new Map() };
}

function bodyText({ c_time, platforms, device_ids }: AppendEntry, rest: string): string {
  const filters =
    (platforms ? `"platforms":${JSON.stringify(platforms)},` : '') +
    (device_ids ? `"device_ids":${JSON.stringify(device_ids)},` : '');
  return `{"c_time":${c_time},${filters}${rest}}`;
}
