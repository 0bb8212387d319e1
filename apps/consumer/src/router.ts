// What becomes of a delivery after state has answered: posts to its nodes, or a receipt that says why not.
import type { Bind } from '@message-push/delivery';
import { REASONS, type Receipt } from '@message-push/protocol';
import type { Clock } from '@message-push/runtime';
import type { Appended } from './appends.ts';
import { type Delivery, type Reports, Share } from './delivery.ts';
import type { ConsumerMetrics } from './metrics.ts';
import type { Partition } from './partition.ts';
import type { Posts } from './posts.ts';
import type { Receipts } from './receipts.ts';
import type { DeadWork, Item } from './work.ts';

export interface RouterDeps {
  posts: Pick<Posts, 'add' | 'flush'>;
  receipts: Pick<Receipts, 'add'>;
  metrics: ConsumerMetrics;
  clock: Clock;
}

/** Entries that state has answered for. */
export interface Routed {
  dead: DeadWork[];
  items: Item[];
  /** An answer for each item that was to be appended, in order. */
  appended: Appended[];
  /** Of the items that are only posted. */
  binds: Map<Delivery, Bind[]>;
}

/** Promises: each delivery is settled once, when its nodes have answered and its receipts are stored. */
export class Router implements Reports {
  #deps: RouterDeps;

  constructor(deps: RouterDeps) {
    this.#deps = deps;
  }

  route(partition: Partition, { dead, items, appended, binds }: Routed): void {
    const { posts, receipts, clock } = this.#deps;
    const now = clock.now();
    for (const { letter, record } of dead) {
      const share = new Share(partition, record.mark);
      for (const receiver of letter.receivers)
        receipts.add({ ...receiver, dead_at: now, reason: REASONS.unreadable }, share.hold());
      share.done();
      partition.routed(record, now);
    }
    let next = 0;
    for (const { fate, delivery, work } of items) {
      if (fate === 'append') this.#append(delivery, appended[next++], now);
      else if (fate === 'once') this.#post(delivery, binds.get(delivery) ?? []);
      else {
        delivery.land();
        if (fate === 'late') this.#late(delivery, now);
        else if (fate === 'recalled') this.recalled(delivery);
        else delivery.done();
      }
      partition.routed(work.record, now);
    }
    posts.flush();
  }

  #append(delivery: Delivery, result: Appended | undefined, now: number): void {
    const { receipts, metrics } = this.#deps;
    if (result === undefined || 'refused' in result) {
      const reason = result === undefined ? REASONS.no_answer : REASONS.refused;
      delivery.land();
      receipts.add({ ...aboutOf(delivery), dead_at: now, reason }, delivery);
      return;
    }
    const { app } = delivery.message;
    for (const { seq, message_id } of result.evicted) {
      metrics.evicted.inc();
      const reason = REASONS.inbox_full;
      receipts.add({ message_id, app, uid: delivery.uid, seq, evicted_at: now, reason }, delivery.hold());
    }
    if (result.outcome === 'new') metrics.appended.inc();
    else metrics.redelivered.inc();
    if (result.outcome === 'gone' || result.outcome === 'again') {
      delivery.land();
      delivery.done();
      return;
    }
    delivery.prev = result.prev;
    this.#post(delivery, result.binds);
  }

  #post(delivery: Delivery, binds: Bind[]): void {
    delivery.post(binds.length);
    for (const bind of binds) this.#deps.posts.add(delivery, bind);
  }

  #late(delivery: Delivery, now: number): void {
    this.#deps.metrics.expired.inc();
    const reason = REASONS.too_late;
    this.#deps.receipts.add({ ...aboutOf(delivery), evicted_at: now, reason }, delivery);
  }

  /** Nobody was bound, or nobody of those who are was addressed. */
  offline(delivery: Delivery): void {
    const { receipts, metrics, clock } = this.#deps;
    metrics.offline.inc();
    const receipt: Receipt = { ...aboutOf(delivery), offline_at: clock.now() };
    if (delivery.message.online_only === true) receipt.reason = REASONS.nobody_online;
    receipts.add(receipt, delivery);
  }

  /** Its sender took it back before it was posted. */
  recalled(delivery: Delivery): void {
    const { receipts, metrics, clock } = this.#deps;
    metrics.recalled.inc();
    receipts.add({ ...aboutOf(delivery), recalled_at: clock.now() }, delivery);
  }
}

function aboutOf({ message, uid }: Delivery): Receipt {
  return { message_id: message.message_id, app: message.app, uid, seq: message.seq };
}
