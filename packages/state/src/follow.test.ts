import { EMPTY_RING, type RingDocument } from '@message-push/protocol';
import { createLog } from '@message-push/runtime';
import { afterEach, expect, test } from 'vitest';
import { followState, type NumberedRevocation, type StateFollower } from './index.ts';

const ring = (version: number): RingDocument => ({ ...EMPTY_RING, version });
const revocation = (n: number): NumberedRevocation => ({ n, at: 0, revocation: { kind: 'app', app: `app ${n}` } });

/** A state whose ring and revocations the test sets, and that can be away. */
class Scripted {
  document = ring(0);
  /** What `versions` says; by default the truth. */
  said: number | undefined;
  list: NumberedRevocation[] = [];
  away = false;
  reads = 0;
  polls = 0;
  /** Holds back the next read of the ring. */
  gate: Promise<void> | undefined;

  readonly ring = {
    read: async (): Promise<RingDocument> => {
      this.reads += 1;
      const { document } = this;
      await this.gate;
      this.#check();
      return document;
    },
  };

  async versions() {
    this.polls += 1;
    this.#check();
    return { ring: this.said ?? this.document.version, revocations: this.list.at(-1)?.n ?? 0 };
  }

  async revocations(after: number): Promise<NumberedRevocation[]> {
    return this.list.filter(({ n }) => n > after).slice(0, 2);
  }

  /** Resolves when two further polls were made: what was set before has been seen. */
  async seen(): Promise<void> {
    const { polls } = this;
    await until(() => this.polls >= polls + 2);
    await new Promise(setImmediate);
  }

  #check(): void {
    if (this.away) throw new Error('away');
  }
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error('not within 10 s');
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

let follower: StateFollower | undefined;
afterEach(() => follower?.stop());

function follow(state: Scripted) {
  const rings: number[] = [];
  const revoked: number[] = [];
  follower = followState(state, {
    clock: { now: () => 0 },
    log: createLog('test', 'silent'),
    everyMs: 2,
    onRing: ({ version }) => rings.push(version),
    onRevocations: (list) => revoked.push(...list.map(({ n }) => n)),
  });
  return { follower, rings, revoked };
}

test('a new ring is seen at the next poll, and an unchanged one is not read again', async () => {
  const state = new Scripted();
  const { follower: on, rings } = follow(state);
  expect(on.ring()).toEqual(EMPTY_RING);
  state.document = ring(3);
  await state.seen();
  expect(on.ring().version).toBe(3);
  const { reads } = state;
  await state.seen();
  expect([rings, state.reads]).toEqual([[3], reads]);
});

test('an older or empty ring never follows a newer one', async () => {
  const state = new Scripted();
  state.document = ring(5);
  const { follower: on, rings } = follow(state);
  await state.seen();
  state.document = ring(0);
  state.said = 9;
  await state.seen();
  expect((await on.refresh()).version).toBe(5);
  expect([on.ring().version, rings]).toEqual([5, [5]]);
});

test('while state is away the last ring stays, and it goes on when state is back', async () => {
  const state = new Scripted();
  state.document = ring(1);
  const { follower: on } = follow(state);
  await state.seen();
  state.away = true;
  state.document = ring(2);
  await state.seen();
  expect(on.ring().version).toBe(1);
  await expect(on.refresh()).rejects.toThrow('away');
  state.away = false;
  await state.seen();
  expect(on.ring().version).toBe(2);
});

test('a refresh reads after it was asked for, even if another read is under way', async () => {
  const state = new Scripted();
  const { follower: on } = follow(state);
  await state.seen();
  const gate = Promise.withResolvers<void>();
  state.gate = gate.promise;
  const before = on.refresh();
  state.document = ring(7);
  const after = [on.refresh(), on.refresh()];
  state.gate = undefined;
  gate.resolve();
  expect((await before).version).toBe(0);
  expect((await Promise.all(after)).map(({ version }) => version)).toEqual([7, 7]);
});

test('each revocation is handed on once, those from before the start included', async () => {
  const state = new Scripted();
  state.list = [1, 2, 3].map(revocation);
  const { revoked } = follow(state);
  await state.seen();
  state.list.push(revocation(4));
  await state.seen();
  await state.seen();
  expect(revoked).toEqual([1, 2, 3, 4]);
});

test('when state has lost its last revocations, numbers given out again are not missed', async () => {
  const state = new Scripted();
  state.list = [1, 2, 3].map(revocation);
  const { revoked } = follow(state);
  await state.seen();
  state.list = [1].map(revocation);
  await state.seen();
  state.list.push(revocation(2));
  await state.seen();
  expect(revoked).toEqual([1, 2, 3, 1, 2]);
});

test('after it was stopped nothing is called back', async () => {
  const state = new Scripted();
  const { follower: on, rings, revoked } = follow(state);
  await state.seen();
  on.stop();
  state.document = ring(1);
  state.list = [revocation(1)];
  await on.refresh();
  expect([rings, revoked]).toEqual([[], []]);
});
