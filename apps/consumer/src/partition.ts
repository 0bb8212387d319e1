// One partition of this consumer: what was read of it, what is settled, and whether reading goes on.
import type { BusRecord, Subscription } from '@message-push/bus';
import {
  committable,
  isFresh,
  isFull,
  type Mark,
  mustRewind,
  type OffsetLimits,
  onApplied,
  onCommitted,
  onRead,
  onSettled,
  onStateAnswer,
  openOffsets,
} from '@message-push/delivery';
import type { ConsumerMetrics } from './metrics.ts';

export interface PartitionDeps {
  /** Known once the group is joined. */
  subscription(): Pick<Subscription, 'pause' | 'resume' | 'rewind'> | undefined;
  limits: OffsetLimits;
  metrics: ConsumerMetrics;
  /** Where the log ends now; undefined = not known. */
  endOf(partition: number): Promise<number | undefined>;
  /** Something may be committed soon. */
  onSettled(): void;
}

export class Partition {
  readonly number: number;
  #deps: PartitionDeps;
  #offsets: ReturnType<typeof openOffsets>;
  /** When the bus stored the records that are not settled, in order of reading. */
  #unsettledSince = new Map<Mark, number>();
  #paused = false;
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

  get paused(): boolean {
    return this.#paused;
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

  /** The mark of a record with so many entries; undefined when it was applied already: a batch that failed comes again whole. */
  read(record: BusRecord, entries: number): Mark | undefined {
    const { marks, committed } = this.#offsets;
    if (record.offset < committed) return undefined;
    const last = marks.at(-1);
    if (last !== undefined && record.offset <= last.offset) {
      const known = marks.find(({ offset }) => offset === record.offset);
      return known?.appliedAt === undefined ? known : undefined;
    }
    this.lastAt = record.at;
    this.lastOffset = record.offset;
    const mark = onRead(this.#offsets, record.offset, entries);
    if (entries > 0) this.#unsettledSince.set(mark, record.at);
    if (!this.#paused && isFull(this.#offsets, this.#deps.limits)) this.#pause();
    return mark;
  }

  applied(mark: Mark, now: number): void {
    onApplied(mark, now);
    if (mark.left === 0) this.#deps.onSettled();
  }

  settled(mark: Mark): void {
    onSettled(this.#offsets, mark);
    if (mark.left > 0) return;
    this.#unsettledSince.delete(mark);
    this.#deps.metrics.settled.inc();
    this.#deps.onSettled();
    if (this.#paused && this.#offsets.unsettled <= this.#deps.limits.unsettledMax / 2) this.#resume();
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
    this.#deps.metrics.rewinds.inc();
    this.#deps.subscription()?.rewind(this.number);
    if (this.#paused) this.#resume();
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
