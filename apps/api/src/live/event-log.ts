// The last events of all streams, numbered, so that a stream that broke goes on behind the last one its reader saw.
import type { StreamEvents } from '@message-push/protocol/admin';

/** What can be sent; `gap` is made by each stream itself. */
export type Topic = Exclude<keyof StreamEvents, 'gap'>;

/** What a source tells; who may see how much of it is decided for each stream. */
export interface LiveEvents {
  health: StreamEvents['health'];
  rates: StreamEvents['rates'];
  ring: StreamEvents['ring'];
  audit: StreamEvents['audit'];
  /** `counts`: pushes per app since the last event, those that are not listed among them. */
  pushes: { items: StreamEvents['pushes']['items']; counts: ReadonlyMap<string, number> };
  receipts: { app: string; message_id: string; items: StreamEvents['receipts']['items'] };
}

export type LiveEvent = { [T in Topic]: { n: number; topic: T; data: LiveEvents[T] } }[Topic];

export class EventLog {
  readonly #life: string;
  readonly #max: number;
  readonly #events: LiveEvent[] = [];
  /** The number before the first event of a topic since its source was started last. */
  readonly #since = new Map<Topic, number>();
  #n = 0;

  /** `life` tells the numbers of this process from those of others. */
  constructor(life: string, max: number) {
    this.#life = life;
    this.#max = max;
  }

  add<T extends Topic>(topic: T, data: LiveEvents[T]): LiveEvent {
    // The parts are of one topic: the union of the pairs has it.
    const event = { n: ++this.#n, topic, data } as LiveEvent;
    this.#events.push(event);
    if (this.#events.length > this.#max) this.#events.shift();
    return event;
  }

  /** The source of a topic was started: what was before may be missing. */
  started(topic: Topic): void {
    this.#since.set(topic, this.#n);
  }

  /** The id of an event, or of the newest one. */
  id(n = this.#n): string {
    return `${this.#life}-${n}`;
  }

  /** Events of these topics behind an id; undefined when some of them are not kept, or the id is not of this life. */
  after(id: string, topics: ReadonlySet<Topic>): LiveEvent[] | undefined {
    const [, life, digits] = /^(.+)-(\d{1,15})$/.exec(id) ?? [];
    const n = Number(digits);
    const oldest = this.#events[0]?.n ?? this.#n + 1;
    if (life !== this.#life || n > this.#n || n + 1 < oldest) return undefined;
    for (const topic of topics) if (n < (this.#since.get(topic) ?? Number.POSITIVE_INFINITY)) return undefined;
    return this.#events.filter((event) => event.n > n && topics.has(event.topic));
  }
}
