// The lanes show exactly when each node was on the ring.
import type { RingChangeView } from '@message-push/protocol/admin';
import { expect, test } from 'vitest';
import { lanesOf, returned } from './timeline.ts';

const change = (
  version: number,
  at: number,
  nodes: [string, 'up' | 'draining'][],
  more: object = {},
): RingChangeView => ({
  version,
  at,
  cause: '',
  nodes: nodes.map(([id, state]) => ({ id, state })),
  joined: [],
  left: [],
  draining: [],
  ...more,
});

const history = [
  change(
    4,
    1_800,
    [
      ['a', 'up'],
      ['b', 'up'],
    ],
    { joined: ['b'] },
  ),
  change(3, 1_600, [['a', 'up']], { left: ['b'] }),
  change(
    2,
    1_200,
    [
      ['a', 'up'],
      ['b', 'draining'],
    ],
    { draining: ['b'] },
  ),
  change(
    1,
    1_000,
    [
      ['a', 'up'],
      ['b', 'up'],
    ],
    { joined: ['a', 'b'] },
  ),
];

test('a node that drained, left and came back has a gap where it was away, and who stayed has one stretch', () => {
  const [b, a] = lanesOf(history, 2_000);
  expect(b).toMatchObject({ id: 'b', present: true, changes: 3 });
  expect(b?.stretches.map(({ state, from, to }) => [state, from, to])).toEqual([
    ['up', 0, 0.2],
    ['draining', 0.2, 0.6],
    ['up', 0.8, 1],
  ]);
  expect(a?.stretches.map(({ since, until }) => [since, until])).toEqual([[1_000, 2_000]]);
});

test('who has gone for good is not there now', () => {
  expect(lanesOf(history.slice(1), 2_000).map(({ id, present }) => [id, present])).toEqual([
    ['b', false],
    ['a', true],
  ]);
});

test('who drained and takes users again has come back', () => {
  const [up, draining] = [
    change(2, 1, [
      ['a', 'up'],
      ['b', 'up'],
    ]),
    change(1, 0, [
      ['a', 'up'],
      ['b', 'draining'],
    ]),
  ];
  expect(returned(up, draining)).toEqual(['b']);
  expect(returned(draining, up)).toEqual([]);
  expect(returned(up, undefined)).toEqual([]);
});

test('without a history there is nothing to show', () => {
  expect(lanesOf([], 5)).toEqual([]);
});
