import { expect, test } from 'vitest';
import {
  committable,
  isFresh,
  isFull,
  mustRewind,
  OFFSET_LIMITS,
  type OffsetLimits,
  onApplied,
  onCommitted,
  onRead,
  onSettled,
  onStateAnswer,
  openOffsets,
} from './offsets.ts';

const SAFE: OffsetLimits = { ...OFFSET_LIMITS, lossWindowMs: 0 };
const LOSSY: OffsetLimits = { ...OFFSET_LIMITS, lossWindowMs: 5000 };

test('the offset to commit is the lowest with an unsettled entry', () => {
  const offsets = openOffsets(10, 1);
  expect(committable(offsets, SAFE)).toBe(10);
  const [first, second, third] = [onRead(offsets, 10, 1), onRead(offsets, 11, 2), onRead(offsets, 12, 0)];
  for (const mark of [first, second, third]) onApplied(mark, 0);
  onSettled(offsets, second, 2);
  expect(committable(offsets, SAFE)).toBe(10);
  onSettled(offsets, first);
  expect(committable(offsets, SAFE)).toBe(13);
});

test('a record is not committed before state has answered for it', () => {
  const offsets = openOffsets(0, 1);
  const mark = onRead(offsets, 0, 0);
  expect(committable(offsets, SAFE)).toBe(0);
  onApplied(mark, 5);
  expect(committable(offsets, SAFE)).toBe(1);
});

test('nor before a call was answered that was sent a loss window after it was applied', () => {
  const offsets = openOffsets(0, 1);
  onApplied(onRead(offsets, 0, 0), 1000);
  onStateAnswer(offsets, 1, 5999, LOSSY);
  expect(committable(offsets, LOSSY)).toBe(0);
  onStateAnswer(offsets, 1, 6000, LOSSY);
  expect(committable(offsets, LOSSY)).toBe(1);
});

test('an answer on another connection proves nothing', () => {
  const offsets = openOffsets(0, 2);
  onApplied(onRead(offsets, 0, 0), 1000);
  onStateAnswer(offsets, 1, 9000, LOSSY);
  onStateAnswer(offsets, 3, 9000, LOSSY);
  expect(committable(offsets, LOSSY)).toBe(0);
});

test('on a new connection everything uncommitted is void and read again', () => {
  const offsets = openOffsets(0, 1);
  const mark = onRead(offsets, 0, 1);
  onApplied(mark, 0);
  onStateAnswer(offsets, 1, 9000, LOSSY);
  expect(mustRewind(offsets, 1)).toBe(false);
  expect(mustRewind(offsets, 2)).toBe(true);
  expect(mustRewind(offsets, 2)).toBe(false);
  expect(offsets).toMatchObject({ committed: 0, marks: [], unsettled: 0 });
  onApplied(onRead(offsets, 0, 0), 1);
  expect(committable(offsets, LOSSY)).toBe(0);
});

test('an answer that comes for a record of before a rewind settles nothing of now', () => {
  const offsets = openOffsets(0, 1);
  const before = onRead(offsets, 0, 1);
  mustRewind(offsets, 2);
  const now = onRead(offsets, 0, 1);
  onApplied(now, 0);
  onSettled(offsets, before);
  expect(offsets.unsettled).toBe(1);
  expect(committable(offsets, SAFE)).toBe(0);
});

test('commits only go forward and drop what they cover', () => {
  const offsets = openOffsets(0, 1);
  for (const offset of [0, 1, 2]) onApplied(onRead(offsets, offset, 0), 0);
  onCommitted(offsets, 2);
  onCommitted(offsets, 1);
  expect(offsets.committed).toBe(2);
  expect(offsets.marks.map((mark) => mark.offset)).toEqual([2]);
  onCommitted(offsets, 3);
  expect(offsets.marks).toEqual([]);
  expect(committable(offsets, SAFE)).toBe(3);
});

test('reading pauses at the limit of unsettled entries and of waiting records', () => {
  const offsets = openOffsets(0, 1);
  const limits = { ...SAFE, unsettledMax: 3, marksMax: 3 };
  const mark = onRead(offsets, 0, 3);
  expect(isFull(offsets, limits)).toBe(true);
  onSettled(offsets, mark);
  expect(isFull(offsets, limits)).toBe(false);
  onRead(offsets, 1, 0);
  onRead(offsets, 2, 0);
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
