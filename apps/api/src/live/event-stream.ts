// One stream of server-sent events: tells its reader what they may see, and holds a bounded part of what they are slow to read.
import type { ServerResponse } from 'node:http';
import type { StreamEvents } from '@message-push/protocol/admin';
import type { LiveEvent, Topic } from './event-log.ts';

/** Who reads, and what of. */
export interface Reader {
  readonly operator: string;
  readonly sessionId: string;
  readonly role: string;
  /** Apps they may see; undefined = all. */
  readonly apps: ReadonlySet<string> | undefined;
  readonly topics: ReadonlySet<Topic>;
  /** Whose receipts they want. */
  readonly message: string | undefined;
}

/** Unread bytes past which events are dropped and told as a gap. */
const UNREAD_BYTES_MAX = 256 * 1024;
/** One who reads nothing for so long is let go of. */
const STUCK_MS = 60_000;
/** Pushes of one event; the rest is counted. */
const PUSHES_MAX = 12;

export class EventStream {
  readonly reader: Reader;
  readonly #response: ServerResponse;
  /** Since when events are dropped; undefined = they are not. */
  #droppingSince: number | undefined;
  #ended = false;

  /** `lastId` answers the id to resume from; `onEnd` is called once. */
  constructor(reader: Reader, response: ServerResponse, lastId: () => string, onEnd: () => void) {
    this.reader = reader;
    this.#response = response;
    response.on('drain', () => {
      if (this.#droppingSince === undefined) return;
      this.#droppingSince = undefined;
      this.gap(lastId());
    });
    response.once('close', () => {
      this.#ended = true;
      onEnd();
    });
  }

  /** Sends what of the event is for this reader. */
  offer(event: LiveEvent, id: string, now: number): void {
    const data = seenBy(this.reader, event);
    if (data !== undefined) this.#write(`id: ${id}\nevent: ${event.topic}\ndata: ${JSON.stringify(data)}\n\n`, now);
  }

  gap(id: string): void {
    this.#response.write(`id: ${id}\nevent: gap\ndata: {}\n\n`);
  }

  /** Keeps the connection alive, and ends one that nobody reads. */
  beat(now: number): void {
    if (this.#droppingSince === undefined) this.#write(': \n\n', now);
    else if (now - this.#droppingSince >= STUCK_MS) this.#response.destroy();
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    const { socket, writableNeedDrain } = this.#response;
    // The connection goes too: nobody sends a second request on one that a stream was on.
    this.#response.end(() => socket?.destroySoon());
    // One that does not read would keep its last bytes for ever.
    if (writableNeedDrain) this.#response.destroy();
  }

  #write(text: string, now: number): void {
    if (this.#ended || this.#droppingSince !== undefined) return;
    if (this.#response.writableLength > UNREAD_BYTES_MAX) this.#droppingSince = now;
    else this.#response.write(text);
  }
}

/** What of an event a reader may see; undefined = nothing. */
export function seenBy(reader: Reader, event: LiveEvent): StreamEvents[Topic] | undefined {
  if (!reader.topics.has(event.topic)) return undefined;
  if (event.topic === 'pushes') return pushesFor(reader, event.data);
  if (event.topic === 'receipts') {
    const { app, message_id, items } = event.data;
    return message_id === reader.message && maySee(reader, app) ? { message_id, items } : undefined;
  }
  return event.data;
}

function pushesFor(reader: Reader, { items, counts }: Extract<LiveEvent, { topic: 'pushes' }>['data']) {
  const seen = items.filter(({ app }) => maySee(reader, app)).slice(0, PUSHES_MAX);
  let all = 0;
  for (const [app, count] of counts) if (maySee(reader, app)) all += count;
  return all === 0 ? undefined : { items: seen, more: all - seen.length };
}

function maySee({ apps }: Reader, app: string): boolean {
  return apps === undefined || apps.has(app);
}
