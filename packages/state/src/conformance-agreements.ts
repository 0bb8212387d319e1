// The specification of what the processes agree on: leases, announcements, the log, devices, keys, budgets.
import { describe, expect, test } from 'vitest';
import type { InboxStage } from './conformance-inboxes.ts';
import { revocationRules } from './conformance-revocations.ts';
import type { IdempotencyRecord } from './index.ts';

const DAY_MS = 86_400_000;

export function agreementRules(stage: InboxStage): void {
  const { clock } = stage;
  const state = () => stage.state();
  describe('leases', leases);
  describe('announcements', announcements);
  revocationRules(stage);
  describe('the log', log);
  describe('devices', devices);
  describe('idempotency', idempotency);
  describe('budgets', budgets);

  function leases(): void {
    test('one holder at a time; the others are told who it is', async () => {
      expect(await state().lease('leader', 'a', 1000)).toEqual({ held: true, holder: 'a', epoch: 1 });
      expect(await state().lease('leader', 'b', 1000)).toEqual({ held: false, holder: 'a', epoch: 1 });
      expect((await state().lease('other', 'b', 1000)).held).toBe(true);
    });

    test('a renewal lengthens the lease and keeps the epoch', async () => {
      await state().lease('leader', 'a', 1000);
      clock.advance(900);
      expect(await state().lease('leader', 'a', 1000)).toEqual({ held: true, holder: 'a', epoch: 1 });
      clock.advance(900);
      expect((await state().lease('leader', 'b', 1000)).held).toBe(false);
    });

    test('an expired lease goes to the next with a higher epoch, also over a restart', async () => {
      await state().lease('leader', 'a', 1000);
      clock.advance(1000);
      await stage.reopen();
      expect(await state().lease('leader', 'b', 1000)).toEqual({ held: true, holder: 'b', epoch: 2 });
      expect(await state().lease('leader', 'a', 1000)).toEqual({ held: false, holder: 'b', epoch: 2 });
    });

    test('a released lease is free at once; only its holder can release it', async () => {
      await state().lease('leader', 'a', 1000);
      await state().release('leader', 'b');
      expect((await state().lease('leader', 'b', 1000)).held).toBe(false);
      await state().release('leader', 'a');
      expect(await state().lease('leader', 'b', 1000)).toEqual({ held: true, holder: 'b', epoch: 2 });
    });
  }

  function announcements(): void {
    test('those who announced themselves are known until their time is over', async () => {
      await state().announce('api', 'a', 1000, '{"n":1}');
      await state().announce('api', 'b', 2000, 'x');
      await state().announce('gateway', 'g', 2000, '');
      expect(await state().announced('api')).toEqual([
        { id: 'a', data: '{"n":1}' },
        { id: 'b', data: 'x' },
      ]);
      clock.advance(1000);
      expect(await state().announced('api')).toEqual([{ id: 'b', data: 'x' }]);
    });

    test('who announces again lives on, with its new data', async () => {
      await state().announce('api', 'a', 1000, 'old');
      clock.advance(900);
      await state().announce('api', 'a', 1000, 'new');
      clock.advance(900);
      expect(await state().announced('api')).toEqual([{ id: 'a', data: 'new' }]);
    });
  }

  function log(): void {
    const seen = { bus_id: 'bus-1', topic: 'pushes', partitions: 2, ends: [0, 0] };
    const told = async () => (await state().logSeen()) ?? { generation: 0, offsets: {} };
    const reopened = async (ends: number[]) => state().openLog({ ...seen, ends, before: await told() });

    test('the log opens with a first generation above 0, and again with the same', async () => {
      const first = await state().openLog(seen);
      expect(first).toEqual({ bus_id: 'bus-1', topic: 'pushes', partitions: 2, generation: first.generation });
      expect(first.generation).toBeGreaterThan(0);
      await stage.reopen();
      expect(await state().openLog({ ...seen, ends: [100, 3] })).toEqual(first);
    });

    test('another bus raises the generation and brings its number of partitions', async () => {
      const { generation } = await state().openLog(seen);
      const other = { ...seen, bus_id: 'bus-2', partitions: 8, ends: Array.from({ length: 8 }, () => 0) };
      expect(await state().openLog(other)).toMatchObject({ generation: generation + 1, partitions: 8 });
      expect((await state().openLog(seen)).generation).toBe(generation + 2);
    });

    test('the number of partitions does not change within a generation', async () => {
      await state().openLog(seen);
      expect((await state().openLog({ ...seen, partitions: 3, ends: [0, 0, 0] })).partitions).toBe(2);
    });

    test('a log that lost a record that was seen raises the generation and forgets the offsets', async () => {
      const { generation } = await state().openLog(seen);
      await state().sawOffsets(generation, { 0: 9, 1: 4 });
      expect(await state().logSeen()).toEqual({ generation, offsets: { 0: 9, 1: 4 } });
      expect((await reopened([10, 5])).generation).toBe(generation);
      expect((await reopened([10, 4])).generation).toBe(generation + 1);
      expect(await state().logSeen()).toEqual({ generation: generation + 1, offsets: {} });
      expect((await reopened([1, 0])).generation).toBe(generation + 1);
    });

    test('a log that others read on while its ends were on their way has lost nothing', async () => {
      const { generation } = await state().openLog(seen);
      await state().sawOffsets(generation, { 0: 3 });
      const before = await told();
      const ends = [5, 0];
      await state().sawOffsets(generation, { 0: 9, 1: 2 });
      expect((await state().openLog({ ...seen, ends, before })).generation).toBe(generation);
    });

    test.each([{ ends: [5, 0] }, { bus_id: 'bus-2' }])(
      'of two that find %j only the first raises the generation',
      async (found) => {
        const { generation } = await state().openLog(seen);
        await state().sawOffsets(generation, { 0: 9 });
        const before = await told();
        const opened = [1, 2].map(() => state().openLog({ ...seen, ...found, before }));
        expect((await Promise.all(opened)).map((log) => log.generation)).toEqual([generation + 1, generation + 1]);
      },
    );

    test('who looked at a log that others have put another in the place of raises nothing, and hears which one counts', async () => {
      const { generation } = await state().openLog(seen);
      const before = await told();
      const other = { ...seen, bus_id: 'bus-2', partitions: 3, ends: [0, 0, 0] };
      const present = await state().openLog({ ...other, before });
      expect(present).toEqual({ bus_id: 'bus-2', topic: 'pushes', partitions: 3, generation: generation + 1 });
      const late = { ...seen, bus_id: 'bus-0', before };
      expect(await state().openLog(late)).toEqual(present);
      expect(await state().openLog({ ...seen, before })).toEqual(present);
      expect((await state().openLog({ ...late, before: await told() })).generation).toBe(generation + 2);
    });

    test('ends of which nobody says what was seen before them are not judged', async () => {
      const { generation } = await state().openLog(seen);
      await state().sawOffsets(generation, { 0: 9 });
      expect((await state().openLog({ ...seen, ends: [5, 0] })).generation).toBe(generation);
    });

    test('before the log was first opened nothing was seen of it', async () => {
      expect(await state().logSeen()).toBeUndefined();
    });

    test('offsets seen only grow', async () => {
      const { generation } = await state().openLog(seen);
      await state().sawOffsets(generation, { 0: 9 });
      await state().sawOffsets(generation, { 0: 3 });
      expect((await told()).offsets).toEqual({ 0: 9 });
      expect((await reopened([5, 0])).generation).toBe(generation + 1);
    });

    test('offsets of an older generation are not taken', async () => {
      const { generation } = await state().openLog(seen);
      await state().openLog({ ...seen, bus_id: 'bus-2' });
      await state().sawOffsets(generation, { 0: 9 });
      expect(await state().logSeen()).toEqual({ generation: generation + 1, offsets: {} });
    });
  }

  function devices(): void {
    test('a device belongs to the uid that used it first, per app', async () => {
      expect(await state().claimDevice('shop', 'd1', 'ann')).toBe(true);
      expect(await state().claimDevice('shop', 'd1', 'ann')).toBe(true);
      expect(await state().claimDevice('shop', 'd1', 'bob')).toBe(false);
      expect(await state().claimDevice('bank', 'd1', 'bob')).toBe(true);
      expect(await state().resolveDevices('shop', ['d1', 'd2'])).toEqual(['ann', undefined]);
    });

    test('a device unused for 30 days is free; one in use is not', async () => {
      await state().claimDevice('shop', 'old', 'ann');
      await state().claimDevice('shop', 'used', 'ann');
      clock.advance(20 * DAY_MS);
      await state().claimDevice('shop', 'used', 'ann');
      clock.advance(10 * DAY_MS);
      expect(await state().resolveDevices('shop', ['old', 'used'])).toEqual([undefined, 'ann']);
      expect(await state().claimDevice('shop', 'used', 'bob')).toBe(false);
      expect(await state().claimDevice('shop', 'old', 'bob')).toBe(true);
    });
  }

  function idempotency(): void {
    const record: IdempotencyRecord = { message_id: 'm'.padEnd(32, '0'), fingerprint: 'f1', api: 'api-1' };
    const answer = { status: 200, body: '{"code":1,"msg":"OK"}' };

    test('of two requests with one key exactly one begins, and both know the record', async () => {
      const other = { ...record, api: 'api-2' };
      const begun = [state().beginIdempotent('shop', 'k', record), state().beginIdempotent('shop', 'k', other)];
      expect(await Promise.all(begun)).toEqual([
        { begun: true, record },
        { begun: false, record },
      ]);
      expect((await state().beginIdempotent('bank', 'k', other)).begun).toBe(true);
    });

    test('the answer is kept for 24 hours from the first request, also over a restart', async () => {
      await state().beginIdempotent('shop', 'k', record);
      clock.advance(DAY_MS / 2);
      await state().finishIdempotent('shop', 'k', { ...record, answer });
      await stage.reopen();
      clock.advance(DAY_MS / 2 - 1);
      expect(await state().beginIdempotent('shop', 'k', record)).toEqual({
        begun: false,
        record: { ...record, answer },
      });
      clock.advance(1);
      expect(await state().beginIdempotent('shop', 'k', record)).toEqual({ begun: true, record });
    });

    const take = { message_id: record.message_id, from_api: 'api-1', to_api: 'api-2' };

    test('of several that take over a pending record exactly one does', async () => {
      await state().beginIdempotent('shop', 'k', record);
      const takes = ['api-2', 'api-3'].map((to_api) => state().takeOverIdempotent('shop', 'k', { ...take, to_api }));
      expect(await Promise.all(takes)).toEqual([true, false]);
      const present = { begun: false, record: { ...record, api: 'api-2' } };
      expect(await state().beginIdempotent('shop', 'k', record)).toEqual(present);
    });

    test('a record that has its answer, is of another message, or is not there is not taken over', async () => {
      expect(await state().takeOverIdempotent('shop', 'k', take)).toBe(false);
      await state().beginIdempotent('shop', 'k', record);
      expect(await state().takeOverIdempotent('shop', 'k', { ...take, message_id: 'other' })).toBe(false);
      expect(await state().takeOverIdempotent('bank', 'k', take)).toBe(false);
      await state().finishIdempotent('shop', 'k', { ...record, answer });
      expect(await state().takeOverIdempotent('shop', 'k', take)).toBe(false);
      await state().beginIdempotent('shop', 'old', record);
      clock.advance(DAY_MS);
      expect(await state().takeOverIdempotent('shop', 'old', take)).toBe(false);
    });

    test('a take-over does not lengthen the 24 hours', async () => {
      await state().beginIdempotent('shop', 'k', record);
      clock.advance(DAY_MS / 2);
      expect(await state().takeOverIdempotent('shop', 'k', take)).toBe(true);
      clock.advance(DAY_MS / 2);
      expect((await state().beginIdempotent('shop', 'k', record)).begun).toBe(true);
    });

    test('a pending record can be dropped', async () => {
      await state().beginIdempotent('shop', 'k', record);
      await state().finishIdempotent('shop', 'k', undefined);
      expect((await state().beginIdempotent('shop', 'k', record)).begun).toBe(true);
    });

    test('an answer whose record was lost is kept all the same', async () => {
      await state().finishIdempotent('shop', 'k', { ...record, answer });
      expect((await state().beginIdempotent('shop', 'k', record)).begun).toBe(false);
    });
  }

  function budgets(): void {
    test('a budget grants one second’s worth at once, then as time passes', async () => {
      expect(await state().takeBudget('b', 60, 100)).toBe(60);
      expect(await state().takeBudget('b', 60, 100)).toBe(40);
      expect(await state().takeBudget('b', 1, 100)).toBe(0);
      clock.advance(250);
      expect(await state().takeBudget('b', 100, 100)).toBe(25);
      clock.advance(60_000);
      expect(await state().takeBudget('b', 1000, 100)).toBe(100);
    });

    test('budgets do not touch each other', async () => {
      await state().takeBudget('a', 10, 10);
      expect(await state().takeBudget('b', 10, 10)).toBe(10);
    });
  }
}
