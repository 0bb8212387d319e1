// Live deliveries: a consumer's batch goes to the sessions that may have it now; the others are marked and read their inbox.
import { addresses, onDelivery, onOnlineOnly } from '@message-push/delivery';
import type { InnerDelivery, InnerMessage, InnerPushRequest } from '@message-push/protocol';
import type { Clock } from '@message-push/runtime';
import type { Binds } from './binds.ts';
import { Down } from './down.ts';
import { type Hub, isList } from './hub.ts';
import type { NodeMetrics } from './metrics.ts';
import type { Replay } from './replay.ts';
import type { Reports } from './reports.ts';
import type { Rooms } from './rooms.ts';
import type { Session } from './session.ts';

export interface DelivererDeps {
  hub: Hub;
  binds: Pick<Binds, 'stray'>;
  replay: Replay;
  rooms: Rooms;
  reports: Reports;
  metrics: NodeMetrics;
  clock: Clock;
}

type Outcome = 'nobody' | 'marked' | 'sent';

/** Hot path: no promise, no closure and no timer per delivery. */
export class Deliverer {
  #deps: DelivererDeps;
  #down: Down | undefined;

  constructor(deps: DelivererDeps) {
    this.#deps = deps;
  }

  /** Sessions reached or marked, per delivery. */
  push({ messages, deliveries }: InnerPushRequest): number[] {
    const { metrics, clock } = this.#deps;
    const now = clock.now();
    metrics.posts.inc();
    const outcomes = deliveries.map((delivery) => {
      const message = messages[delivery.m];
      return message === undefined ? 0 : this.#deliver(message, delivery, now);
    });
    this.#flush();
    return outcomes;
  }

  #deliver(message: InnerMessage, delivery: InnerDelivery, now: number): number {
    const { hub, binds, reports, metrics } = this.#deps;
    const here = hub.of(message.app, delivery.uid);
    if (here === undefined) {
      binds.stray(message.app, delivery.uid);
      return 0;
    }
    const late = message.expires_at <= now;
    if (late) metrics.expired.inc();
    let reached = 0;
    let sent = false;
    for (const session of isList(here) ? here : [here]) {
      const outcome = this.#offer(session, message, delivery, late, now);
      if (outcome !== 'nobody') reached++;
      if (outcome === 'sent') sent = true;
    }
    if (sent && message.online_only !== true) reports.routed(message.app, delivery.uid, message, now);
    return reached;
  }

  #offer(session: Session, message: InnerMessage, delivery: InnerDelivery, late: boolean, now: number): Outcome {
    if (session.closing) return 'nobody';
    const addressed = !late && isFor(message, delivery, session);
    if (message.online_only === true) return this.#offerOnce(session, message, addressed, now);
    const step = onDelivery(session, delivery.prev, message.seq, addressed, this.#deps.rooms.of(session));
    if (step === 'pull') this.#deps.replay.start(session);
    if (step === 'send') this.#send(session, message);
    if (!addressed) return 'nobody';
    return step === 'send' ? 'sent' : 'marked';
  }

  /** At most once: a consumer that starts again posts again what it had not committed, in the same order. */
  #offerOnce(session: Session, message: InnerMessage, addressed: boolean, now: number): Outcome {
    if (!addressed) return 'nobody';
    if (this.#deps.rooms.of(session) <= 0) return 'nobody';
    if (!onOnlineOnly(session, message.seq)) return 'marked';
    this.#send(session, message);
    this.#deps.reports.sentOnce(session, message, now);
    return 'sent';
  }

  #send(session: Session, message: InnerMessage): void {
    if (this.#down?.message !== message) {
      this.#flush();
      this.#down = new Down(message, this.#deps);
    }
    this.#down.to(session);
  }

  #flush(): void {
    this.#down?.flush();
    this.#down = undefined;
  }
}

function isFor(message: InnerMessage, { device_ids }: InnerDelivery, { platform, device }: Session): boolean {
  if (!addresses(message, platform, device)) return false;
  return device_ids === undefined || addresses({ device_ids }, platform, device);
}
