// What becomes of a delivery after state has answered: posts to its nodes, or a receipt that says why not.
import type { Bind } from '@message-push/delivery';
import type { Receipt } from '@message-push/protocol';
import type { Clock } from '@message-push/runtime';
import type { Appended } from './appends.ts';
import type { Delivery, OfflineReports } from './delivery.ts';
import type { ConsumerMetrics } from './metrics.ts';
import type { Partition } from './partition.ts';
import type { Posts } from './posts.ts';
import type { Receipts } from './receipts.ts';
import type { Work } from './work.ts';

export interface RouterDeps {
  posts: Pick<Posts, 'add' | 'flush'>;
  receipts: Pick<Receipts, 'add'>;
  metrics: ConsumerMetrics;
  clock: Clock;
}

/** Promises: each delivery is settled once, when its nodes have answered and its receipts are stored. */
export class Router implements OfflineReports {
  #deps: RouterDeps;

  constructor(deps: RouterDeps) {
    this.#deps = deps;
  }

  /** Everything of these records is appended; `appended` has an answer for each item that was to be. */
  route(partition: Partition, works: Work[], appended: Appended[], binds: Map<Delivery, Bind[]>): void {
    const { posts, receipts, clock } = this.#deps;
    const now = clock.now();
    let next = 0;
    for (const { mark, items, dead } of works) {
      for (const { letter, share } of dead) {
        for (const receiver of letter.receivers)
          receipts.add({ ...receiver, dead_at: now, reason: letter.reason }, share.hold());
        share.done();
      }
      for (const item of items) {
        if (item.fate === 'append') this.#append(item.delivery, appended[next++], now);
        else if (item.fate === 'late') this.#late(item.delivery, now);
        else if (item.fate === 'once') this.#post(item.delivery, binds.get(item.delivery) ?? []);
        else item.delivery.done();
      }
      partition.applied(mark, now);
    }
    posts.flush();
  }

  #append(delivery: Delivery, result: Appended | undefined, now: number): void {
    const { receipts, metrics } = this.#deps;
    if (result === undefined || 'refused' in result) {
      const reason = result === undefined ? 'state gave no answer' : result.refused;
      receipts.add({ ...aboutOf(delivery), dead_at: now, reason }, delivery);
      return;
    }
    const { app } = delivery.message;
    for (const { seq, message_id } of result.evicted) {
      metrics.evicted.inc();
      const reason = 'inbox full';
      receipts.add({ message_id, app, uid: delivery.uid, seq, evicted_at: now, reason }, delivery.hold());
    }
    if (result.outcome === 'new') metrics.appended.inc();
    else metrics.redelivered.inc();
    if (result.outcome === 'gone' || result.outcome === 'again') {
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
    const reason = 'its time was over before it reached an inbox';
    this.#deps.receipts.add({ ...aboutOf(delivery), evicted_at: now, reason }, delivery);
  }

  /** Nobody was bound, or nobody of those who are was addressed. */
  offline(delivery: Delivery): void {
    const { receipts, metrics, clock } = this.#deps;
    metrics.offline.inc();
    const receipt: Receipt = { ...aboutOf(delivery), offline_at: clock.now() };
    if (delivery.message.online_only === true) receipt.reason = 'nobody was online';
    receipts.add(receipt, delivery);
  }
}

function aboutOf({ message, uid }: Delivery): Receipt {
  return { message_id: message.message_id, app: message.app, uid, seq: message.seq };
}
