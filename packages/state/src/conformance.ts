// The specification of state, as tests that every implementation passes.
import type { InboxLimits } from '@message-push/delivery';
import { ApiError, EMPTY_RING, type RingDocument } from '@message-push/protocol';
import type { Clock } from '@message-push/runtime';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { BesideClock } from './beside.ts';
import { agreementRules } from './conformance-agreements.ts';
import { CONFORMANCE_LIMITS, type InboxStage, inboxRules } from './conformance-inboxes.ts';
import { randomInboxCalls } from './conformance-random.ts';
import type { Receiver, State } from './index.ts';

/** One test's own state. */
export interface StateBench {
  /** Opens it; after the state before was closed or its process killed, with everything it held. */
  open(): Promise<State>;
  /**
   * Appends entries to the receivers k1 and k2 of app `shop` in another process, kills it with -9 in the middle, and answers what
   * that process was answered.
   */
  killedAppender?(): Promise<(Receiver & { seq: string })[]>;
  /** Makes go what expires by itself some time after the last entry of this receiver has left. */
  expire?(receiver: Receiver): Promise<void>;
  /** Removes it. */
  end(): Promise<void>;
}

/** `make` gives a state that lives by this clock and these limits; `seeds`: how many games of random calls are played. */
export function stateConformance(
  name: string,
  make: (clock: Clock, limits: InboxLimits) => Promise<StateBench>,
  seeds = 12,
): void {
  describe(`state: ${name}`, () => {
    let bench: StateBench;
    let state: State;
    let now = 0;
    const clock: BesideClock = {
      now: () => now,
      advance: (ms) => {
        now += ms;
      },
    };
    beforeEach(async () => {
      now = 1_800_000_000_000;
      bench = await make(clock, CONFORMANCE_LIMITS);
      state = await bench.open();
    });
    afterEach(async () => {
      await state.close();
      await bench.end();
    });
    const stage: InboxStage = {
      state: () => state,
      clock,
      reopen: async () => {
        await state.close();
        state = await bench.open();
        return state;
      },
      expire: async (receiver) => bench.expire?.(receiver),
    };
    describe('inboxes', () => inboxRules(stage));
    describe('inboxes beside the pure machine', () => randomInboxCalls(stage, seeds));
    describe('ring', () => ringRules(() => state, stage));
    agreementRules(stage);

    test('a process killed with -9 loses nothing that it was answered', async (context) => {
      if (!bench.killedAppender) return context.skip();
      await state.close();
      const answered = await bench.killedAppender();
      state = await bench.open();
      expect(answered.length).toBeGreaterThan(20);
      for (const uid of ['k1', 'k2']) {
        const request = { scope: 'p:pc', platform: 'pc', after: '', bytesMax: 100_000_000 };
        const { entries } = await state.inboxes.pull({ app: 'shop', uid }, request);
        const kept = new Set(entries.map(({ seq }) => seq));
        expect(answered.filter((entry) => entry.uid === uid && !kept.has(entry.seq))).toEqual([]);
      }
    });

    test('after it was closed, every call rejects with STATE_UNAVAILABLE', async () => {
      await state.close();
      for (const call of [state.ping(), state.versions(), state.inboxes.binds([]), state.ring.read()]) {
        const error = await call.catch((reason) => reason);
        expect(error).toBeInstanceOf(ApiError);
        expect(error.code).toBe('STATE_UNAVAILABLE');
      }
      state = await bench.open();
    });

    test('it answers a ping, and its connection does not change by itself', async () => {
      const connection = state.connection();
      await state.ping();
      expect(state.connection()).toBe(connection);
      expect(state.lossWindowMs).toBeGreaterThanOrEqual(0);
    });
  });
}

function ringRules(state: () => State, stage: InboxStage): void {
  const ring = (version: number, epoch = 1, cause = 'test'): RingDocument => ({
    version,
    epoch,
    nodes: [{ id: 'n1', incarnation: 'i1', address: '127.0.0.1:7001', weight: 1.5, state: 'up' }],
    at: stage.clock.now(),
    cause,
  });

  test('before the first ring, version 0 with no nodes is read', async () => {
    expect(await state().ring.read()).toEqual(EMPTY_RING);
    expect((await state().versions()).ring).toBe(0);
    expect(await state().ring.history(10)).toEqual([]);
  });

  test('a ring is stored only over the version it was made from', async () => {
    expect(await state().ring.write(ring(1), 0)).toBe(true);
    expect(await state().ring.write(ring(2, 1, 'late'), 0)).toBe(false);
    expect(await state().ring.write(ring(5), 1)).toBe(true);
    expect(await state().ring.read()).toEqual(ring(5));
    expect((await state().versions()).ring).toBe(5);
  });

  test('of several writers at once exactly one is first', async () => {
    const writes = [1, 2, 3, 4].map((n) => state().ring.write(ring(1, 1, `writer ${n}`), 0));
    expect((await Promise.all(writes)).filter(Boolean).length).toBe(1);
  });

  test('a leader of a lower epoch is fenced off', async () => {
    await state().ring.write(ring(1, 7), 0);
    expect(await state().ring.write(ring(2, 6), 1)).toBe(false);
    expect(await state().ring.write(ring(2, 7), 1)).toBe(true);
  });

  test('a version never goes back', async () => {
    await state().ring.write(ring(3), 0);
    expect(await state().ring.write(ring(3), 3)).toBe(false);
    expect(await state().ring.write(ring(2), 3)).toBe(false);
  });

  test('the history is kept, newest first, also over a restart', async () => {
    for (const version of [1, 2, 3]) await state().ring.write(ring(version), version - 1);
    await stage.reopen();
    expect((await state().ring.history(2)).map(({ version }) => version)).toEqual([3, 2]);
    expect(await state().ring.read()).toEqual(ring(3));
  });
}
