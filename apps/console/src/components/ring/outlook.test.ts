// What the console advises before a change is what the figures say.
import type { NodeRow, SimulationView } from '@message-push/protocol/admin';
import { describe, expect, test } from 'vitest';
import { drainProgress, outlookOf, skewOf, verdictOf } from './outlook.ts';

const node = (id: string, more: Partial<NodeRow> = {}): NodeRow => ({
  id,
  incarnation: 'i',
  address: id,
  weight: 1,
  state: 'up',
  share: 0.25,
  sessions: 0,
  uids: 0,
  links: 1,
  linked_gateways: 1,
  gateways: 1,
  deliveries_per_s: 0,
  catch_ups_total: 0,
  rss_bytes: 0,
  event_loop_p99_ms: 1,
  uptime_s: 1,
  ring_version: 1,
  ...more,
});

const simulation = (before: Record<string, number>, after: Record<string, number>, users = 1_000): SimulationView => ({
  ring_version: 1,
  before: Object.entries(before).map(([id, share]) => ({ id, share })),
  after: Object.entries(after).map(([id, share]) => ({ id, share })),
  moved: 0,
  moves: [],
  users_moved: 0,
  users_online: users,
  points: {},
});

describe('skew', () => {
  test('is how far a share is off the part that its weight gives it', () => {
    const nodes = [node('a', { share: 0.3 }), node('b', { share: 0.2 }), node('c', { share: 0.5, weight: 2 })];
    expect(nodes.map((one) => skewOf(one, nodes))).toEqual([
      expect.closeTo(0.2),
      expect.closeTo(-0.2),
      expect.closeTo(0),
    ]);
  });
  test('a node that drains has none and counts for nobody', () => {
    const nodes = [node('a', { share: 1 }), node('b', { share: 0, state: 'draining' })];
    expect(nodes.map((one) => skewOf(one, nodes))).toEqual([0, undefined]);
  });
});

describe('the outlook of a change', () => {
  test('has a row for who stays, leaves and joins, with the users each would have', () => {
    expect(outlookOf(simulation({ b: 0.5, a: 0.5 }, { a: 0.6, c: 0.4 }))).toEqual([
      { id: 'a', before: 0.5, after: 0.6, usersAfter: 600, kind: 'stays' },
      { id: 'b', before: 0.5, after: 0, usersAfter: 0, kind: 'leaves' },
      { id: 'c', before: 0, after: 0.4, usersAfter: 400, kind: 'joins' },
    ]);
  });

  const rows = (before: Record<string, number>, after: Record<string, number>) => outlookOf(simulation(before, after));
  const five = { a: 0.2, b: 0.2, c: 0.2, d: 0.2, e: 0.2 };
  const four = { a: 0.26, b: 0.25, c: 0.25, d: 0.24 };
  const nodes = Object.keys(five).map((id) => node(id));

  test('is a go when every node that inherits is well and grows little', () => {
    expect(verdictOf(rows(five, four), nodes)).toEqual({
      hint: 'go',
      why: 'fine',
      id: 'a',
      usersAfter: 260,
      factor: expect.closeTo(1.3),
    });
  });
  test('stops when nobody is left', () => {
    expect(verdictOf(rows({ a: 1 }, {}), [node('a')])).toEqual({ hint: 'stop', why: 'noneLeft' });
  });
  test('stops when the most loaded node would carry more than was said it can', () => {
    expect(verdictOf(rows(five, four), nodes, 259)).toMatchObject({ hint: 'stop', why: 'overCapacity', id: 'a' });
    expect(verdictOf(rows(five, four), nodes, 260)).toMatchObject({ hint: 'go' });
  });
  test('stops when a node that inherits is not well, and only then', () => {
    const ill = (id: string) => nodes.map((one) => (one.id === id ? node(id, { state: 'suspicious' }) : one));
    expect(verdictOf(rows(five, four), ill('c'))).toEqual({ hint: 'stop', why: 'unwell', id: 'c' });
    expect(verdictOf(rows(five, four), ill('e')).hint).toBe('go');
  });
  test('asks for care when a node that inherits is busy, or would carry half as much again', () => {
    const busy = nodes.map((one) => (one.id === 'b' ? node('b', { event_loop_p99_ms: 180 }) : one));
    expect(verdictOf(rows(five, four), busy)).toEqual({ hint: 'careful', why: 'busy', id: 'b' });
    const half = rows({ a: 0.5, b: 0.5 }, { a: 1 });
    expect(verdictOf(half, nodes)).toMatchObject({ hint: 'careful', why: 'steep', id: 'a', factor: 2 });
    // Who knows the capacity need not guess by growth.
    expect(verdictOf(half, nodes, 5_000)).toMatchObject({ hint: 'go' });
  });
  test('says when nothing would change', () => {
    expect(verdictOf(rows(five, five), nodes)).toMatchObject({ hint: 'go', why: 'nothing' });
  });
});

describe('the progress of a drain', () => {
  test('counts who has moved, and says how long it takes at this pace', () => {
    expect(drainProgress({ since: 1_000, uids_at_start: 100, uids_left: 75 }, 11_000)).toEqual({
      left: 75,
      atStart: 100,
      done: 0.25,
      finished: false,
      remainingMs: 30_000,
    });
  });
  test('never runs backwards past its start when somebody came late, and promises nothing before anybody moved', () => {
    expect(drainProgress({ since: 0, uids_at_start: 10, uids_left: 12 }, 5)).toEqual({
      left: 12,
      atStart: 12,
      done: 0,
      finished: false,
    });
  });
  test('of an empty node is over at once', () => {
    expect(drainProgress({ since: 0, uids_at_start: 0, uids_left: 0 }, 5)).toMatchObject({ done: 1, finished: true });
  });
});
