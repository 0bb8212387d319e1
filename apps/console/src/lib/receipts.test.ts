// What is told of a delivery amounts to the same in any order and any repetition.
import type { DeliveryRow } from '@message-push/protocol/admin';
import { DELIVERY_STATUSES } from '@message-push/protocol/status';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isSettled, joinRows, mergeDelivery, mergeRows, type Receipt } from './receipts.ts';

const NOW = 10_000;
const at = fc.option(fc.integer({ min: 0, max: 20_000 }), { nil: undefined });
const times = fc
  .record({
    queued_at: at,
    offline_at: at,
    routed_at: at,
    written_at: at,
    acked_at: at,
    evicted_at: at,
    recalled_at: at,
    dead_at: at,
    expires_at: at,
  })
  .map((record) => Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)));
const fresh: DeliveryRow = { message_id: 'm', uid: 'u', status: 'accepted' };

test('order and repetition of receipts do not matter', () => {
  const receipts = fc.array(
    times.map((facts): Receipt => ({ uid: 'u', ...facts })),
    { maxLength: 6 },
  );
  const fold = (told: Receipt[]) => told.reduce<DeliveryRow>((row, receipt) => mergeDelivery(row, receipt, NOW), fresh);
  fc.assert(
    fc.property(receipts, (told) => {
      expect(fold([...told].reverse())).toEqual(fold(told));
      expect(fold([...told, ...told])).toEqual(fold(told));
    }),
  );
});

test('the further receipt names node and gateway', () => {
  const routed = mergeDelivery(fresh, { uid: 'u', routed_at: 3, node: 'a' }, NOW);
  const written = mergeDelivery(routed, { uid: 'u', written_at: 5, node: 'b', gateway: 'g' }, NOW);
  expect(mergeDelivery(written, { uid: 'u', routed_at: 2, node: 'a' }, NOW)).toEqual({
    ...fresh,
    status: 'written',
    routed_at: 2,
    written_at: 5,
    node: 'b',
    gateway: 'g',
  });
});

test('rows that nothing new is told about stay the same objects', () => {
  const rows: DeliveryRow[] = [
    { ...fresh, routed_at: 1, status: 'routed' },
    { ...fresh, uid: 'v' },
  ];
  expect(mergeRows(rows, [{ uid: 'u', routed_at: 5 }, { uid: 'stranger' }], NOW)).toBe(rows);
  const next = mergeRows(
    rows,
    [
      { uid: 'u', written_at: 6 },
      { uid: 'u', acked_at: 7 },
    ],
    NOW,
  );
  expect(next[1]).toBe(rows[1]);
  expect(next[0]).toMatchObject({ status: 'acked', routed_at: 1, written_at: 6 });
});

test('a history that is behind takes nothing back and leaves nobody out', () => {
  const known: DeliveryRow[] = [
    { ...fresh, status: 'acked', acked_at: 9 },
    { ...fresh, uid: 'v' },
  ];
  const joined = joinRows([{ ...fresh, status: 'queued', queued_at: 2 }], known, NOW);
  expect(joined).toEqual([{ ...fresh, status: 'acked', queued_at: 2, acked_at: 9 }, known[1]]);
});

test('settled is what arrived or ended', () => {
  expect(DELIVERY_STATUSES.filter((status) => isSettled({ status }))).toEqual([
    'written',
    'acked',
    'expired',
    'recalled',
    'dead',
  ]);
});
