// One partition at the consumer: which offset may be committed, when reading must pause, when it must go back.

export interface OffsetLimits {
  /** Reading pauses at this many unsettled entries. */
  unsettledMax: number;
  /** And at this many records that wait to be committed, settled or not. */
  marksMax: number;
  /** How long state may lose what it answered; 0 = never. */
  lossWindowMs: number;
}

export const OFFSET_LIMITS: Omit<OffsetLimits, 'lossWindowMs'> = { unsettledMax: 10_000, marksMax: 100_000 };

/** A record that was read and is not committed. Settling goes by the mark itself: one of before a rewind is void. */
export interface Mark {
  readonly offset: number;
  /** Entries not settled. */
  left: number;
  /** When state answered for all of it, epoch milliseconds; undefined = not yet. */
  appliedAt: number | undefined;
}

export interface Offsets {
  /** The connection to state on which the marks were applied. */
  connection: number;
  /** Next offset to read after a crash, as this member committed or found it. */
  committed: number;
  /** In order of offset. */
  marks: Mark[];
  unsettled: number;
  /** What was applied up to here can no longer be lost: a call sent a loss window later was answered. */
  safeAt: number;
  /** Records from this offset on were stored after reading began here: nobody has posted them. Undefined until the first batch. */
  freshFrom: number | undefined;
}

export function openOffsets(committed: number, connection: number): Offsets {
  return { connection, committed, marks: [], unsettled: 0, safeAt: Number.NEGATIVE_INFINITY, freshFrom: undefined };
}

/**
 * Whether online-only messages of this record may be posted. Not those that were stored when reading began here, after an
 * assignment or a rewind: somebody may have posted them, and they go at most once. `end` is the batch's.
 */
export function isFresh(offsets: Offsets, offset: number, end: number): boolean {
  offsets.freshFrom ??= end;
  return offset >= offsets.freshFrom;
}

/** A record was read; `entries` = what it holds to be settled, 0 for one that needs nothing. Records come in order of offset. */
export function onRead(offsets: Offsets, offset: number, entries: number): Mark {
  const mark: Mark = { offset, left: entries, appliedAt: undefined };
  offsets.marks.push(mark);
  offsets.unsettled += entries;
  return mark;
}

/** State answered for everything in the record (or there was nothing to append). */
export function onApplied(mark: Mark, now: number): void {
  mark.appliedAt = now;
}

/** Entries of a record are settled: answered by their nodes, nobody bound, or their node's incarnation is out of the ring. */
export function onSettled(offsets: Offsets, mark: Mark, entries = 1): void {
  mark.left -= entries;
  if (isCurrent(offsets, mark)) offsets.unsettled -= entries;
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
  offsets.safeAt = Number.NEGATIVE_INFINITY;
  offsets.freshFrom = undefined;
  return true;
}

/** True while reading must pause. */
export function isFull(offsets: Offsets, limits: OffsetLimits): boolean {
  return offsets.unsettled >= limits.unsettledMax || offsets.marks.length >= limits.marksMax;
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
