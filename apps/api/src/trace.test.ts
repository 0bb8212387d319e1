// A trace names the hops that were taken, and the likely cause of what is missing.
import type { DeliveryRecord } from '@message-push/archive';
import { expect, test } from 'vitest';
import { type TraceFacts, traceOf } from './trace.ts';

const T = 1_790_000_000_000;
const trace = (delivery: Partial<DeliveryRecord>, facts: Partial<TraceFacts> = {}) =>
  traceOf(
    { message_id: 'm', app: 'a', uid: 'u', status: 'queued', ...delivery },
    { now: T + 60_000, c_time: T, ...facts },
  );
const reached = (one: ReturnType<typeof trace>) => one.hops.filter(({ at }) => at !== undefined).map(({ hop }) => hop);

test('a delivery that was confirmed has every hop, also those whose own time nobody told', () => {
  const whole = trace({ status: 'acked', queued_at: T + 1, acked_at: T + 9 });
  expect(whole.hops.map(({ hop, at }) => [hop, at])).toEqual([
    ['api', T],
    ['bus', T + 1],
    ['consumer', T + 9],
    ['node', T + 9],
    ['gateway', T + 9],
    ['client', T + 9],
  ]);
  expect([whole.gap, whole.terminal]).toEqual([undefined, true]);
});

test('the place on the ring and the session are told with their hops, and nothing that is not known', () => {
  const { hops } = trace(
    {
      ...{ status: 'written', queued_at: T + 1, routed_at: T + 2, written_at: T + 3, partition: 4, offset: 5 },
      ...{ node: 'n1', ring_version: 7, gateway: 'g1', session_id: 's', platform: 'h5' },
    },
    { place: { hash: 10, point: 11, node: 'n1' } },
  );
  expect(hops.map(({ detail }) => detail)).toEqual([
    {},
    { topic: 'pushes', partition: 4, offset: 5 },
    {},
    { node: 'n1', ring_version: 7, hash: 10, point: 11, owner: 'n1' },
    { gateway: 'g1', session_id: 's', platform: 'h5' },
    { acknowledges: false },
  ]);
});

const queued = { queued_at: T + 1 };
const routed = { ...queued, status: 'routed', routed_at: T + 3, node: 'n1' } as const;
test.each<[string, Partial<DeliveryRecord>, Partial<TraceFacts>, string, string, number]>([
  ['is not on the bus yet', { status: 'accepted' }, {}, 'bus', 'unknown', T],
  ['waits in its partition', queued, { lag: 12, nodes: new Set(['n1']) }, 'consumer', 'lag', T + 1],
  ['waits without a node', queued, { lag: 0, nodes: new Set() }, 'consumer', 'no_node', T + 1],
  ['waits for nobody knows what', queued, { lag: 0, nodes: new Set(['n1']) }, 'consumer', 'unknown', T + 1],
  ['waits in the inbox', { ...queued, status: 'offline', offline_at: T + 2 }, {}, 'node', 'offline', T + 2],
  ['is at a node that is silent', routed, { nodes: new Set(['n2']), online: true }, 'gateway', 'node_silent', T + 3],
  [
    'is at a client that has said nothing',
    routed,
    { nodes: new Set(['n1']), online: true },
    'gateway',
    'not_acknowledging',
    T + 3,
  ],
  ['was sent to one who has gone', routed, { nodes: new Set(['n1']), online: false }, 'gateway', 'offline', T + 3],
  ['was sent, and nobody can be asked', routed, {}, 'gateway', 'unknown', T + 3],
])('a delivery that %s says so and may go on', (_, delivery, facts, hop, cause, since) => {
  const { gap, terminal } = trace(delivery, facts);
  expect([gap?.hop, gap?.cause, gap?.since, terminal]).toEqual([hop, cause, since, false]);
});

test.each<[string, Partial<DeliveryRecord>, string, number]>([
  ['expired', { ...routed, status: 'expired', expires_at: T + 50 }, 'gateway', T + 50],
  ['expired', { ...queued, status: 'expired', evicted_at: T + 20, expires_at: T + 50 }, 'consumer', T + 20],
  ['recalled', { ...queued, status: 'recalled', offline_at: T + 2, recalled_at: T + 30 }, 'node', T + 30],
  ['dead', { ...queued, status: 'dead', dead_at: T + 5 }, 'node', T + 5],
])('a delivery that is %s has ended there', (cause, delivery, hop, since) => {
  const { gap, terminal } = trace(delivery);
  expect([gap?.hop, gap?.cause, gap?.since, terminal]).toEqual([hop, cause, since, true]);
});

test('a client that does not acknowledge got it: nothing is missing behind its socket', () => {
  const { gap, terminal, ...rest } = trace({ ...routed, status: 'written', written_at: T + 5 });
  expect([gap?.hop, gap?.cause, gap?.since, terminal]).toEqual(['client', 'not_acknowledging', T + 5, true]);
  expect(reached({ ...rest, terminal })).toEqual(['api', 'bus', 'consumer', 'node', 'gateway']);
});
