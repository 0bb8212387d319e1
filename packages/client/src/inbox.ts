// What a client has seen: makes "at least once" from the server into "once" for the application.
import { isSeq, SEQ_ZERO, type Seq } from '@message-push/protocol';

const IDS_MAX = 1000;

/** Cursor and the last 1,000 message ids of one device. */
export class SeenMessages {
  private readonly ids = new Set<string>();
  /** Everything up to here was handled. */
  cursor: Seq;

  constructor(cursor: string | undefined) {
    this.cursor = isSeq(cursor) ? cursor : SEQ_ZERO;
  }

  /** True for a message that the application has not had. Messages without a sequence are online-only: known by id alone. */
  isNew(messageId: string | undefined, seq: Seq | undefined): boolean {
    if (seq !== undefined && seq <= this.cursor) return false;
    return messageId === undefined || !this.ids.has(messageId);
  }

  /** Notes a message as taken; the cursor follows with `handled`. */
  taken(messageId: string | undefined): void {
    if (messageId === undefined) return;
    this.ids.add(messageId);
    if (this.ids.size <= IDS_MAX) return;
    for (const oldest of this.ids) {
      this.ids.delete(oldest);
      return;
    }
  }

  /** The server knows less than this cursor: its inbox was lost. What it sends from there on is new unless its id was seen. */
  rewind(seq: Seq): void {
    if (seq < this.cursor) this.cursor = seq;
  }

  /** Moves the cursor forward; true when it moved. */
  handled(seq: Seq | undefined): boolean {
    if (seq === undefined || seq <= this.cursor) return false;
    this.cursor = seq;
    return true;
  }
}
