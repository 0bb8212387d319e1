// A list under someone's eyes never moves: what is known changes in its place, what is new waits apart, nothing is lost or doubled.
import type { MessageRow } from '@message-push/protocol/admin';
import { expect, test } from 'vitest';
import { askFrom, isUnderWay, putInFront, takeIn } from './fresh-rows.ts';

const row = (id: string, c_time: number, counts: MessageRow['counts'] = { acked: 1 }): MessageRow => ({
  message_id: id,
  app_key: 'demo',
  platform: 'all',
  message: { content: 'x' },
  c_time,
  ttl_s: 60,
  accepted: 1,
  counts,
});
const page = (...rows: MessageRow[]) => ({ rows, cursor: 'next', total: { count: 10, isLowerBound: false } });
const ids = (rows: readonly MessageRow[]) => rows.map(({ message_id }) => message_id);

test('known rows change in their place, new ones are set apart, newest first', () => {
  const pages = [page(row('c', 30, { queued: 1 }), row('b', 20)), page(row('a', 10))];
  const { pages: next, fresh } = takeIn(pages, [row('d', 40), row('e', 50), row('c', 30), row('b', 20)]);
  expect(ids(next.flatMap(({ rows }) => rows))).toEqual(['c', 'b', 'a']);
  expect(next[0]?.rows[0]?.counts).toEqual({ acked: 1 });
  expect(next[0]?.rows[1]).toBe(pages[0]?.rows[1]);
  expect(next[1]).toBe(pages[1]);
  expect(ids(fresh)).toEqual(['e', 'd']);
});

test('what is put in front is there once and is counted', () => {
  const pages = putInFront([page(row('c', 30))], [row('d', 40), row('e', 50), row('c', 30)]);
  expect(ids(pages[0]?.rows ?? [])).toEqual(['e', 'd', 'c']);
  expect(pages[0]?.total?.count).toBe(12);
  expect(ids(putInFront([], [row('d', 40), row('e', 50)])[0]?.rows ?? [])).toEqual(['e', 'd']);
});

test('it asks from where something may still change', () => {
  const now = 1_000_000;
  const rows = [row('c', now - 1_000), row('b', now - 60_000, { routed: 1 }), row('a', now - 900_000, { queued: 1 })];
  expect(askFrom(rows, now)).toBe(now - 65_000);
  expect(askFrom(rows.slice(0, 1), now)).toBe(now - 6_000);
  expect(askFrom([], now)).toBe(now - 305_000);
});

test('under way is what is not on record yet or moves', () => {
  expect(isUnderWay({ accepted: 2, counts: { acked: 1 } })).toBe(true);
  expect(isUnderWay({ accepted: 1, counts: { routed: 1 } })).toBe(true);
  expect(isUnderWay({ accepted: 2, counts: { offline: 1, written: 1 } })).toBe(false);
});
