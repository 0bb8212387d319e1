// Takes a message back: whom it has not been written to yet does not get it any more, and its record says so.
import type { Archive, DeliveryRecord, PushSummary } from '@message-push/archive';
import type { Bus } from '@message-push/bus';
import {
  ApiError,
  type MessageId,
  messageIdTime,
  type RecallView,
  type Receipt,
  receiptBatchJson,
} from '@message-push/protocol';
import type { Clock } from '@message-push/runtime';
import type { State } from '@message-push/state';

export interface RecallDeps {
  archive: Pick<Archive, 'push' | 'deliveries'>;
  bus: Pick<Bus, 'describe' | 'publish'>;
  state: Pick<State, 'revoke'> & { inboxes: Pick<State['inboxes'], 'recall'> };
  clock: Clock;
  /** Consumers have read a recall this long after it was stored, milliseconds. */
  recallSettleMs: number;
  /** The history is waited for this long, milliseconds. */
  recallWaitMs: number;
}

const PAGE = 200;
const LOOK_EVERY_MS = 100;
/** A message that is younger may still be on its way to the history. */
const YOUNG_MS = 10 * 60_000;

/**
 * Promises: once answered, nobody gets the message but those counted as written and those on whose sockets it was at that moment. It can be
 * repeated: `recalled` counts everybody it was ever taken back from. First the consumers are told, and given the time to hear it, so
 * that nothing is appended behind the back of the inboxes, which then let go what they hold.
 */
export async function recall(deps: RecallDeps, app: string, messageId: MessageId): Promise<RecallView> {
  const { state, clock, recallSettleMs } = deps;
  const until = clock.now() + deps.recallWaitMs;
  const push = await found(deps, app, messageId, until);
  await state.revoke({ kind: 'message', app, message_id: messageId });
  await pause(recallSettleMs);
  const deliveries = await allDeliveries(deps, push, until);
  const open = deliveries.filter(({ status }) => !['written', 'acked', 'recalled'].includes(status));
  const taken = await state.inboxes.recall(open.map(({ uid }) => ({ app, uid, message_id: messageId })));
  const back = open.filter((_, at) => taken[at]);
  await record(deps, back);
  const count = (...statuses: string[]) => deliveries.filter(({ status }) => statuses.includes(status)).length;
  return { message_id: messageId, recalled: count('recalled') + back.length, written: count('written', 'acked') };
}

/** The message, once the history has it. Another app's is not there. */
async function found({ archive, clock }: RecallDeps, app: string, id: MessageId, until: number): Promise<PushSummary> {
  for (;;) {
    const push = await archive.push(id);
    if (push?.app === app) return push;
    const now = clock.now();
    if (push !== undefined || now - messageIdTime(id) > YOUNG_MS)
      throw new ApiError('NOT_FOUND', { params: { what: 'message' } });
    if (now >= until) throw new ApiError('NOT_RECORDED', { retryAfterS: 1 });
    await pause(LOOK_EVERY_MS);
  }
}

/** One row for each receiver; parts of a message that went to other partitions may come to the history later. */
async function allDeliveries(deps: RecallDeps, push: PushSummary, until: number): Promise<DeliveryRecord[]> {
  for (;;) {
    const rows: DeliveryRecord[] = [];
    let cursor: string | undefined;
    do {
      const page = await deps.archive.deliveries(push.message_id, {
        limit: PAGE,
        ...(cursor !== undefined && { cursor }),
      });
      rows.push(...page.items);
      cursor = page.cursor;
    } while (cursor !== undefined);
    if (rows.length + (push.erased ?? 0) >= push.accepted) return rows;
    if (deps.clock.now() >= until) throw new ApiError('NOT_RECORDED', { retryAfterS: 1 });
    await pause(LOOK_EVERY_MS);
  }
}

async function record({ bus, clock }: RecallDeps, back: DeliveryRecord[]): Promise<void> {
  if (back.length === 0) return;
  const recalled_at = clock.now();
  const receipts = back.map(
    ({ message_id, app, uid, seq }): Receipt => ({
      message_id,
      app,
      uid,
      ...(seq !== undefined && { seq }),
      recalled_at,
    }),
  );
  const { partitions } = await bus.describe('receipts');
  const partition = messageIdTime(back[0]?.message_id ?? '') % partitions;
  await bus.publish('receipts', [{ partition, value: receiptBatchJson.encode({ v: 1, receipts }) }]);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
