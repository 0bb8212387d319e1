// One message to one uid on its way through the consumer: settled when nothing of it is left to do.
import type { Mark } from '@message-push/delivery';
import { type InnerMessage, SEQ_ZERO, type Seq } from '@message-push/protocol';
import type { Flight } from './pace.ts';
import type { Partition } from './partition.ts';
import type { Waiting } from './receipts.ts';

/** Something of a bus record that must be settled before its offset may be committed. */
export class Share implements Waiting {
  #partition: Partition;
  #mark: Mark;
  /** What is under way for it. */
  #parts = 1;

  constructor(partition: Partition, mark: Mark) {
    this.#partition = partition;
    this.#mark = mark;
  }

  /** Something more has to be done first: one more `done` comes. */
  hold(): this {
    this.#parts++;
    return this;
  }

  done(): void {
    if (--this.#parts === 0) this.#partition.settled(this.#mark);
  }
}

/** Who hears what only the consumer knows of a delivery. Each settles it. */
export interface Reports {
  /** Nobody was there. */
  offline(delivery: Delivery): void;
  /** Its sender took it back before it was posted. */
  recalled(delivery: Delivery): void;
}

export class Delivery implements Waiting {
  readonly message: InnerMessage;
  readonly uid: string;
  readonly deviceIds: string[] | undefined;
  /** What the inbox held or had let go just before it. */
  prev: Seq = SEQ_ZERO;
  readonly #share: Share;
  readonly #reports: Reports;
  #flight: Flight | undefined;
  readonly #bytes: number;
  #posts = 0;
  #reached = false;
  #recalled = false;

  constructor(
    share: Share,
    reports: Reports,
    message: InnerMessage,
    uid: string,
    deviceIds: string[] | undefined,
    flight: Flight,
    bytes: number,
  ) {
    this.#share = share;
    this.#reports = reports;
    this.message = message;
    this.uid = uid;
    this.deviceIds = deviceIds;
    this.#flight = flight;
    this.#bytes = bytes;
  }

  hold(): this {
    this.#share.hold();
    return this;
  }

  done(): void {
    this.#share.done();
  }

  /** It is posted to so many nodes, each of which answers once; to none = nobody is bound. */
  post(nodes: number): void {
    this.#posts = nodes;
    if (nodes > 0) return;
    this.land();
    this.#reports.offline(this);
  }

  /** A node answered, or will never answer. Reached nowhere, it waits in the inbox. */
  answered(reached: boolean): void {
    this.#reached ||= reached;
    if (--this.#posts > 0) return;
    this.land();
    if (this.#recalled) this.#reports.recalled(this);
    else if (this.#reached) this.done();
    else this.#reports.offline(this);
  }

  /** It was taken back before a post of it was sent, which is not sent any more. */
  takenBack(): void {
    this.#recalled = true;
    this.answered(false);
  }

  /** No post of it is under way: its receiver may be sent more. */
  land(): void {
    this.#flight?.land(this.#bytes);
    this.#flight = undefined;
  }
}
