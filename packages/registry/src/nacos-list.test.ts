import { expect, test } from 'vitest';
import type { Registration } from './index.ts';
import type { Listed } from './nacos-api.ts';
import { isTaken, toInstance, toRegistrations, withMissing } from './nacos-list.ts';

const node: Registration = {
  role: 'node',
  id: 'n1',
  incarnation: 'i1',
  address: '10.0.0.1:7001',
  weight: 2.5,
  metadata: { state: 'draining', zone: '北=京,"b"', empty: '' },
};

function listed(registration: Registration, at: number, more: Partial<Listed> = {}): Listed {
  return { ...toInstance(registration, at, 1000), healthy: true, enabled: true, ...more };
}

test.each(['10.0.0.1:7001', '[::1]:7001', 'node-1.local:1'])(
  'a registration at %s is read as it was written',
  (address) => {
    const there = { ...node, address };
    expect(toRegistrations('node', [listed(there, 1)])).toEqual([there]);
  },
);

test('an instance carries what makes Nacos notice silence within seconds', () => {
  expect(toInstance(node, 1, 1000).metadata).toMatchObject({
    'preserved.heart.beat.interval': '1000',
    'preserved.heart.beat.timeout': '3000',
    'preserved.ip.delete.timeout': '6000',
  });
});

test('metadata that could be taken for ours is refused', () => {
  for (const key of ['mp.id', 'preserved.heart.beat.timeout'])
    expect(() => toInstance({ ...node, metadata: { [key]: 'x' } }, 1, 1000)).toThrow(`"${key}" of n1 is reserved`);
});

test.each(['10.0.0.1', ':7001', '10.0.0.1:x'])('the address "%s" is refused', (address) => {
  expect(() => toInstance({ ...node, address }, 1, 1000)).toThrow(/is not host:port/);
});

test('only instances that live and are ours are listed', () => {
  const others = [
    listed({ ...node, id: 'n2' }, 1, { healthy: false }),
    listed({ ...node, id: 'n3' }, 1, { enabled: false }),
    listed({ ...node, id: 'n5' }, 1, { weight: 0 }),
    listed(node, 1, { metadata: { 'mp.id': 'n4' } }),
    listed(node, 1, { metadata: {} }),
  ];
  expect(toRegistrations('node', [...others, listed(node, 1)])).toEqual([node]);
});

test('of two registrations of one id the later one counts, whichever is listed first', () => {
  const reborn = { ...node, incarnation: 'i2', address: '10.0.0.1:7009' };
  const both = [listed(node, 9), listed(reborn, 10)];
  expect(toRegistrations('node', both)).toEqual([reborn]);
  expect(toRegistrations('node', both.toReversed())).toEqual([reborn]);
});

test('lists are in the order of their ids', () => {
  const ids = ['n2', 'n10', 'n1'].map((id) => listed({ ...node, id }, 1));
  expect(toRegistrations('node', ids).map(({ id }) => id)).toEqual(['n1', 'n10', 'n2']);
});

test('who is missing keeps what was known, who is listed has what is listed', () => {
  const second = { ...node, id: 'n2' };
  const changed = { ...node, weight: 1 };
  const third = { ...node, id: 'n3' };
  expect(withMissing([node, second], [third, changed])).toEqual([changed, second, third]);
});

test('a place is taken by another life or another process, not by itself and not by nobody', () => {
  const instance = toInstance(node, 1, 1000);
  expect(isTaken([], instance)).toBe(false);
  expect(isTaken([listed(node, 5)], instance)).toBe(false);
  expect(isTaken([listed({ ...node, incarnation: 'i2' }, 5)], instance)).toBe(true);
  expect(isTaken([listed({ ...node, id: 'n2' }, 5)], instance)).toBe(true);
  expect(isTaken([listed({ ...node, incarnation: 'i2', address: '10.0.0.1:7002' }, 5)], instance)).toBe(false);
});
