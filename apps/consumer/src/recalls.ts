// Messages that their senders took back: known by their ids, the oldest forgotten when there are very many.
import type { MessageId } from '@message-push/protocol';
import type { NumberedRevocation } from '@message-push/state';

export class Recalls {
  readonly #max: number;
  readonly #ids = new Set<MessageId>();

  constructor(max: number) {
    this.#max = max;
  }

  get size(): number {
    return this.#ids.size;
  }

  has(messageId: MessageId): boolean {
    return this.#ids.has(messageId);
  }

  add(list: NumberedRevocation[]): void {
    for (const { revocation } of list) {
      if (revocation.kind !== 'message') continue;
      this.#ids.add(revocation.message_id);
      if (this.#ids.size > this.#max) this.#forgetOldest();
    }
  }

  #forgetOldest(): void {
    for (const oldest of this.#ids) return void this.#ids.delete(oldest);
  }
}
