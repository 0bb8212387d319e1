// Puts pushes on the bus in micro-batches: one publish at a time, everything that came meanwhile in the next one.
import type { Bus } from '@message-push/bus';
import { ApiError, type EnvelopePush, type MessageId } from '@message-push/protocol';
import { type Clock, counter, gauge, histogram, type Log, type Metrics } from '@message-push/runtime';
import type { ApiConfig } from './config.ts';

/** What became of a push in the end; `unknown` only when this process gives up driving it. */
export type Fate = 'stored' | 'not stored' | 'unknown';

/** One push, cut into its partitions. */
export interface PublishOrder {
  message_id: MessageId;
  parts: { partition: number; push: EnvelopePush }[];
  /** Size on the bus, estimated. */
  bytes: number;
  /** Told once, also after the caller was answered 503. */
  onFate?: ((fate: Fate) => void) | undefined;
}

export interface PublisherDeps {
  config: ApiConfig;
  bus: Pick<Bus, 'publish'>;
  clock: Clock;
  log: Log;
  metrics: Metrics;
  id: string;
}

interface Waiting {
  order: PublishOrder;
  deadlineAt: number;
  /** Cleared when the caller has been answered. */
  answer: ((error?: ApiError) => void) | undefined;
}

/** Most pushes of an envelope: the index of a sequence is promised below it. */
const ENVELOPE_PUSHES_MAX = 1_000;
/** After a publish of so many pushes or more the next one begins this much later at least. */
const PUBLISH_MANY = 4;
const PUBLISH_EVERY_MS = 5;
const RETRY_MIN_MS = 100;
const RETRY_MAX_MS = 2_000;

/**
 * `publish` resolves when every part is stored, in the order the orders came in. It rejects with BUS_UNAVAILABLE when nothing was
 * stored, with PUBLISH_UNKNOWN at the deadline while the batch is still being driven (then its fate is told later), and with
 * OVERLOADED when too much waits. Nobody lingers after a silence; under load publishes begin PUBLISH_EVERY_MS apart, since each costs the
 * bus and everybody behind it as much as 20 pushes do.
 */
export class Publisher {
  readonly #deps: PublisherDeps;
  #queue: Waiting[] = [];
  #queueBytes = 0;
  #flying: Waiting[] = [];
  /** A batch that is not tried again. */
  #dropped: Waiting[] | undefined;
  #scheduled = false;
  /** When the last publish began, and how many pushes were in it. */
  #beganAt = 0;
  #lastPushes = 0;
  #closed = false;
  #deadlineTimer: NodeJS.Timeout | undefined;
  #retry: { timer: NodeJS.Timeout; go: () => void } | undefined;
  #idle: (() => void)[] = [];
  readonly #batchPushes;
  readonly #seconds;
  readonly #failures;
  readonly #waiting;

  constructor(deps: PublisherDeps) {
    this.#deps = deps;
    const { metrics } = deps;
    this.#batchPushes = histogram(metrics, 'mp_api_publish_pushes', 'Pushes per publish.', BATCH_BUCKETS, ['id']);
    this.#seconds = histogram(metrics, 'mp_api_publish_seconds', 'Time of a publish.', SECONDS_BUCKETS, ['id']);
    this.#failures = counter(metrics, 'mp_api_publish_failures_total', 'Failed publishes, by code.', ['id', 'code']);
    this.#waiting = gauge(metrics, 'mp_api_publish_waiting', 'Pushes waiting for the bus.', ['id']);
  }

  publish(order: PublishOrder): Promise<void> {
    const { config, clock } = this.#deps;
    const full = this.#queue.length >= config.publishQueueMax;
    if (this.#closed || full || this.#queueBytes + order.bytes > config.publishQueueBytesMax) {
      order.onFate?.('not stored');
      return Promise.reject(new ApiError(this.#closed ? 'DRAINING' : 'OVERLOADED', { retryAfterS: 1 }));
    }
    return new Promise((resolve, reject) => {
      const answer = (error?: ApiError) => (error === undefined ? resolve() : reject(error));
      this.#queue.push({ order, deadlineAt: clock.now() + config.publishDeadlineMs, answer });
      this.#queueBytes += order.bytes;
      this.#schedule();
      this.#watchDeadlines();
    });
  }

  /**
   * The log has other partitions than the pushes were cut for: what waits is not stored, and what is under way is not tried again, since
   * a receiver's pushes keep their order, and their places in the inbox, in one partition only.
   */
  dropQueue(): void {
    this.#queueBytes = 0;
    for (const waiting of this.#queue.splice(0)) settle(waiting, 'not stored', new ApiError('BUS_UNAVAILABLE'));
    this.#dropped = this.#flying;
    this.#goOn();
  }

  /** Takes nothing new, and resolves when all is stored or `withinMs` is over; what is left then has an unknown fate. */
  async close(withinMs: number): Promise<void> {
    this.#closed = true;
    if (this.#flying.length > 0 || this.#queue.length > 0) await this.#ended(withinMs);
    clearTimeout(this.#deadlineTimer);
    this.#goOn();
    for (const waiting of this.#queue.splice(0)) settle(waiting, 'not stored', new ApiError('DRAINING'));
    for (const waiting of this.#flying) settle(waiting, 'unknown', unknown(waiting));
  }

  /** Between two tries. */
  async #pause(ms: number): Promise<void> {
    await new Promise<void>((go) => {
      this.#retry = { go, timer: setTimeout(go, ms) };
    });
    this.#retry = undefined;
  }

  #goOn(): void {
    if (this.#retry === undefined) return;
    clearTimeout(this.#retry.timer);
    this.#retry.go();
  }

  /** All requests that are read in this event-loop turn share the publish, and those that come before the next one may begin. */
  #schedule(): void {
    if (this.#scheduled || this.#flying.length > 0) return;
    this.#scheduled = true;
    const go = () => {
      this.#scheduled = false;
      void this.#run();
    };
    const since = this.#deps.clock.now() - this.#beganAt;
    if (this.#lastPushes >= PUBLISH_MANY && since >= 0 && since < PUBLISH_EVERY_MS)
      setTimeout(go, PUBLISH_EVERY_MS - since);
    else setImmediate(go);
  }

  async #run(): Promise<void> {
    if (this.#queue.length > 0) {
      this.#beganAt = this.#deps.clock.now();
      this.#flying = this.#take();
      this.#lastPushes = this.#flying.length;
      this.#waiting.set({ id: this.#deps.id }, this.#queue.length);
      await this.#drive(this.#flying);
      this.#flying = [];
    }
    if (this.#queue.length > 0) this.#schedule();
    else for (const told of this.#idle.splice(0)) told();
  }

  #take(): Waiting[] {
    const { publishBatchBytesMax } = this.#deps.config;
    let bytes = 0;
    let count = 0;
    for (const { order } of this.#queue) {
      if (count > 0 && bytes + order.bytes > publishBatchBytesMax) break;
      bytes += order.bytes;
      count++;
    }
    this.#queueBytes -= bytes;
    return this.#queue.splice(0, count);
  }

  /** Publishes until the fate of the batch is known. After an unknown outcome its pushes are marked. */
  async #drive(batch: Waiting[]): Promise<void> {
    let again = false;
    for (let pauseMs = RETRY_MIN_MS; ; pauseMs = Math.min(2 * pauseMs, RETRY_MAX_MS)) {
      const error = await this.#tryPublish(batch, again);
      if (error === undefined) return settleAll(batch, 'stored');
      if (!(error instanceof ApiError) || this.#closed) return this.#giveUp(batch, error);
      if (error.code === 'BUS_UNAVAILABLE' && !again) return settleAll(batch, 'not stored', error);
      again = true;
      if (this.#dropped !== batch) await this.#pause(pauseMs);
      if (this.#dropped === batch) return this.#giveUp(batch, error);
    }
  }

  async #tryPublish(batch: Waiting[], again: boolean): Promise<unknown> {
    const { bus, id, log, config } = this.#deps;
    this.#batchPushes.observe({ id }, batch.length);
    const done = this.#seconds.startTimer({ id });
    try {
      await bus.publish('pushes', pack(batch, again, config.envelopeBytesMax));
      return undefined;
    } catch (error) {
      const code = error instanceof ApiError ? error.code : 'INTERNAL';
      this.#failures.inc({ id, code });
      log.warn({ err: error, pushes: batch.length, again }, 'publish failed');
      return error;
    } finally {
      done();
    }
  }

  /** A failure that is no word of the bus, other partitions, or the end of this process: a retry of the caller has to drive it on. */
  #giveUp(batch: Waiting[], error: unknown): void {
    this.#deps.log.error({ err: error, pushes: batch.length }, 'the fate of a batch stays unknown');
    for (const waiting of batch) settle(waiting, 'unknown', unknown(waiting));
  }

  /** One timer for all: the queue is in the order of deadlines. */
  #watchDeadlines(): void {
    if (this.#deadlineTimer !== undefined) return;
    const next = this.#flying.find(({ answer }) => answer !== undefined) ?? this.#queue[0];
    if (next === undefined) return;
    const waitMs = Math.max(1, next.deadlineAt - this.#deps.clock.now());
    this.#deadlineTimer = setTimeout(() => {
      this.#deadlineTimer = undefined;
      this.#expire(this.#deps.clock.now());
      this.#watchDeadlines();
    }, waitMs).unref();
  }

  #expire(now: number): void {
    for (const waiting of this.#flying) if (now >= waiting.deadlineAt) answer(waiting, unknown(waiting));
    let late = 0;
    for (; (this.#queue[late]?.deadlineAt ?? Number.POSITIVE_INFINITY) <= now; late++);
    for (const waiting of this.#queue.splice(0, late)) {
      this.#queueBytes -= waiting.order.bytes;
      // It was never handed to the bus.
      settle(waiting, 'not stored', new ApiError('BUS_UNAVAILABLE'));
    }
  }

  #ended(withinMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, withinMs);
      this.#idle.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}

const BATCH_BUCKETS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 5_000];
const SECONDS_BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 10];

function unknown({ order }: Waiting): ApiError {
  return new ApiError('PUBLISH_UNKNOWN', { params: { message_id: order.message_id } });
}

function answer(waiting: Waiting, error?: ApiError): void {
  waiting.answer?.(error);
  waiting.answer = undefined;
}

function settle(waiting: Waiting, fate: Fate, error?: ApiError): void {
  const { onFate } = waiting.order;
  waiting.order.onFate = undefined;
  onFate?.(fate);
  answer(waiting, error);
}

function settleAll(batch: Waiting[], fate: Fate, error?: ApiError): void {
  for (const waiting of batch) settle(waiting, fate, error);
}

/**
 * The records of a batch: per partition, in order, envelopes of at most 1,000 pushes that are closed at `bytesMax`. Each push is encoded
 * once; the text is the one that `Envelope` describes.
 */
function pack(batch: Waiting[], again: boolean, bytesMax: number): { partition: number; value: Uint8Array }[] {
  const records: { partition: number; value: Uint8Array }[] = [];
  const open = new Map<number, { texts: string[]; bytes: number }>();
  for (const { order } of batch) {
    for (const { partition, push } of order.parts) {
      const text = JSON.stringify(again ? { ...push, again: true } : push);
      const envelope = open.get(partition) ?? { texts: [], bytes: 0 };
      open.set(partition, envelope);
      const full = envelope.texts.length >= ENVELOPE_PUSHES_MAX || envelope.bytes + text.length > bytesMax;
      if (full && envelope.texts.length > 0) {
        records.push(seal(partition, envelope.texts));
        envelope.texts = [];
        envelope.bytes = 0;
      }
      envelope.texts.push(text);
      envelope.bytes += Buffer.byteLength(text);
    }
  }
  for (const [partition, { texts }] of open) records.push(seal(partition, texts));
  return records;
}

function seal(partition: number, texts: string[]): { partition: number; value: Uint8Array } {
  return { partition, value: Buffer.from(`{"v":1,"pushes":[${texts.join(',')}]}`) };
}
