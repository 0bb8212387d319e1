// A message on its way down: encoded once, sent down each link once with all of its sessions.
import { encodeMessageFrame, type InnerMessage } from '@message-push/protocol';
import type { NodeMetrics } from './metrics.ts';
import { type Gateway, onSent, type Sent, type Session } from './session.ts';

/** `to` names the sessions, `flush` sends: only one Down is open at a time, so that frames keep their order. */
export class Down {
  readonly message: InnerMessage;
  readonly #bytes: Uint8Array;
  readonly #sent: Sent;
  readonly #gateways: Gateway[] = [];
  readonly #metrics: NodeMetrics;

  constructor(message: InnerMessage, metrics: NodeMetrics) {
    this.message = message;
    this.#metrics = metrics;
    this.#bytes = encodeMessageFrame(message);
    this.#sent = { seq: message.seq, message_id: message.message_id, bytes: this.#bytes.length };
  }

  to(session: Session): void {
    const { gateway } = session;
    if (gateway.targets.length === 0) this.#gateways.push(gateway);
    gateway.targets.push(session.number, session.bind);
    if (this.message.online_only !== true) onSent(session, this.#sent);
  }

  flush(): void {
    const { seq } = this.message;
    const online = this.message.online_only === true;
    for (const gateway of this.#gateways) {
      const targets = Uint32Array.from(gateway.targets);
      gateway.link.send({ type: 'down', seq, online, targets, bytes: this.#bytes });
      const deliveries = gateway.targets.length / 2;
      this.#metrics.totals.deliveries += deliveries;
      this.#metrics.deliveries.inc(deliveries);
      this.#metrics.frames.inc();
      gateway.targets = [];
    }
    this.#gateways.length = 0;
  }
}
