// One message to one uid on its way through the consumer: settled when nothing of it is left to do.
import type { Mark } from '@message-push/delivery';
import { type InnerMessage, SEQ_ZERO, type Seq } from '@message-push/protocol';
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

/** Who hears that nobody was there. */
export interface OfflineReports {
  offline(delivery: Delivery): void;
}

export class Delivery extends Share {
  readonly message: InnerMessage;
  readonly uid: string;
  readonly deviceIds: string[] | undefined;
  /** What the inbox held or had let go just before it. */
  prev: Seq = SEQ_ZERO;
  #reports: OfflineReports;
  #posts = 0;
  #reached = false;

  constructor(
    share: { partition: Partition; mark: Mark; reports: OfflineReports },
    message: InnerMessage,
    uid: string,
    deviceIds: string[] | undefined,
  ) {
    super(share.partition, share.mark);
    this.#reports = share.reports;
    this.message = message;
    this.uid = uid;
    this.deviceIds = deviceIds;
  }

  /** It is posted to so many nodes, each of which answers once; to none = nobody is bound. */
  post(nodes: number): void {
    this.#posts = nodes;
    if (nodes === 0) this.#reports.offline(this);
  }

  /** A node answered, or will never answer. Reached nowhere, it waits in the inbox. */
  answered(reached: boolean): void {
    this.#reached ||= reached;
    if (--this.#posts > 0) return;
    if (this.#reached) this.done();
    else this.#reports.offline(this);
  }
}
