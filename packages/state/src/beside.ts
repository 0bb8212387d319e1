// For the conformance suite: plays each call on a state and on the pure machine beside it, and compares the answers.
import {
  type AdvanceRequest,
  advance,
  append,
  type BindRequest,
  bind,
  emptyInbox,
  erase,
  type Inbox,
  type InboxLimits,
  type PullRequest,
  pull,
  recall,
  revokeBefore,
  sweep,
  unbind,
} from '@message-push/delivery';
import { formatSeq, type MessageId, messageIdAt, SEQ_ZERO, type Seq } from '@message-push/protocol';
import type { Clock } from '@message-push/runtime';
import { expect } from 'vitest';
import type { AppendEntry, Receiver, State, StoredEntry } from './index.ts';

export interface BesideClock extends Clock {
  advance(ms: number): void;
}

/** The sequence of record `offset`. */
export function seqAt(offset: number, index = 0): Seq {
  return formatSeq({ generation: 1, offset, index });
}

/** A message id made at a time; `n` tells those of one millisecond apart. */
export function idAt(epochMs: number, n: number): MessageId {
  const random = new Uint8Array(10);
  new DataView(random.buffer).setUint32(6, n);
  return messageIdAt(epochMs, random);
}

/** An entry of an hour's life, made now; its content tells which it is. */
export function entryAt(
  offset: number,
  clock: Clock,
  more: Partial<AppendEntry> & { size?: number } = {},
): AppendEntry {
  const { size = 10, ...fields } = more;
  const seq = fields.seq ?? seqAt(offset);
  return {
    seq,
    message_id: idAt(clock.now(), offset),
    expires_at: clock.now() + 3_600_000,
    c_time: clock.now(),
    message: { title: `title of ${seq}`, content: '消息'.padEnd(size, '.') },
    ...fields,
  };
}

/** A first bind of a platform at node n1. */
export function bindOf(scope: string, more: Partial<BindRequest> = {}): BindRequest {
  return {
    bind: { node: 'n1', incarnation: 'i1', ring_version: 1 },
    scope,
    platform: scope.startsWith('p:') ? scope.slice(2) : 'pc',
    repeat: false,
    enqueued: SEQ_ZERO,
    cursor: SEQ_ZERO,
    issued_at: 0,
    ...more,
  };
}

export class Beside {
  state: State;
  readonly #clock: Clock;
  readonly #limits: InboxLimits;
  readonly #inboxes = new Map<string, Inbox>();
  /** What was appended, to compare what comes back. */
  readonly #sent = new Map<string, AppendEntry>();

  constructor(state: State, clock: Clock, limits: InboxLimits) {
    this.state = state;
    this.#clock = clock;
    this.#limits = limits;
  }

  inbox(receiver: Receiver): Inbox {
    const key = keyOf(receiver);
    const inbox = this.#inboxes.get(key) ?? emptyInbox();
    this.#inboxes.set(key, inbox);
    return inbox;
  }

  /** Nothing is held of this receiver any more, once time has let go what it lets go. */
  isEmpty(receiver: Receiver): boolean {
    const inbox = structuredClone(this.inbox(receiver));
    sweep(inbox, this.#clock.now(), this.#limits);
    return inbox.entries.length === 0;
  }

  async append(...calls: (Receiver & { entry: AppendEntry })[]) {
    const expected = calls.map(({ entry, ...receiver }) => {
      const arrival = { ...entry, bytes: bytesOf(entry) };
      const result = append(this.inbox(receiver), arrival, this.#clock.now(), this.#limits);
      if (result.outcome === 'new') this.#sent.set(`${keyOf(receiver)} ${entry.seq}`, entry);
      return structuredClone(result);
    });
    const answered = await this.state.inboxes.append(calls);
    expect(answered).toEqual(expected);
    return answered;
  }

  async bind(receiver: Receiver, request: BindRequest) {
    const expected = structuredClone(bind(this.inbox(receiver), request, this.#clock.now(), this.#limits));
    const answered = await this.state.inboxes.bind(receiver, request);
    expect(answered).toEqual(expected);
    return answered;
  }

  /** A pull changes nothing, but answers as if what is due had been let go before. */
  async pull(receiver: Receiver, request: PullRequest) {
    const inbox = structuredClone(this.inbox(receiver));
    sweep(inbox, this.#clock.now(), this.#limits);
    const { entries, ...expected } = pull(inbox, request, this.#clock.now());
    const sent = entries.map(({ seq }) => storedForm(this.#sent.get(`${keyOf(receiver)} ${seq}`)));
    const answered = await this.state.inboxes.pull(receiver, request);
    const comparable = { ...answered, entries: answered.entries.map(withoutMarks) };
    expect(comparable).toEqual({ ...expected, entries: sent });
    return answered;
  }

  async advance(...calls: (Receiver & AdvanceRequest)[]) {
    const now = this.#clock.now();
    const expected = structuredClone(calls.map((call) => advance(this.inbox(call), call, now, this.#limits)));
    const answered = await this.state.inboxes.advance(calls);
    expect(answered).toEqual(expected);
    return answered;
  }

  async unbind(receiver: Receiver, node: string, incarnation: string, serial?: number): Promise<void> {
    unbind(this.inbox(receiver), node, incarnation, undefined, serial);
    const call = { ...receiver, node, incarnation };
    await this.state.inboxes.unbind([serial === undefined ? call : { ...call, serial }]);
  }

  async revokeBefore(receiver: Receiver, epochS: number): Promise<void> {
    revokeBefore(this.inbox(receiver), epochS);
    await this.state.inboxes.revokeBefore(receiver, epochS);
  }

  async recall(receiver: Receiver, messageId: MessageId): Promise<boolean> {
    const { recalled } = recall(this.inbox(receiver), messageId, this.#clock.now(), this.#limits);
    expect(await this.state.inboxes.recall([{ ...receiver, message_id: messageId }])).toEqual([recalled]);
    return recalled;
  }

  async erase(receiver: Receiver): Promise<void> {
    const expected = erase(this.inbox(receiver));
    expect(await this.state.inboxes.erase(receiver)).toEqual(expected);
  }

  async binds(...receivers: Receiver[]) {
    const expected = structuredClone(receivers.map((receiver) => this.inbox(receiver).binds));
    const answered = await this.state.inboxes.binds(receivers);
    expect(answered).toEqual(expected);
    return answered;
  }
}

function bytesOf({ message }: AppendEntry): number {
  return Buffer.byteLength(JSON.stringify(message));
}

function keyOf({ app, uid }: Receiver): string {
  return `${app} ${uid}`;
}

/** An entry as a pull answers it. */
function storedForm(sent: AppendEntry | undefined): StoredEntry | undefined {
  if (!sent) return undefined;
  const { again: _, ...entry } = sent;
  return { ...entry, bytes: bytesOf({ ...entry }) };
}

/** Marks of the inbox's own bookkeeping may come along. */
function withoutMarks({ passed_at: _p, twin: _t, evicts: _e, ...entry }: StoredEntry): StoredEntry {
  return entry;
}
