// Nodes keep their colours, and their figures are the newest that anybody told.
import type { HealthReport, RingView } from '@message-push/protocol/admin';
import { describe, expect, test } from 'vitest';
import { numbered, withHealth } from './node-figures.ts';

describe('colours', () => {
  test('go to the nodes in order of ids', () => {
    expect([...numbered(new Map(), ['c', 'a', 'b'])]).toEqual([
      ['a', 0],
      ['b', 1],
      ['c', 2],
    ]);
  });
  test('stay with their nodes when one leaves; who comes takes the free one', () => {
    const first = numbered(new Map(), ['a', 'b', 'c']);
    const without = numbered(first, ['a', 'c']);
    expect(without.get('c')).toBe(2);
    expect(numbered(without, ['a', 'c', '0new']).get('0new')).toBe(1);
  });
  test('are the same map while nothing changes', () => {
    const first = numbered(new Map(), ['a', 'b']);
    expect(numbered(first, ['b', 'a'])).toBe(first);
  });
});

describe('figures', () => {
  const ring = {
    version: 3,
    at: 1,
    nodes: [{ id: 'a', incarnation: 'i', sessions: 1, state: 'suspicious' }],
  } as RingView; // the rest does not matter here
  const health = (node: object, version = 3) =>
    ({
      at: 2,
      ring: { version, nodes: [{ id: 'a', incarnation: 'i', sessions: 9, state: 'up', ...node }] },
    }) as HealthReport; // as above

  test('of the health report replace older ones, the state of the ring stays', () => {
    expect(withHealth(ring, health({})).nodes[0]).toMatchObject({ sessions: 9, state: 'suspicious' });
  });
  test('of another life of the node, or of a node that is silent, are not taken', () => {
    expect(withHealth(ring, health({ incarnation: 'j' })).nodes[0]?.sessions).toBe(1);
    expect(withHealth(ring, health({ problem: 'silent' })).nodes[0]?.sessions).toBe(1);
  });
});
