import { expect, test } from 'vitest';
import type { BusRecord } from '../index.ts';
import { Feed } from './feed.ts';
import { FetchSession } from './fetch-session.ts';

const record = (offset: number, bytes = 10): BusRecord => ({ offset, at: 1, value: new Uint8Array(bytes) });
const fetched = (records: BusRecord[], end: number, next = (records.at(-1)?.offset ?? -1) + 1) => ({
  partition: 0,
  errorCode: 0,
  end,
  records,
  next,
});

function open(from = 0, bytesMax = 100) {
  const heard: string[] = [];
  const on = { onRecords: () => heard.push('records'), onRoom: () => heard.push('room') };
  return { heard, feed: new Feed({ busId: 'log', partition: 0, from, bytesMax, ...on }) };
}
const offsets = (feed: Feed, from: number, max = 100) => feed.read(from, max)?.records.map(({ offset }) => offset);

test('records are read in order, at most so many and so many bytes at a time, at least one', () => {
  const { feed } = open();
  feed.add(0, fetched([record(0, 40), record(1, 40), record(2, 40), record(3, 500), record(4)], 9));
  expect(offsets(feed, 0, 1)).toEqual([0]);
  expect(offsets(feed, 1)).toEqual([1, 2]);
  expect(offsets(feed, 3)).toEqual([3]);
  expect(feed.read(4, 10)).toMatchObject({ busId: 'log', partition: 0, end: 9 });
  expect(offsets(feed, 5)).toBeUndefined();
});

test('a fetch begins with the whole batch that its offset is in: what lies before is left out', () => {
  const { feed } = open(2);
  feed.add(2, fetched([record(0), record(1), record(2), record(3)], 4));
  expect(offsets(feed, 2)).toEqual([2, 3]);
  expect(feed.from).toBe(4);
});

test('where nothing of a fetch can be read, the next one begins behind it', () => {
  const { feed, heard } = open();
  feed.add(0, fetched([], 7, 5));
  expect([feed.from, heard]).toEqual([5, []]);
});

test('going back begins anew there; the answer to an older fetch is dropped', () => {
  const { feed } = open();
  feed.add(0, fetched([record(0), record(1)], 2));
  expect(offsets(feed, 0)).toEqual([0, 1]);
  expect(offsets(feed, 1)).toBeUndefined();
  expect(feed.from).toBe(1);
  feed.add(2, fetched([record(2)], 3));
  expect(offsets(feed, 1)).toBeUndefined();
  feed.add(1, fetched([record(1), record(2)], 3));
  expect(offsets(feed, 1)).toEqual([1, 2]);
});

test('a full feed wants nothing until half of it is read, and says so once', () => {
  const { feed, heard } = open();
  feed.add(0, fetched([record(0, 40), record(1, 40), record(2, 40)], 3));
  expect(feed.wants).toBe(false);
  expect(offsets(feed, 0, 1)).toEqual([0]);
  expect(feed.wants).toBe(false);
  expect(offsets(feed, 1, 1)).toEqual([1]);
  expect(feed.wants).toBe(true);
  expect(offsets(feed, 2, 1)).toEqual([2]);
  expect(heard).toEqual(['records', 'room']);
});

test('a fetch session names only what changed, and everything again when the broker keeps none', () => {
  const session = new FetchSession();
  const wanted = (...pairs: [number, number][]) => session.ask(new Map(pairs));
  expect(wanted([1, 10], [2, 20])).toEqual({
    sessionId: 0,
    epoch: 0,
    partitions: [
      { partition: 1, from: 10 },
      { partition: 2, from: 20 },
    ],
    forgotten: [],
  });
  session.answered(5);
  expect(wanted([1, 11], [2, 20])).toEqual({
    sessionId: 5,
    epoch: 1,
    partitions: [{ partition: 1, from: 11 }],
    forgotten: [],
  });
  session.answered(5);
  expect(wanted([2, 20], [3, 0])).toEqual({
    sessionId: 5,
    epoch: 2,
    partitions: [{ partition: 3, from: 0 }],
    forgotten: [1],
  });
  session.answered(0);
  expect(wanted([2, 20])).toEqual({ sessionId: 0, epoch: 0, partitions: [{ partition: 2, from: 20 }], forgotten: [] });
});
