// One partition of this consumer: what was read of it, what is settled, and whether reading goes on.
import type { BusRecord, Subscription } from '@message-push/bus';
import {
  committable,
  isDone,
  isFresh,
  isFull,
  type Mark,
  mustRewind,
  type OffsetLimits,
  onApplied,
  onCommitted,
  onRead,
  onSettled,
  onStarted,
  onStateAnswer,
  openOffsets,
  roomFor,
} from '@message-push/delivery';
import { Backlog, type Turn } from './backlog.ts';
import type { ConsumerConfig } from './config.ts';
import type { ConsumerMetrics } from './metrics.ts';
import { Pace } from './pace.ts';
import type { RecordWork } from './work.ts';

export interface PartitionDeps {
  /** Known once the group is joined. */
  subscription(): Pick<Subscription, 'pause' | 'resume' | 'rewind'> | undefined;
  /** Shared by the partitions of this consumer. */
  limits: OffsetLimits;
  config: ConsumerConfig;
  metrics: ConsumerMetrics;
  /** Where the log ends now; undefined = not known. */
  endOf(partition: number): Promise<number | undefined>;
  /** Something may be committed soon. */
  onSettled(): void;
}

export class Partition {
  readonly number: number;
  /** Read and not on its way. */
  readonly backlog = new Backlog();
  #pace: Pace;
  #wake: (() => void) | undefined;
  #deps: PartitionDeps;
  #offsets: ReturnType<typeof openOffsets>;
  /** When the bus stored the records that are not settled, in order of reading. */
  #unsettledSince = new Map<Mark, number>();
  #paused = false;
  /** Entries wait because too many are under way. */
  #held = false;
  #endAtStart: Promise<number | undefined>;
  /** Stored at, and offset, of the record read last; -1 = none yet. */
  lastAt = 0;
  lastOffset = -1;
  /** The bus has more behind it. */
  behind = false;
  /** Changes when reading goes back: what was under way before is void. */
  turn = 0;

  constructor(number: number, committed: number, connection: number, deps: PartitionDeps) {
    this.number = number;
    this.#deps = deps;
    this.#pace = new Pace({ config: deps.config, metrics: deps.metrics, onRoom: () => this.wake() });
    this.#offsets = openOffsets(committed, connection);
    this.#endAtStart = deps.endOf(number);
  }

  /** Settles from which offset on online-only messages may be posted: those stored before reading began may have been, by others. */
  async begin(batchEnd: number): Promise<void> {
    const asked = this.#endAtStart;
    const end = (await asked) ?? batchEnd;
    // Reading may have gone back meanwhile: then this end is too early.
    if (asked === this.#endAtStart) isFresh(this.#offsets, 0, end);
  }

  /** Whether online-only messages of this record may be posted; after `begin`. */
  fresh(offset: number): boolean {
    return isFresh(this.#offsets, offset, offset + 1);
  }

  get unsettled(): number {
    return this.#offsets.unsettled;
  }

  /** Of the records that were read and are not done, estimated. */
  get bytes(): number {
    return this.#offsets.bytes;
  }

  /** It does not go on before something is settled. */
  get paused(): boolean {
    return this.#paused || this.#held;
  }

  /** Records wait to be committed, settled or not. */
  get open(): boolean {
    return this.#offsets.marks.length > 0;
  }

  /** Since when the oldest entry waits, epoch milliseconds; undefined = nothing waits. */
  get oldest(): number | undefined {
    for (const at of this.#unsettledSince.values()) return at;
    return this.behind ? this.lastAt : undefined;
  }

  /** When the bus stored the oldest entry that is not on its way, epoch milliseconds; undefined = none waits. */
  get waiting(): number | undefined {
    return this.backlog.oldest ?? (this.behind ? this.lastAt : undefined);
  }

  /** The mark of a record that takes so many bytes; undefined when it was read already: a batch that failed comes again whole. */
  read(record: BusRecord, bytes: number): Mark | undefined {
    const { marks, committed } = this.#offsets;
    if (record.offset < committed || record.offset <= (marks.at(-1)?.offset ?? -1)) return undefined;
    this.lastAt = record.at;
    this.lastOffset = record.offset;
    const mark = onRead(this.#offsets, record.offset, bytes);
    this.#unsettledSince.set(mark, record.at);
    if (!this.#paused && isFull(this.#offsets, this.#deps.limits)) this.#pause();
    return mark;
  }

  /**
   * What goes on its way next, at most `max` entries; empty while nothing waits, or too much is under way. Small turns are waited out:
   * half of what may be under way must be settled before a full partition goes on.
   */
  start(max: number, now: number): Turn {
    const { limits } = this.#deps;
    const room = roomFor(this.#offsets, limits);
    const enough = Math.min(max, Math.ceil(limits.unsettledMax / 2));
    this.#held = room < enough && !this.backlog.empty;
    const turn = this.backlog.take(this.#held ? 0 : Math.min(max, room), this.#pace, now);
    for (const { record } of turn.dead) onStarted(this.#offsets, record.mark, 1);
    for (const { work, flights } of turn.pieces) onStarted(this.#offsets, work.record.mark, flights.length);
    return turn;
  }

  /** Resolves when `start` may have something. */
  news(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    // Somebody whose nodes are silent is not waited for any longer than this.
    const timer = this.#pace.blocked ? setTimeout(resolve, this.#deps.config.consumerUidWaitMs) : undefined;
    this.#wake = () => {
      clearTimeout(timer);
      resolve();
    };
    return promise;
  }

  wake(): void {
    this.#wake?.();
    this.#wake = undefined;
  }

  /** An entry of the record is routed: when it is the last one, state has answered for all of it. */
  routed(record: RecordWork, now: number): void {
    if (--record.open > 0) return;
    onApplied(this.#offsets, record.mark, now);
    this.#finish(record.mark);
  }

  settled(mark: Mark): void {
    onSettled(this.#offsets, mark);
    this.#finish(mark);
    const { unsettledMax } = this.#deps.limits;
    if (!this.backlog.empty && this.#offsets.unsettled <= unsettledMax / 2) this.wake();
  }

  stateAnswered(connection: number, sentAt: number): void {
    onStateAnswer(this.#offsets, connection, sentAt, this.#deps.limits);
  }

  /** The next offset to read after a crash, if it is above what is committed. */
  committable(): number | undefined {
    const offset = committable(this.#offsets, this.#deps.limits);
    return offset > this.#offsets.committed ? offset : undefined;
  }

  committed(offset: number): void {
    onCommitted(this.#offsets, offset);
    if (this.#paused && !isFull(this.#offsets, this.#deps.limits)) this.#resume();
  }

  /** Goes back to the committed offset if the connection to state is new. Ask before every append, and now and then. */
  follow(connection: number): void {
    if (!mustRewind(this.#offsets, connection)) return;
    this.turn++;
    this.#endAtStart = this.#deps.endOf(this.number);
    this.#unsettledSince.clear();
    this.backlog.clear();
    this.#pace.reset();
    this.wake();
    this.#deps.metrics.rewinds.inc();
    this.#deps.subscription()?.rewind(this.number);
    if (this.#paused) this.#resume();
  }

  #finish(mark: Mark): void {
    if (!isDone(mark)) return;
    this.#unsettledSince.delete(mark);
    this.#deps.metrics.settled.inc();
    this.#deps.onSettled();
    if (this.#paused && this.#offsets.bytes <= this.#deps.limits.bytesMax / 2) this.#resume();
  }

  #pause(): void {
    this.#paused = true;
    this.#deps.subscription()?.pause(this.number);
  }

  #resume(): void {
    this.#paused = false;
    this.#deps.subscription()?.resume(this.number);
  }
}
