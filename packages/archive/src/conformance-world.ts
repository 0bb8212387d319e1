// What the conformance suite writes and what it expects: builders of pushes and receipts, and the archive as a plain model.
import { randomBytes } from 'node:crypto';
import { type DeliveryStatus, formatSeq, messageIdAt, type Receipt, statusOf } from '@message-push/protocol';
import type { Archive, DeliveryRecord, PushQuery, PushSummary, QueuedPush } from './index.ts';
import { hasPhrase, searchPhrase, searchText } from './text.ts';

/** 2026-09-21, in milliseconds: a multiple of a day. */
export const START = 1_790_000_000_000 - (1_790_000_000_000 % 86_400_000);

/** Makes pushes of one app that no other test has. */
export class Builder {
  readonly app = `app-${randomBytes(6).toString('hex')}`;
  #n = 0;

  /** A push of this app; `uids` are its receivers, all in one partition. */
  push(more: Partial<QueuedPush> & { content?: string; title?: string; content_type?: string } = {}): QueuedPush {
    const n = this.#n++;
    const { content = `message ${n}`, title, content_type, ...rest } = more;
    const c_time = rest.c_time ?? START + n;
    const uids = rest.uids ?? ['1'];
    return {
      message_id: messageIdAt(c_time, randomBytes(10)),
      app: this.app,
      message: {
        content,
        ...(title === undefined ? {} : { title }),
        ...(content_type === undefined ? {} : { content_type }),
      },
      c_time,
      ttl_s: 86_400,
      accepted: uids.length,
      uids,
      partition: 3,
      offset: n,
      seq: formatSeq({ generation: 1, offset: n, index: 0 }),
      queued_at: c_time + 2,
      ...rest,
    };
  }
}

/** The same push as it stands in another partition, or a second time in the same one. */
export function part(push: QueuedPush, more: { uids: string[]; partition: number; offset: number }): QueuedPush {
  return { ...push, ...more, seq: formatSeq({ generation: 1, offset: more.offset, index: 0 }), queued_at: START + 30 };
}

/** What one hop tells about one receiver of a push. */
export function receipt(push: QueuedPush, facts: Partial<Receipt> = {}): Receipt {
  return { message_id: push.message_id, app: push.app, uid: push.uids[0] ?? '', ...facts };
}

/** Facts that amount to each status long before the push expires. */
export const FACTS: Record<Exclude<DeliveryStatus, 'accepted'>, Partial<Receipt>> = {
  queued: {},
  offline: { offline_at: START + 10, reason: 'nobody is online' },
  routed: { routed_at: START + 10, node: 'node-1', ring_version: 7 },
  expired: { evicted_at: START + 10, reason: 'inbox full' },
  dead: { dead_at: START + 10, reason: 'cannot be read' },
  recalled: { recalled_at: START + 10 },
  written: { routed_at: START + 10, written_at: START + 11, gateway: 'gateway-1', platform: 'h5' },
  acked: { routed_at: START + 10, written_at: START + 11, acked_at: START + 12 },
};

/** Texts that mean something in a query language. */
export const EVIL = [
  `'; DROP TABLE push; --`,
  `" OR 1=1 --`,
  'a" OR text:*',
  'NEAR(a b, 5) AND NOT c*',
  '{"match_all":{}}',
  'uid:* AND _exists_:app',
  '%_\\',
  '$where',
  '../../etc/passwd',
  '<script>alert(1)</script>',
  '"]',
  '","h5',
];

/** All pages of a search, joined. */
export async function searchAll(archive: Archive, query: PushQuery, limit = 200): Promise<PushSummary[]> {
  const items: PushSummary[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await archive.search(query, cursor === undefined ? { limit } : { limit, cursor });
    items.push(...page.items);
    if (page.cursor === undefined) return items;
    cursor = page.cursor;
  }
}

export async function deliveriesAll(archive: Archive, messageId: string, limit = 200): Promise<DeliveryRecord[]> {
  const items: DeliveryRecord[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await archive.deliveries(messageId, cursor === undefined ? { limit } : { limit, cursor });
    items.push(...page.items);
    if (page.cursor === undefined) return items;
    cursor = page.cursor;
  }
}

interface ModelDelivery {
  push: QueuedPush;
  uid: string;
  facts: Partial<Receipt>;
}

/** An archive as a list that is filtered: deliveries with at most one receipt each. */
export class Model {
  readonly deliveries: ModelDelivery[] = [];

  add(push: QueuedPush, facts: Record<string, Partial<Receipt>>): void {
    for (const uid of push.uids) this.deliveries.push({ push, uid, facts: facts[uid] ?? {} });
  }

  status({ push, facts }: ModelDelivery, now: number): DeliveryStatus {
    const expires_at = push.c_time + (push.ttl_s === 0 ? 10_000 : push.ttl_s * 1000);
    return statusOf({ ...facts, queued_at: push.queued_at, expires_at }, now);
  }

  /** The deliveries that satisfy all clauses. */
  matching(query: PushQuery, now: number): ModelDelivery[] {
    return this.deliveries.filter((delivery) => {
      const { push, uid } = delivery;
      const { status, text, platform } = query;
      if (query.app !== undefined && query.app !== push.app) return false;
      if (query.apps !== undefined && !query.apps.includes(push.app)) return false;
      if (query.uid !== undefined && query.uid !== uid) return false;
      if (query.message_id !== undefined && query.message_id !== push.message_id) return false;
      if (query.content_type !== undefined && query.content_type !== push.message.content_type) return false;
      if (platform !== undefined && push.platforms !== undefined && !push.platforms.includes(platform)) return false;
      if (query.from !== undefined && push.c_time < query.from) return false;
      if (query.to !== undefined && push.c_time >= query.to) return false;
      if (status !== undefined && !status.includes(this.status(delivery, now))) return false;
      if (query.node !== undefined && query.node !== delivery.facts.node) return false;
      if (query.reason !== undefined && query.reason !== delivery.facts.reason) return false;
      const phrase = text === undefined ? undefined : searchPhrase(text);
      return phrase === undefined || hasPhrase(searchText(push.message.title, push.message.content), phrase);
    });
  }

  /** Message ids of the pushes found, newest first. */
  found(query: PushQuery, now: number): string[] {
    const pushes = new Map(this.matching(query, now).map(({ push }) => [push.message_id, push]));
    const newer = (a: QueuedPush, b: QueuedPush) => b.c_time - a.c_time || (b.message_id > a.message_id ? 1 : -1);
    return [...pushes.values()].sort(newer).map(({ message_id }) => message_id);
  }
}
