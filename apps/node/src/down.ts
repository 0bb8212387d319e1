// A message on its way down: encoded once, sent down each link once with all of its sessions.
import { encodeMessageFrame, type InnerMessage } from '@message-push/protocol';
import type { NodeMetrics } from './metrics.ts';
import type { Rooms } from './rooms.ts';
import type { Gateway, Sent, Session } from './session.ts';

export interface DownDeps {
  rooms: Rooms;
  metrics: NodeMetrics;
}

/** `to` names the sessions, `flush` sends: only one Down is open at a time, so that frames keep their order. */
export class Down {
  readonly message: InnerMessage;
  readonly #bytes: Uint8Array;
  readonly #sent: Sent;
  readonly #gateways: Gateway[] = [];
  readonly #deps: DownDeps;

  constructor(message: InnerMessage, deps: DownDeps) {
    this.message = message;
    this.#deps = deps;
    this.#bytes = encodeMessageFrame(message);
    this.#sent = { seq: message.seq, message_id: message.message_id, bytes: this.#bytes.length };
  }

  to(session: Session): void {
    const { gateway } = session;
    if (gateway.targets.length === 0) this.#gateways.push(gateway);
    gateway.targets.push(session.number, session.bind);
    if (this.message.online_only !== true) this.#deps.rooms.sent(session, this.#sent);
  }

  flush(): void {
    const { metrics } = this.#deps;
    const { seq } = this.message;
    const online = this.message.online_only === true;
    for (const gateway of this.#gateways) {
      const targets = Uint32Array.from(gateway.targets);
      gateway.link.send({ type: 'down', seq, online, targets, bytes: this.#bytes });
      const deliveries = gateway.targets.length / 2;
      metrics.totals.deliveries += deliveries;
      metrics.deliveries.inc(deliveries);
      metrics.frames.inc();
      gateway.targets = [];
    }
    this.#gateways.length = 0;
  }
}
