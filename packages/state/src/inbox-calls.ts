// The calls on inboxes: the pure machines of delivery, applied to what the rows hold.
import type { DatabaseSync } from 'node:sqlite';
import {
  type AdvanceRequest,
  type AppendResult,
  advance,
  append,
  type Bind,
  type BindRequest,
  bind,
  type Changes,
  emptyChanges,
  erase,
  type Inbox,
  type PullRequest,
  pull,
  recall,
  revokeBefore,
  unbind,
} from '@message-push/delivery';
import type { MessageId, Seq } from '@message-push/protocol';
import { type InboxOptions, InboxRows } from './inbox-rows.ts';
import type { Receiver, Unbind } from './index.ts';

/** One entry for one receiver, as it comes to the worker; `body` is an index into the call's bodies. */
export interface AppendCall extends Receiver {
  seq: Seq;
  message_id: MessageId;
  expires_at: number;
  c_time: number;
  body: number;
  platforms?: string[];
  device_ids?: string[];
  again?: boolean;
}

export function inboxHandlers(db: DatabaseSync, options: InboxOptions) {
  const { limits } = options;
  const rows = new InboxRows(db, options);

  function appendOne(call: AppendCall, body: string, bytes: number, now: number): AppendResult {
    const slot = rows.slotAt(call, now);
    const changes = emptyChanges();
    const result = append(slot.inbox, { ...call, bytes }, now, limits, changes);
    rows.save(slot, changes, now, { seq: call.seq, c_time: call.c_time, body });
    return { ...result, binds: copied(result.binds) };
  }

  /** One change of one inbox, saved. */
  function change<A>(receiver: Receiver, now: number, apply: (inbox: Inbox, changes: Changes) => A): A {
    const slot = rows.slotAt(receiver, now);
    const changes = emptyChanges();
    const answer = apply(slot.inbox, changes);
    rows.save(slot, changes, now);
    return answer;
  }

  return {
    reads: {
      binds: ({ receivers }: { receivers: Receiver[] }) => receivers.map((receiver) => copied(rows.binds(receiver))),
      pull: ({ receiver, request, now }: { receiver: Receiver; request: PullRequest; now: number }) => {
        const { entries, ...answer } = pull(rows.slotAt(receiver, now).inbox, request, now);
        return { ...answer, entries: entries.map((entry) => rows.withBody(receiver, entry)) };
      },
    },
    writes: {
      append: ({ calls, bodies, now }: { calls: AppendCall[]; bodies: string[]; now: number }) => {
        const sizes = bodies.map((body) => Buffer.byteLength(body));
        return calls.map((call) => appendOne(call, bodies[call.body] ?? '', sizes[call.body] ?? 0, now));
      },
      bind: ({ receiver, request, now }: { receiver: Receiver; request: BindRequest; now: number }) =>
        change(receiver, now, (inbox, changes) => {
          const answer = bind(inbox, request, now, limits, changes);
          return { ...answer, binds: copied(answer.binds) };
        }),
      advance: ({ calls, now }: { calls: (Receiver & AdvanceRequest)[]; now: number }) =>
        calls.map((call) => change(call, now, (inbox, changes) => advance(inbox, call, now, limits, changes))),
      unbind: ({ calls, now }: { calls: (Receiver & Unbind)[]; now: number }): void => {
        for (const call of calls)
          change(call, now, (inbox, changes) => unbind(inbox, call.node, call.incarnation, changes, call.serial));
      },
      recall: ({ calls, now }: { calls: (Receiver & { message_id: MessageId })[]; now: number }) =>
        calls.map((call) =>
          change(call, now, (inbox, changes) => recall(inbox, call.message_id, now, limits, changes).recalled),
        ),
      erase: ({ receiver, now }: { receiver: Receiver; now: number }) => {
        const answer = change(receiver, now, (inbox, changes) => erase(inbox, changes));
        // Rows that are due would be let go once more after a restart.
        rows.settle(rows.slot(receiver), now);
        return answer;
      },
      revokeBefore: ({ receiver, epochS, now }: { receiver: Receiver; epochS: number; now: number }) =>
        change(receiver, now, (inbox, changes) => revokeBefore(inbox, epochS, changes)),
    },
    sweep: (now: number) => rows.sweep(now),
    forget: () => rows.forget(),
  };
}

/** Answers leave the worker together, after later calls of their group: they must not change with the inbox. */
function copied(binds: Bind[]): Bind[] {
  return binds.map((bind) => ({ ...bind }));
}
