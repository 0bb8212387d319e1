// What became of a keyed push whose api is gone: which of its receivers are on the bus already.
import type { Archive } from '@message-push/archive';
import type { Bus } from '@message-push/bus';
import { ApiError, type MessageId, messageIdTime } from '@message-push/protocol';
import type { Clock } from '@message-push/runtime';
import { unread } from './unread.ts';

export interface FirstAttemptDeps {
  archive: Pick<Archive, 'push' | 'deliveries'>;
  bus: Pick<Bus, 'lag' | 'read'>;
  clock: Clock;
  /** How long an inbox knows a message that everybody has (see state). */
  inboxHoldMs: number;
}

/** Receivers who need no second copy: an inbox would not know it for one. */
export type Published = 'all' | ReadonlySet<string>;

const NOBODY: Published = new Set();
const PAGE = 200;

/**
 * A second copy is harmless where one of two still knows the first: the inbox, which recognizes a marked copy for the hold at least, or
 * the archive, which knows all that the history has read. So that one of them always does:
 * - A message younger than half the hold is left to the inbox, and needs no archive. The other half is for clocks that differ and for
 *   the way of the second copy through the bus.
 * - For an older one the archive must have read everything that is older than that. What it does not know then was never published, or
 *   so late that the inbox knows it (an api may drive a push for long). The lag is asked for first: what is read meanwhile only helps.
 * - When neither is certain, PUBLISH_UNKNOWN (503, to be tried again) costs the caller a retry; a guess would cost the receiver a
 *   second message, or its only one.
 * An api may have died between two partitions of a push: who is missing gets it now, and nobody else.
 */
export async function publishedBefore(deps: FirstAttemptDeps, messageId: MessageId): Promise<Published> {
  const { archive, bus, clock } = deps;
  const inboxKnowsMs = deps.inboxHoldMs / 2;
  if (clock.now() - messageIdTime(messageId) <= inboxKnowsMs) return NOBODY;
  try {
    const { ats } = await unread(bus, 'history');
    const readUpTo = clock.now() - inboxKnowsMs;
    if (ats.some((at) => at === undefined || at < readUpTo)) throw new Error('the history is too far behind to know');
    const push = await archive.push(messageId);
    if (push === undefined) return NOBODY;
    const recorded = Object.values(push.counts).reduce((total, count) => total + count, 0);
    return recorded >= push.accepted ? 'all' : await receivers(archive, messageId);
  } catch (cause) {
    throw new ApiError('PUBLISH_UNKNOWN', { params: { message_id: messageId }, retryAfterS: 1, cause });
  }
}

async function receivers(archive: FirstAttemptDeps['archive'], messageId: MessageId): Promise<Set<string>> {
  const uids = new Set<string>();
  let cursor: string | undefined;
  do {
    const page = await archive.deliveries(messageId, { limit: PAGE, ...(cursor !== undefined && { cursor }) });
    for (const { uid } of page.items) uids.add(uid);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return uids;
}
