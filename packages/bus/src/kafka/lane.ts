// Publishes to one topic: what waits while a send is under way goes with the next one; one send at a time, driven until it is answered.
import { type Clock, counter, gauge, type Log, type Metrics } from '@message-push/runtime';
import type { Topic } from '../index.ts';
import { Call, type Chunk, fits, takeChunks } from './batch.ts';
import type { Cluster } from './cluster.ts';
import type { Connections } from './connections.ts';
import { call, check, connect, errorOf } from './driver.ts';
import { sendProduce } from './produce.ts';
import { type KafkaSettings, nameOf } from './settings.ts';

const RETRY_FIRST_MS = 50;
const RETRY_LAST_MS = 1000;
const TOTAL_CHUNKS = 8;
const SEQUENCES = 2 ** 31;
/** Stored by an earlier request, at an offset that the broker does not know any more. */
const DUPLICATE = 46;
/** The broker does not know our sequence (any more): out of order, invalid epoch, unknown producer, fenced. */
const BEGIN_ANEW = new Set([45, 47, 59, 90]);
/** Nothing was stored and never will be: too large, not allowed, not valid. Any other error is asked again. */
const REFUSED = new Set([10, 17, 18, 21, 29, 31, 32, 35, 42, 43, 44, 87]);

export interface LaneDeps {
  cluster: Pick<Cluster, 'connections' | 'refresh' | 'topic' | 'topicLimit' | 'unavailable'>;
  settings: KafkaSettings;
  clock: Clock;
  log: Log | undefined;
  metrics: Metrics | undefined;
}

interface ProducerId {
  /** The log that the sequences are of. */
  topicId: string;
  producerId: bigint;
  producerEpoch: number;
  /** Number of the next record of each partition, by which brokers recognise what they have stored already. */
  sequences: Map<number, number>;
}

/**
 * Promises: a send is repeated as it was, under the same sequence numbers, until every broker has answered; nothing is sent after it
 * before. So a partition keeps the order of publishing and holds nothing twice, whatever its callers were told at their deadline.
 */
export class Lane {
  readonly #deps: LaneDeps;
  readonly #topic: Topic;
  readonly #connections: Connections;
  readonly #queue: Call[] = [];
  /** All that wait for their answer, in order of their deadlines. */
  readonly #waiting = new Set<Call>();
  readonly #records;
  readonly #retries;
  readonly #queued;
  #producer: ProducerId | undefined;
  #queueBytes = 0;
  #running: Promise<void> | undefined;
  #deadline: NodeJS.Timeout | undefined;
  #wake: (() => void) | undefined;
  #closed = false;
  #stopped = false;

  constructor(deps: LaneDeps, topic: Topic) {
    this.#deps = deps;
    this.#topic = topic;
    const { cluster, metrics } = deps;
    this.#connections = cluster.connections();
    this.#records = metrics && counter(metrics, 'mp_bus_records_total', 'Records stored', ['topic']);
    this.#retries = metrics && counter(metrics, 'mp_bus_publish_retries_total', 'Sends that were repeated', ['topic']);
    this.#queued = metrics && gauge(metrics, 'mp_bus_queue_bytes', 'Bytes waiting to be published', ['topic']);
  }

  publish(records: { partition: number; value: Uint8Array }[]): Promise<number[]> {
    const { cluster, settings, clock } = this.#deps;
    const { leaders, bytesMax } = cluster.topic(this.#topic);
    for (const { partition, value } of records) {
      if (leaders[partition] === undefined) throw cluster.unavailable(`there is no partition ${partition}`);
      if (!fits(value, bytesMax)) throw cluster.unavailable(`a record of ${value.length} bytes is too large`);
    }
    const call = new Call(records, clock.now() + settings.publishDeadlineMs);
    if (this.#closed) throw cluster.unavailable('the bus is closed');
    if (this.#queueBytes + call.bytes > settings.queueBytesMax)
      throw cluster.unavailable('too much waits to be published');
    this.#queue.push(call);
    this.#count(call.bytes);
    this.#waiting.add(call);
    this.#watchDeadlines();
    this.#running ??= this.#run();
    return call.stored;
  }

  /** Takes nothing new; what is under way is given `withinMs`, then callers are told what is known. */
  async close(withinMs: number): Promise<void> {
    this.#closed = true;
    const timer = setTimeout(() => this.#stop(), withinMs);
    await this.#running;
    clearTimeout(timer);
    this.#stop();
    await this.#connections.close();
  }

  #stop(): void {
    this.#stopped = true;
    clearTimeout(this.#deadline);
    const cause = this.#deps.cluster.unavailable('the bus is closed').cause;
    for (const call of this.#waiting) call.giveUp(cause);
    this.#wake?.();
    void this.#connections.close(0);
  }

  async #run(): Promise<void> {
    // All that is published in this turn of the event loop goes together.
    await new Promise(setImmediate);
    const { cluster, settings } = this.#deps;
    while (this.#queue.length > 0 && !this.#stopped) {
      const bytesMax = Math.min(settings.batchBytesMax, cluster.topicLimit(this.#topic));
      const chunks = takeChunks(this.#queue, bytesMax, TOTAL_CHUNKS * bytesMax, (call) => this.#count(-call.bytes));
      await this.#drive(chunks);
    }
    this.#running = undefined;
  }

  #count(bytes: number): void {
    this.#queueBytes += bytes;
    this.#queued?.set({ topic: this.#topic }, this.#queueBytes);
  }

  /** Returns when every chunk has its fate; one that was never sent is dropped when its callers have been answered. */
  async #drive(open: Map<number, Chunk>): Promise<void> {
    for (let waitMs = RETRY_FIRST_MS; !this.#stopped; waitMs = Math.min(1.5 * waitMs, RETRY_LAST_MS)) {
      for (const [partition, chunk] of open) if (!chunk.prune()) open.delete(partition);
      if (open.size === 0) return;
      const trouble = await this.#attempt(open);
      if (open.size === 0 || this.#stopped) return;
      this.#deps.log?.debug(
        { err: trouble, topic: this.#topic, partitions: [...open.keys()] },
        'a publish is repeated',
      );
      this.#retries?.inc({ topic: this.#topic });
      await this.#sleep(waitMs);
      await this.#deps.cluster.refresh().catch(() => undefined); // the cluster says what is wrong
    }
  }

  /** Sends what is open to the leaders of its partitions and takes out what has its fate. Answers what went wrong with the rest. */
  async #attempt(open: Map<number, Chunk>): Promise<unknown> {
    try {
      const { id, leaders } = this.#deps.cluster.topic(this.#topic);
      if (this.#producer !== undefined && this.#producer.topicId !== id) this.#forget(open);
      this.#producer ??= { ...(await this.#newProducer(leaders)), topicId: id };
      const producer = this.#producer;
      const perBroker = new Map<number, Chunk[]>();
      for (const chunk of open.values()) {
        const leader = leaders[chunk.partition] ?? -1;
        const together = perBroker.get(leader);
        if (together === undefined) perBroker.set(leader, [chunk]);
        else together.push(chunk);
      }
      const sends = [...perBroker].map(([nodeId, chunks]) => this.#send(nodeId, chunks, producer, open));
      const failed = (await Promise.allSettled(sends)).find(({ status }) => status === 'rejected');
      return failed?.status === 'rejected' ? failed.reason : undefined;
    } catch (cause) {
      return cause;
    }
  }

  async #newProducer(leaders: number[]): Promise<Omit<ProducerId, 'topicId'>> {
    const broker = this.#connections.broker(leaders.find((leader) => leader >= 0) ?? -1);
    const { errorCode, producerId, producerEpoch } = await call(broker, 'InitProducerId', {});
    check(errorCode);
    return { producerId: BigInt(producerId), producerEpoch, sequences: new Map() };
  }

  async #send(nodeId: number, chunks: Chunk[], producer: ProducerId, open: Map<number, Chunk>): Promise<void> {
    const { settings, clock } = this.#deps;
    const broker = this.#connections.broker(nodeId);
    await connect(broker);
    const partitions = chunks.map(({ partition, items }) => ({
      partition,
      firstSequence: producer.sequences.get(partition) ?? 0,
      values: items.map(({ value }) => value),
    }));
    for (const chunk of chunks) chunk.sending();
    const { producerId, producerEpoch } = producer;
    const topic = nameOf(settings, this.#topic);
    const request = { topic, producerId, producerEpoch, timeoutMs: settings.requestMs, partitions };
    const { topics } = await sendProduce(broker, request, clock.now());
    let trouble = 0;
    for (const { partition, errorCode, baseOffset } of topics[0]?.partitions ?? []) {
      const chunk = open.get(partition);
      if (chunk === undefined) continue;
      if (errorCode !== 0) trouble = errorCode;
      if (BEGIN_ANEW.has(errorCode)) this.#beginAnew(chunk, errorCode, open);
      else this.#answered(chunk, errorCode, Number(baseOffset), producer, open);
    }
    check(trouble);
  }

  #answered(chunk: Chunk, code: number, offset: number, producer: ProducerId, open: Map<number, Chunk>): void {
    const { partition, items } = chunk;
    if (code === 0) chunk.stored(offset);
    else if (code === DUPLICATE) chunk.unknown(errorOf(code));
    else if (REFUSED.has(code)) chunk.refused(errorOf(code));
    else return;
    open.delete(partition);
    for (const { call } of items) if (call.settled) this.#waiting.delete(call);
    if (code !== 0 && code !== DUPLICATE) return;
    this.#records?.inc({ topic: this.#topic }, items.length);
    producer.sequences.set(partition, ((producer.sequences.get(partition) ?? 0) + items.length) % SEQUENCES);
  }

  /** Another producer takes over. What was sent only once was refused and is sent again by it; of the rest nobody knows the fate. */
  #beginAnew(refused: Chunk, code: number, open: Map<number, Chunk>): void {
    this.#deps.log?.warn({ err: errorOf(code), topic: this.#topic }, 'a new producer takes over');
    this.#producer = undefined;
    for (const [partition, chunk] of open) {
      if (chunk.sends === 0 || (chunk === refused && chunk.sends === 1)) continue;
      chunk.unknown(errorOf(code));
      open.delete(partition);
    }
  }

  /** The topic was made anew: what of it was stored is gone with the old one, and nothing is sent to both. */
  #forget(open: Map<number, Chunk>): void {
    this.#producer = undefined;
    for (const [partition, chunk] of open) {
      if (chunk.sends === 0) continue;
      chunk.unknown(new Error('the topic was made anew'));
      open.delete(partition);
    }
  }

  /** One timer for all: they wait in the order of their deadlines. */
  #watchDeadlines(): void {
    if (this.#deadline !== undefined || this.#stopped) return;
    const { clock, cluster } = this.#deps;
    for (const call of this.#waiting) {
      const waitMs = call.deadlineAt - clock.now();
      if (call.settled) this.#waiting.delete(call);
      else if (waitMs > 0) {
        this.#deadline = setTimeout(() => {
          this.#deadline = undefined;
          this.#watchDeadlines();
        }, waitMs);
        return;
      } else {
        call.giveUp(cluster.unavailable('no answer in time').cause);
        this.#waiting.delete(call);
        this.#wake?.();
      }
    }
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        this.#wake = undefined;
        resolve();
      };
      const timer = setTimeout(end, ms);
      this.#wake = end;
    });
  }
}
