import { expect, test } from 'vitest';
import {
  committable,
  isFresh,
  isFull,
  type Mark,
  mustRewind,
  OFFSET_LIMITS,
  type OffsetLimits,
  type Offsets,
  onApplied,
  onCommitted,
  onRead,
  onSettled,
  onStarted,
  onStateAnswer,
  openOffsets,
  roomFor,
} from './offsets.ts';

const SAFE: OffsetLimits = { ...OFFSET_LIMITS, lossWindowMs: 0 };
const LOSSY: OffsetLimits = { ...OFFSET_LIMITS, lossWindowMs: 5000 };

/** A record whose entries are all under way. */
function started(offsets: Offsets, offset: number, entries: number): Mark {
  const mark = onRead(offsets, offset, 100);
  onStarted(offsets, mark, entries);
  return mark;
}

test('the offset to commit is the lowest with an unsettled entry', () => {
  const offsets = openOffsets(10, 1);
  expect(committable(offsets, SAFE)).toBe(10);
  const [first, second, third] = [started(offsets, 10, 1), started(offsets, 11, 2), started(offsets, 12, 0)];
  for (const mark of [first, second, third]) onApplied(offsets, mark, 0);
  onSettled(offsets, second, 2);
  expect(committable(offsets, SAFE)).toBe(10);
  onSettled(offsets, first);
  expect(committable(offsets, SAFE)).toBe(13);
});

test('a record is not committed before state has answered for it', () => {
  const offsets = openOffsets(0, 1);
  const mark = onRead(offsets, 0, 100);
  expect(committable(offsets, SAFE)).toBe(0);
  onApplied(offsets, mark, 5);
  expect(committable(offsets, SAFE)).toBe(1);
});

test('nor before a call was answered that was sent a loss window after it was applied', () => {
  const offsets = openOffsets(0, 1);
  onApplied(offsets, onRead(offsets, 0, 100), 1000);
  onStateAnswer(offsets, 1, 5999, LOSSY);
  expect(committable(offsets, LOSSY)).toBe(0);
  onStateAnswer(offsets, 1, 6000, LOSSY);
  expect(committable(offsets, LOSSY)).toBe(1);
});

test('an answer on another connection proves nothing', () => {
  const offsets = openOffsets(0, 2);
  onApplied(offsets, onRead(offsets, 0, 100), 1000);
  onStateAnswer(offsets, 1, 9000, LOSSY);
  onStateAnswer(offsets, 3, 9000, LOSSY);
  expect(committable(offsets, LOSSY)).toBe(0);
});

test('on a new connection everything uncommitted is void and read again', () => {
  const offsets = openOffsets(0, 1);
  const mark = started(offsets, 0, 1);
  onApplied(offsets, mark, 0);
  onStateAnswer(offsets, 1, 9000, LOSSY);
  expect(mustRewind(offsets, 1)).toBe(false);
  expect(mustRewind(offsets, 2)).toBe(true);
  expect(mustRewind(offsets, 2)).toBe(false);
  expect(offsets).toMatchObject({ committed: 0, marks: [], unsettled: 0, bytes: 0 });
  onApplied(offsets, onRead(offsets, 0, 100), 1);
  expect(committable(offsets, LOSSY)).toBe(0);
});

test('an answer that comes for a record of before a rewind settles nothing of now', () => {
  const offsets = openOffsets(0, 1);
  const before = started(offsets, 0, 1);
  mustRewind(offsets, 2);
  const now = started(offsets, 0, 1);
  onApplied(offsets, now, 0);
  onApplied(offsets, before, 0);
  onSettled(offsets, before);
  expect(offsets).toMatchObject({ unsettled: 1, bytes: 100 });
  expect(committable(offsets, SAFE)).toBe(0);
});

test('commits only go forward and drop what they cover', () => {
  const offsets = openOffsets(0, 1);
  for (const offset of [0, 1, 2]) onApplied(offsets, onRead(offsets, offset, 100), 0);
  onCommitted(offsets, 2);
  onCommitted(offsets, 1);
  expect(offsets.committed).toBe(2);
  expect(offsets.marks.map((mark) => mark.offset)).toEqual([2]);
  onCommitted(offsets, 3);
  expect(offsets.marks).toEqual([]);
  expect(committable(offsets, SAFE)).toBe(3);
});

test('a record whose entries go in pieces is committed when the last piece is applied and settled', () => {
  const offsets = openOffsets(0, 1);
  const mark = started(offsets, 0, 2);
  onSettled(offsets, mark, 2);
  expect(committable(offsets, SAFE)).toBe(0);
  onStarted(offsets, mark, 1);
  onApplied(offsets, mark, 5);
  expect(committable(offsets, SAFE)).toBe(0);
  expect(offsets.bytes).toBe(100);
  onSettled(offsets, mark);
  expect(committable(offsets, SAFE)).toBe(1);
  expect(offsets.bytes).toBe(0);
});

test('no more entries go on their way than the limit says, whatever the records hold', () => {
  const offsets = openOffsets(0, 1);
  const limits = { ...SAFE, unsettledMax: 3 };
  const mark = onRead(offsets, 0, 100);
  expect(roomFor(offsets, limits)).toBe(3);
  onStarted(offsets, mark, 3);
  expect(roomFor(offsets, limits)).toBe(0);
  onSettled(offsets, mark);
  expect(roomFor(offsets, limits)).toBe(1);
});

test('reading pauses at the limit of bytes that are not done, and of records that wait to be committed', () => {
  const offsets = openOffsets(0, 1);
  const limits = { ...SAFE, bytesMax: 150, marksMax: 3 };
  const marks = [started(offsets, 0, 1), started(offsets, 1, 0)];
  expect(isFull(offsets, limits)).toBe(true);
  for (const mark of marks) onApplied(offsets, mark, 0);
  expect(isFull(offsets, limits)).toBe(false);
  for (const offset of [2, 3]) onApplied(offsets, onRead(offsets, offset, 0), 0);
  expect(isFull(offsets, limits)).toBe(true);
});

test('online-only messages that were stored before reading began here are not posted: they go at most once', () => {
  const offsets = openOffsets(5, 1);
  expect(isFresh(offsets, 5, 7)).toBe(false);
  expect(isFresh(offsets, 6, 7)).toBe(false);
  expect(isFresh(offsets, 7, 9)).toBe(true);
  mustRewind(offsets, 2);
  expect(isFresh(offsets, 7, 9)).toBe(false);
  expect(isFresh(offsets, 9, 10)).toBe(true);
});
