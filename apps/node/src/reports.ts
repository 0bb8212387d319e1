// What a node says about messages: one place that turns hops into receipts.
import type { Left } from '@message-push/delivery';
import type { MessageId, Receipt, Seq } from '@message-push/protocol';
import type { Clock } from '@message-push/runtime';
import type { Receipts } from './receipts.ts';
import type { Sent, Session, Unacked } from './session.ts';

/** Of a session or of one that ended. */
export type Reported = Pick<Session, 'app' | 'uid' | 'session_id' | 'platform' | 'ack'> & { gateway_id: string };

export interface ReportsDeps {
  receipts: Pick<Receipts, 'add' | 'hurry'>;
  clock: Clock;
  /** Id of this node. */
  node: string;
  ringVersion(): number;
}

export class Reports {
  #deps: ReportsDeps;

  constructor(deps: ReportsDeps) {
    this.#deps = deps;
  }

  /** A message was sent down for at least one session of the uid. */
  routed(app: string, uid: string, message: { message_id: MessageId; seq: Seq }, now: number): void {
    this.#add(app, uid, message, { routed_at: now });
  }

  /** An online-only message has no place in the inbox, so that nobody reports it written: sent is the last that is known. */
  sentOnce(session: Session, message: { message_id: MessageId; seq: Seq }, now: number): void {
    const { app, uid } = session;
    this.#add(app, uid, message, { routed_at: now, written_at: now, ...who(reportedOf(session)) });
  }

  /** By the socket of a client that does not acknowledge: the last that will be known. */
  written(session: Session, written: Sent[]): void {
    const now = this.#deps.clock.now();
    for (const sent of written)
      this.#add(session.app, session.uid, sent, { written_at: now, ...who(reportedOf(session)) });
  }

  /** Only now: a message that was written and is not acknowledged is not known to have come, and may still expire. */
  acked(session: Session, acked: Unacked[]): void {
    const acked_at = this.#deps.clock.now();
    for (const unacked of acked) {
      const { written_at } = unacked;
      this.#add(session.app, session.uid, unacked, { written_at, acked_at, ...who(reportedOf(session)) });
    }
  }

  /** What a cursor passed and nobody may have reported: the node that sent it may be gone. */
  passed(by: Reported, passed: readonly Left[]): void {
    const now = this.#deps.clock.now();
    const times: Partial<Receipt> = by.ack ? { written_at: now, acked_at: now } : { written_at: now };
    for (const left of passed) this.#add(by.app, by.uid, left, { ...times, ...who(by) });
    // The cursor has moved already: if this node dies now, nobody knows of them.
    this.#deps.receipts.hurry();
  }

  #add(app: string, uid: string, message: { message_id: MessageId; seq: Seq }, facts: Partial<Receipt>): void {
    const { receipts, node, ringVersion } = this.#deps;
    const { message_id, seq } = message;
    receipts.add({ message_id, app, uid, seq, node, ring_version: ringVersion(), ...facts });
  }
}

export function reportedOf(session: Session): Reported {
  const { app, uid, session_id, platform, ack } = session;
  return { app, uid, session_id, platform, ack, gateway_id: session.gateway.link.peer.id };
}

function who({ session_id, platform, gateway_id }: Reported): Partial<Receipt> {
  return { session_id, platform, gateway: gateway_id };
}
