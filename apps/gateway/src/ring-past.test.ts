// What the history of the ring says: lives that are over, nodes that keep failing.
import type { RingDocument, RingNode } from '@message-push/protocol';
import { expect, test } from 'vitest';
import { RingPast } from './ring-past.ts';

const CONFIG = { gatewayHoldMinMs: 1000, gatewayHoldMaxMs: 5000, gatewayFlapWindowMs: 60_000 };
const node = (id: string, life: number, state: RingNode['state'] = 'up'): RingNode => ({
  id,
  incarnation: `${id}.${life}`,
  address: 'x:1',
  weight: 1,
  state,
});
const versions = (...steps: [at: number, ...nodes: RingNode[]][]): RingDocument[] =>
  steps.map(([at, ...nodes], i) => ({ version: i + 1, epoch: 1, nodes, at, cause: '' }));

test('a life that was on the ring and is not any more has left, in whatever way; the present ones have not', () => {
  const history = versions([0, node('a', 1), node('b', 1)], [1, node('a', 2), node('b', 1)], [2, node('a', 2)]);
  const past = new RingPast(CONFIG, history.toReversed());
  expect(['a.1', 'a.2', 'b.1', 'b.2'].map((life) => past.hasLeft(life))).toEqual([true, false, true, false]);
});

test('the first failure costs nothing, each further one twice as long up to a bound, until they are far apart', () => {
  const past = new RingPast(CONFIG, []);
  const holds: number[] = [];
  let version = 0;
  const step = (at: number, ...nodes: RingNode[]) => past.add({ version: ++version, epoch: 1, nodes, at, cause: '' });
  for (let life = 1; life <= 6; life++) {
    step(life * 10_000, node('b', 1), node('a', life));
    step(life * 10_000 + 1, node('b', 1));
    holds.push(Math.max(0, past.heldUntil('a') - (life * 10_000 + 1)));
  }
  expect(holds).toEqual([0, 1000, 2000, 4000, 5000, 5000]);
  step(200_000, node('b', 1), node('a', 7));
  step(200_001, node('b', 1));
  expect(past.heldUntil('a')).toBe(0);
  expect(past.heldUntil('b')).toBe(0);
});

test('a node started anew has failed, a drained one has not', () => {
  const anew = versions([0, node('a', 1)], [10, node('a', 2)], [20, node('a', 3)]);
  expect(new RingPast(CONFIG, anew.toReversed()).heldUntil('a')).toBe(1020);
  const drained = versions([0, node('a', 1)], [1, node('a', 1, 'draining')], [2], [3, node('a', 2, 'draining')], [4]);
  expect(new RingPast(CONFIG, drained.toReversed()).heldUntil('a')).toBe(0);
});

test('a version counts once, an older one not at all', () => {
  const [first, second] = versions([0, node('a', 1)], [10, node('b', 1)]);
  const past = new RingPast(CONFIG, []);
  for (const document of [first, second, second, first, second]) if (document) past.add(document);
  expect(past.hasLeft('b.1')).toBe(false);
  expect(past.heldUntil('a')).toBe(0);
});
