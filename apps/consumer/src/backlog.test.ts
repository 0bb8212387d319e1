// Whose turn it is: apps share what may go, each in its own order, and nobody is passed over twice.
import { loadConfig, Metrics } from '@message-push/runtime';
import { expect, test } from 'vitest';
import { Backlog, type Turn } from './backlog.ts';
import { consumerFields } from './config.ts';
import { pushTo } from './fixture.ts';
import { consumerMetrics } from './metrics.ts';
import { Pace } from './pace.ts';
import type { RecordWork } from './work.ts';

const NOW = 1_700_000_000_000;
const record: RecordWork = {
  offset: 0,
  at: NOW,
  mark: { offset: 0, bytes: 0, left: 0, appliedAt: undefined },
  open: 1,
};

class Desk {
  readonly backlog = new Backlog();
  readonly pace: Pace;
  room = 0;

  constructor(env: Record<string, string> = {}) {
    const config = loadConfig(consumerFields, env);
    this.pace = new Pace({ config, metrics: consumerMetrics(new Metrics(), 'c'), onRoom: () => this.room++ });
  }

  add(app: string, ...uids: string[]): void {
    const push = pushTo(uids, 'x', { app });
    this.backlog.add({ record, index: 0, seq: '', push, bytes: 100, fresh: true, next: 0, made: undefined });
  }

  /** Receivers of a turn as `app/uid`. */
  take(max: number, now = NOW): string[] {
    return receivers(this.backlog.take(max, this.pace, now));
  }
}

function receivers({ pieces }: Turn): string[] {
  return pieces.flatMap(({ work: { push }, from, flights }) =>
    flights.map((_, i) => `${push.app}/${push.uids[from + i]}`),
  );
}

test('each app gets an equal share, and what is left over goes to whoever has more', () => {
  const desk = new Desk();
  desk.add('big', 'a', 'b', 'c', 'd', 'e', 'f');
  desk.add('small', 's');
  expect(desk.take(4)).toEqual(['big/a', 'big/b', 'small/s', 'big/c']);
  expect(desk.take(10)).toEqual(['big/d', 'big/e', 'big/f']);
  expect(desk.backlog.empty).toBe(true);
});

test('more apps than may go in a turn: they come one after the other, each in its own order', () => {
  const desk = new Desk();
  for (const app of ['a', 'b', 'c']) desk.add(app, '1', '2');
  expect([desk.take(2), desk.take(2), desk.take(2)]).toEqual([
    ['a/1', 'b/1'],
    ['c/1', 'a/2'],
    ['b/2', 'c/2'],
  ]);
});

test('an app waits at a receiver with too much ahead, others go on, and the wait ends when something is answered', () => {
  const desk = new Desk({ CONSUMER_UID_ENTRIES_MAX: '1' });
  desk.add('a', 'hot');
  desk.add('a', 'hot', 'other');
  desk.add('b', 'x');
  const turn = desk.backlog.take(10, desk.pace, NOW);
  expect(receivers(turn)).toEqual(['a/hot', 'b/x']);
  expect(desk.pace.blocked).toBe(true);
  expect(desk.take(10)).toEqual([]);
  turn.pieces[0]?.flights[0]?.land(100);
  expect([desk.pace.blocked, desk.room]).toEqual([false, 1]);
  expect(desk.take(10)).toEqual(['a/hot', 'a/other']);
});

test('a receiver is waited for no longer than the wait, and then not again until all of it is answered', () => {
  const desk = new Desk({ CONSUMER_UID_ENTRIES_MAX: '1', CONSUMER_UID_WAIT_MS: '100' });
  for (let i = 0; i < 4; i++) desk.add('a', 'silent');
  expect(desk.take(10)).toHaveLength(1);
  expect(desk.take(10, NOW + 99)).toHaveLength(0);
  expect(desk.take(1, NOW + 100)).toHaveLength(1);
  expect(desk.take(10, NOW + 100)).toHaveLength(2);
  expect(desk.pace.blocked).toBe(false);
});

test('what went before reading went back counts for nothing afterwards', () => {
  const desk = new Desk({ CONSUMER_UID_ENTRIES_MAX: '1' });
  desk.add('a', 'x');
  const before = desk.backlog.take(10, desk.pace, NOW);
  desk.add('a', 'x');
  expect(desk.take(10)).toEqual([]);
  desk.backlog.clear();
  desk.pace.reset();
  desk.add('a', 'x');
  expect(desk.take(10)).toEqual(['a/x']);
  before.pieces[0]?.flights[0]?.land(100);
  desk.add('a', 'x');
  expect(desk.take(10)).toEqual([]);
});
