// Short ways to say inboxes and what comes to them, for the tests of this package.
import { formatSeq, SEQ_ZERO, type Seq } from '@message-push/protocol';
import { advance, append, bind, emptyInbox, pull } from './inbox.ts';
import {
  type AppendResult,
  type Arrival,
  type BindAnswer,
  type BindRequest,
  type Changes,
  INBOX_LIMITS,
  type Inbox,
  type InboxLimits,
} from './types.ts';

export const START = 1_700_000_000_000;
export const HOUR = 3_600_000;

export function seq(offset: number): Seq {
  return formatSeq({ generation: 1, offset, index: 0 });
}

/** A message id created at a time, told apart by a number. */
export function messageId(number: number, at = START): string {
  return at.toString(16).padStart(12, '0') + number.toString(16).padStart(20, '0');
}

/** Sequences back to the numbers of `seq`, for readable expectations. */
export function numbers(items: readonly { seq: Seq }[]): number[] {
  return items.map((item) => Number.parseInt(item.seq.slice(4, 18), 16));
}

/** One inbox with a clock of its own and calls with everything defaulted. */
export class Desk {
  readonly inbox: Inbox = emptyInbox();
  readonly limits: InboxLimits;
  now = START;

  constructor(limits: Partial<InboxLimits> = {}) {
    this.limits = { ...INBOX_LIMITS, ...limits };
  }

  append(number: number, more: Partial<Arrival> = {}, changes?: Changes): AppendResult {
    const arrival = { seq: seq(number), message_id: messageId(number), bytes: 100, expires_at: START + 24 * HOUR };
    return append(this.inbox, { ...arrival, ...more }, this.now, this.limits, changes);
  }

  /** A first bind of a session on a platform at node n1, unless said otherwise. */
  bind(scope: string, more: Partial<BindRequest> = {}): BindAnswer {
    const request: BindRequest = {
      bind: { node: 'n1', incarnation: 'i1', ring_version: 1 },
      scope,
      platform: 'h5',
      repeat: false,
      enqueued: SEQ_ZERO,
      cursor: SEQ_ZERO,
      issued_at: 0,
      ...more,
    };
    return bind(this.inbox, request, this.now, this.limits);
  }

  advance(scope: string, number: number, platform = 'h5', changes?: Changes): number[] {
    const request = { scope, platform, cursor: number === 0 ? SEQ_ZERO : seq(number) };
    return numbers(advance(this.inbox, request, this.now, this.limits, changes).passed);
  }

  /** What a reader of the scope gets past a number. */
  read(scope: string, after = 0, platform = 'h5', bytesMax = 1e9): number[] {
    const request = { scope, platform, after: after === 0 ? SEQ_ZERO : seq(after), bytesMax };
    return numbers(pull(this.inbox, request, this.now).entries);
  }

  held(): number[] {
    return numbers(this.inbox.entries);
  }

  scope(id: string) {
    return this.inbox.scopes.find((scope) => scope.id === id);
  }
}
