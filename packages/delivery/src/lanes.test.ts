import { expect, test } from 'vitest';
import { giveUp, judge, onAnswered, onFailed, openLane, takeBatch } from './lanes.ts';

const LIMITS = { batchMax: 2, batchBytesMax: 100 };
const post = (id: number, bytes = 10) => ({ id, bytes });
const ids = (posts: readonly { id: number }[] | undefined) => posts?.map((one) => one.id);

function laneWith(...posts: { id: number; bytes: number }[]) {
  const lane = openLane<{ id: number; bytes: number }>('n1', 'i1');
  lane.waiting.push(...posts);
  return lane;
}

test('posts go in order, one batch at a time', () => {
  const lane = laneWith(post(1), post(2), post(3));
  expect(ids(takeBatch(lane, LIMITS))).toEqual([1, 2]);
  expect(takeBatch(lane, LIMITS)).toBeUndefined();
  expect(ids(onAnswered(lane))).toEqual([1, 2]);
  expect(ids(takeBatch(lane, LIMITS))).toEqual([3]);
  expect(ids(onAnswered(lane))).toEqual([3]);
  expect(takeBatch(lane, LIMITS)).toBeUndefined();
});

test('a batch is bounded in bytes, but one post always goes', () => {
  const lane = laneWith(post(1, 60), post(2, 60), post(3, 900));
  expect(ids(takeBatch(lane, LIMITS))).toEqual([1]);
  onAnswered(lane);
  expect(ids(takeBatch(lane, LIMITS))).toEqual([2]);
  onAnswered(lane);
  expect(ids(takeBatch(lane, LIMITS))).toEqual([3]);
});

test('a batch that failed comes first again', () => {
  const lane = laneWith(post(1), post(2), post(3));
  takeBatch(lane, LIMITS);
  lane.waiting.push(post(4));
  onFailed(lane);
  expect(ids(takeBatch(lane, LIMITS))).toEqual([1, 2]);
  expect(ids(lane.waiting)).toEqual([3, 4]);
});

test('giving up settles everything, and an answer that comes late settles nothing twice', () => {
  const lane = laneWith(post(1), post(2), post(3));
  takeBatch(lane, LIMITS);
  expect(ids(giveUp(lane))).toEqual([1, 2, 3]);
  expect(onAnswered(lane)).toEqual([]);
  expect(takeBatch(lane, LIMITS)).toBeUndefined();
});

test('an incarnation is out when a ring at least as new as its bind does not list it', () => {
  const bind = { node: 'n1', incarnation: 'i1', ring_version: 5 };
  const listed = { id: 'n1', incarnation: 'i1', address: 'a', weight: 1, state: 'draining' as const };
  expect(judge(bind, { version: 4, nodes: [listed] })).toBe('in');
  expect(judge(bind, { version: 5, nodes: [] })).toBe('out');
  expect(judge(bind, { version: 6, nodes: [{ ...listed, incarnation: 'i2' }] })).toBe('out');
  expect(judge(bind, { version: 4, nodes: [{ ...listed, incarnation: 'i2' }] })).toBe('refresh');
});
