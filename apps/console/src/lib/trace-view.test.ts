// The drawn way says what is known: each hop at its time, what waits as waiting, and never "failed" of a client that does not report.
import type { Trace } from '@message-push/protocol/admin';
import { expect, test } from 'vitest';
import { acknowledges, hopViews, placeOf, ticksOf, totalMs, withReceipt } from './trace-view.ts';

const trace: Trace = {
  message: {
    message_id: 'm',
    app_key: 'demo',
    platform: 'all',
    message: { content: 'x' },
    c_time: 1_000,
    ttl_s: 60,
    accepted: 1,
    counts: {},
  },
  delivery: { message_id: 'm', uid: 'u', status: 'queued', queued_at: 1_002 },
  hops: [
    { hop: 'api', at: 1_000, detail: {} },
    { hop: 'bus', at: 1_002, detail: { partition: 3 } },
    { hop: 'consumer', detail: {} },
    { hop: 'node', detail: {} },
    { hop: 'gateway', detail: {} },
    { hop: 'client', detail: {} },
  ],
  gap: { hop: 'node', since: 1_002, expected_ms: 2_000, cause: 'offline' },
  terminal: false,
};
const acked = withReceipt(
  trace,
  { uid: 'u', routed_at: 1_005, written_at: 1_006, acked_at: 1_021, node: 'n', gateway: 'g' },
  1_030,
);

test('what is not reached waits; what ended is missing', () => {
  expect(hopViews(trace).map(({ state }) => state)).toEqual(['reached', 'reached', ...Array(4).fill('waiting')]);
  expect(hopViews({ ...trace, terminal: true }).at(-1)?.state).toBe('missing');
});

test('receipts fill in times and details and close the gap', () => {
  expect(hopViews(acked).map(({ state, offsetMs, stepMs }) => [state, offsetMs, stepMs])).toEqual([
    ['reached', 0, 0],
    ['reached', 2, 2],
    ['passed', undefined, undefined],
    ['reached', 5, 3],
    ['reached', 6, 1],
    ['reached', 21, 15],
  ]);
  expect(acked.hops[3]?.detail).toEqual({ node: 'n' });
  expect(acked).toMatchObject({ terminal: true, delivery: { status: 'acked' } });
  expect(acked.gap).toBeUndefined();
  expect(totalMs(acked)).toBe(21);
  expect(withReceipt(acked, { uid: 'u', acked_at: 1_099 }, 2_000)).toBe(acked);
});

test('a client that does not acknowledge stays at written, unfinished but not failed', () => {
  const written = withReceipt(trace, { uid: 'u', routed_at: 1_005, written_at: 1_006 }, 1_030);
  expect(written.terminal).toBe(false);
  expect(written.delivery.status).toBe('written');
  expect(acknowledges(written)).toBe(false);
  expect(acknowledges(trace)).toBeUndefined();
  expect(acknowledges(acked)).toBe(true);
});

test('places grow with time and stay on the axis', () => {
  for (const scale of ['linear', 'log'] as const) {
    const places = [-5, 0, 1, 10, 100, 200].map((offset) => placeOf(offset, 100, scale));
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect([places[0], places.at(-1)]).toEqual([0, 1]);
  }
  expect(placeOf(5, 0, 'log')).toBe(0);
});

test.each([
  [21, 'linear', [0, 5, 10, 15, 20]],
  [3_800, 'linear', [0, 1_000, 2_000, 3_000]],
  [0.4, 'linear', [0, 0.1, 0.2, 0.30000000000000004, 0.4]],
  [250, 'log', [0, 1, 10, 100]],
  [0, 'linear', [0]],
] as const)('an axis of %d ms, %s', (total, scale, ticks) => {
  expect(ticksOf(total, scale)).toEqual(ticks);
});
