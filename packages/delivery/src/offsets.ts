// One partition at the consumer: which offset may be committed, how much may be under way, when reading pauses or goes back.

export interface OffsetLimits {
  /** At most so many entries are under way; what else was read waits its turn. */
  unsettledMax: number;
  /** Reading pauses when the records that are not done take so many bytes. */
  bytesMax: number;
  /** And at this many records that wait to be committed, done or not. */
  marksMax: number;
  /** How long state may lose what it answered; 0 = never. */
  lossWindowMs: number;
}

export const OFFSET_LIMITS: Omit<OffsetLimits, 'lossWindowMs'> = {
  unsettledMax: 10_000,
  bytesMax: 8 * 1024 * 1024,
  marksMax: 100_000,
};

/** A record that was read and is not committed. Settling goes by the mark itself: one of before a rewind is void. */
export interface Mark {
  readonly offset: number;
  /** Memory that it takes until it is done, estimated. */
  readonly bytes: number;
  /** Entries under way: started and not settled. */
  left: number;
  /** When state answered for the last of it, epoch milliseconds; undefined = not yet, some may not even be started. */
  appliedAt: number | undefined;
}

export interface Offsets {
  /** The connection to state on which the marks were applied. */
  connection: number;
  /** Next offset to read after a crash, as this member committed or found it. */
  committed: number;
  /** In order of offset. */
  marks: Mark[];
  /** Entries under way. */
  unsettled: number;
  /** Of the records that are not done. */
  bytes: number;
  /** What was applied up to here can no longer be lost: a call sent a loss window later was answered. */
  safeAt: number;
  /** Records from this offset on were stored after reading began here: nobody has posted them. Undefined until the first batch. */
  freshFrom: number | undefined;
}

export function openOffsets(committed: number, connection: number): Offsets {
  const safeAt = Number.NEGATIVE_INFINITY;
  return { connection, committed, marks: [], unsettled: 0, bytes: 0, safeAt, freshFrom: undefined };
}

/**
 * Whether online-only messages of this record may be posted. Not those that were stored when reading began here, after an
 * assignment or a rewind: somebody may have posted them, and they go at most once. `end` is the batch's.
 */
export function isFresh(offsets: Offsets, offset: number, end: number): boolean {
  offsets.freshFrom ??= end;
  return offset >= offsets.freshFrom;
}

/** A record was read. Records come in order of offset. */
export function onRead(offsets: Offsets, offset: number, bytes: number): Mark {
  const mark: Mark = { offset, bytes, left: 0, appliedAt: undefined };
  offsets.marks.push(mark);
  offsets.bytes += bytes;
  return mark;
}

/** Entries of a record go on their way, at most `roomFor` says; it may have more, until it is applied. */
export function onStarted(offsets: Offsets, mark: Mark, entries: number): void {
  mark.left += entries;
  offsets.unsettled += entries;
}

/** State answered for everything in the record (or there was nothing to append). */
export function onApplied(offsets: Offsets, mark: Mark, now: number): void {
  mark.appliedAt = now;
  if (isDone(mark) && isCurrent(offsets, mark)) offsets.bytes -= mark.bytes;
}

/** Entries of a record are settled: answered by their nodes, nobody bound, or their node's incarnation is out of the ring. */
export function onSettled(offsets: Offsets, mark: Mark, entries = 1): void {
  mark.left -= entries;
  if (!isCurrent(offsets, mark)) return;
  offsets.unsettled -= entries;
  if (isDone(mark)) offsets.bytes -= mark.bytes;
}

/** Everything in the record is applied and settled. */
export function isDone(mark: Mark): boolean {
  return mark.appliedAt !== undefined && mark.left === 0;
}

/** Any call to state was answered: `sentAt` proves on its connection what was applied a loss window before. */
export function onStateAnswer(offsets: Offsets, connection: number, sentAt: number, limits: OffsetLimits): void {
  if (connection === offsets.connection) offsets.safeAt = Math.max(offsets.safeAt, sentAt - limits.lossWindowMs);
}

/** The next offset to read after a crash, as far as it is settled and safe; store it when it is above `committed`. */
export function committable(offsets: Offsets, limits: OffsetLimits): number {
  for (const mark of offsets.marks) {
    if (mark.left > 0 || !isSafe(offsets, mark, limits)) return mark.offset;
  }
  const last = offsets.marks.at(-1);
  return last === undefined ? offsets.committed : last.offset + 1;
}

/** The bus stored a commit. */
export function onCommitted(offsets: Offsets, offset: number): void {
  if (offset <= offsets.committed) return;
  offsets.committed = offset;
  const keep = offsets.marks.findIndex((mark) => mark.offset >= offset);
  offsets.marks.splice(0, keep < 0 ? offsets.marks.length : keep);
}

/** Ask before every append. True: the connection to state is new, everything uncommitted is void, read again from `committed`. */
export function mustRewind(offsets: Offsets, connection: number): boolean {
  if (connection === offsets.connection) return false;
  offsets.connection = connection;
  offsets.marks = [];
  offsets.unsettled = 0;
  offsets.bytes = 0;
  offsets.safeAt = Number.NEGATIVE_INFINITY;
  offsets.freshFrom = undefined;
  return true;
}

/** True while reading must pause. */
export function isFull(offsets: Offsets, limits: OffsetLimits): boolean {
  return offsets.bytes >= limits.bytesMax || offsets.marks.length >= limits.marksMax;
}

/** Entries that may be started now. */
export function roomFor(offsets: Offsets, limits: OffsetLimits): number {
  return Math.max(0, limits.unsettledMax - offsets.unsettled);
}

function isSafe(offsets: Offsets, mark: Mark, limits: OffsetLimits): boolean {
  if (mark.appliedAt === undefined) return false;
  return limits.lossWindowMs === 0 || mark.appliedAt <= offsets.safeAt;
}

/** Marks hold consecutive reads, mostly; looks from where the offset would be. */
function isCurrent(offsets: Offsets, mark: Mark): boolean {
  const first = offsets.marks[0];
  if (first === undefined) return false;
  const guess = mark.offset - first.offset;
  return offsets.marks[guess] === mark || offsets.marks.includes(mark);
}
