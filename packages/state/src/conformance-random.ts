// The specification of the inboxes, part two: random calls, each answer the same as that of the pure machine.
import { hash } from 'node:crypto';
import type { BindRequest } from '@message-push/delivery';
import { SEQ_ZERO, type Seq } from '@message-push/protocol';
import { expect, test } from 'vitest';
import { Beside, bindOf, entryAt, idAt, seqAt } from './beside.ts';
import { CONFORMANCE_LIMITS, type InboxStage } from './conformance-inboxes.ts';
import type { AppendEntry, Receiver } from './index.ts';

const ROUNDS = 30;
const CALLS = 20;
const RECEIVERS: Receiver[] = ['ann', 'bob', 'cy'].map((uid) => ({ app: 'shop', uid }));
const SCOPES = ['p:pc', 'p:mobile', 'd:a', 'd:b', 'd:c'];

/** `seeds`: how many games, numbered from 1. */
export function randomInboxCalls(stage: InboxStage, seeds: number): void {
  test.each(Array.from({ length: seeds }, (_, i) => i + 1))(
    'random calls answer as the pure machine does, across restarts (seed %i)',
    async (seed) => {
      const play = new Play(stage, seed);
      for (let round = 0; round < ROUNDS; round++) {
        await Promise.all(Array.from({ length: CALLS }, () => play.call()));
        await play.pass();
      }
      await play.compareAll();
      expect(play.calls).toBe(ROUNDS * CALLS);
    },
  );
}

class Play {
  calls = 0;
  readonly #stage: InboxStage;
  readonly #inboxes: Beside;
  readonly #next: () => number;
  /** In every other game hardly anything is out of the ordinary, so that quick ways are taken and their edges met. */
  readonly #isCalm: boolean;
  #offset = 1;

  constructor(stage: InboxStage, seed: number) {
    this.#stage = stage;
    this.#inboxes = new Beside(stage.state(), stage.clock, CONFORMANCE_LIMITS);
    this.#next = numbersOf(seed);
    this.#isCalm = seed % 2 === 0;
  }

  /** One random call; the machine beside plays it when it is made, not when it is answered. */
  call(): Promise<unknown> {
    this.calls += 1;
    const receiver = this.#of(RECEIVERS);
    const kind = this.#isCalm ? this.#of([0, 0, 0, 0, 50, 60, 60, 60, 60, 80, this.#below(100)]) : this.#below(100);
    if (kind < 40) return this.#append();
    if (kind < 60) return this.#inboxes.bind(receiver, this.#bindRequest());
    const scope = this.#scope();
    if (kind < 78)
      return this.#inboxes.advance({ ...receiver, scope, platform: platformOf(scope), cursor: this.#seq() });
    const after = this.#below(3) === 0 ? SEQ_ZERO : this.#seq();
    const bytesMax = this.#of([1, 600, 1_000_000]);
    if (kind < 92) return this.#inboxes.pull(receiver, { scope, platform: platformOf(scope), after, bytesMax });
    if (kind < 96) return this.#unbind(receiver);
    if (kind < 97) return this.#inboxes.binds(...RECEIVERS);
    if (kind < 98) return this.#inboxes.recall(receiver, idAt(1_700_000_000_000, this.#offset - this.#below(15)));
    if (kind === 98) return this.#inboxes.erase(receiver);
    return this.#inboxes.revokeBefore(receiver, this.#below(50));
  }

  /** Time passes, sometimes the state is closed and opened again, and what expires by itself does. */
  async pass(): Promise<void> {
    const { holdMs, scopeIdleMs } = CONFORMANCE_LIMITS;
    this.#stage.clock.advance(
      this.#of([0, 5, 1000, holdMs / 2, holdMs, ...(this.#below(10) === 0 ? [scopeIdleMs] : [])]),
    );
    if (this.#below(15) === 0) this.#inboxes.state = await this.#stage.reopen();
    for (const receiver of RECEIVERS) if (this.#inboxes.isEmpty(receiver)) await this.#stage.expire(receiver);
  }

  async compareAll(): Promise<void> {
    await this.#inboxes.binds(...RECEIVERS);
    for (const receiver of RECEIVERS)
      for (const scope of SCOPES) {
        const request = { scope, platform: platformOf(scope), after: SEQ_ZERO, bytesMax: 1_000_000 };
        await this.#inboxes.pull(receiver, request);
      }
  }

  /** One to three entries for some receivers, in one call. */
  #append(): Promise<unknown> {
    const entries = Array.from({ length: this.#of([1, 1, 2, 3]) }, () => this.#entry());
    const receivers = RECEIVERS.filter(() => this.#below(3) > 0);
    return this.#inboxes.append(...entries.flatMap((entry) => receivers.map((to) => ({ ...to, entry }))));
  }

  #entry(): AppendEntry {
    const isOld = this.#below(this.#isCalm ? 40 : 4) === 0;
    const offset = isOld ? Math.max(1, this.#offset - this.#below(15)) : this.#offset++;
    const now = this.#stage.clock.now();
    const isPlain = this.#isCalm && offset % 20 !== 0;
    return entryAt(offset, this.#stage.clock, {
      // A redelivery is the same entry: what it carries follows from its offset alone.
      message_id: idAt(1_700_000_000_000, offset - (offset % 5 === 0 && !isPlain ? 1 : 0)),
      size: (this.#isCalm ? [10, 20, 1200, 30] : [10, 300, 1500, 4000])[offset % 4] ?? 10,
      expires_at: now + this.#of([0, 1, 60_000, 3_600_000, 40 * 86_400_000]),
      ...(offset % 5 === 0 && !isPlain && { again: true }),
      ...(isPlain ? {} : filtersOf(offset)),
    });
  }

  #unbind(receiver: Receiver): Promise<unknown> {
    const serial = this.#of([undefined, this.calls, this.calls - this.#below(100)]);
    return this.#inboxes.unbind(receiver, this.#of(['n1', 'n2', 'n3', 'n4']), this.#of(['i1', 'i2']), serial);
  }

  #bindRequest(): BindRequest {
    const scope = this.#scope();
    const repeat = this.#below(2) === 0;
    const enqueued = repeat ? this.#seq() : SEQ_ZERO;
    const request = bindOf(scope, {
      bind: {
        node: this.#of(['n1', 'n2', 'n3', 'n4']),
        incarnation: this.#of(['i1', 'i2']),
        ring_version: this.#below(5),
        serial: this.calls,
      },
      platform: platformOf(scope),
      repeat,
      enqueued,
      cursor: this.#below(2) === 0 ? SEQ_ZERO : this.#seq(),
      issued_at: this.#of([0, 10, 60]),
    });
    if (this.#below(2) === 0) request.since = this.#stage.clock.now() - 1000;
    return request;
  }

  #scope(): string {
    return this.#of(this.#isCalm && this.#below(10) > 0 ? SCOPES.slice(0, 2) : SCOPES);
  }

  #seq(): Seq {
    return seqAt(Math.max(0, this.#offset + 1 - this.#below(this.#isCalm && this.#below(8) > 0 ? 4 : 15)));
  }

  #below(n: number): number {
    return Math.floor(this.#next() * n);
  }

  #of<T>(list: readonly T[]): T {
    return list[this.#below(list.length)] as T; // an index within the list
  }
}

function filtersOf(offset: number): Partial<AppendEntry> {
  return {
    ...(offset % 3 === 0 && { platforms: [offset % 2 === 0 ? 'pc' : 'mobile'] }),
    ...(offset % 7 === 0 && { device_ids: ['a', 'c'] }),
  };
}

function platformOf(scope: string): string {
  return scope.startsWith('p:') ? scope.slice(2) : 'pc';
}

/** Numbers in [0, 1) that follow from the seed, so that a failing run can be played again. */
function numbersOf(seed: number): () => number {
  let n = 0;
  return () => Number.parseInt(hash('md5', `${seed}/${n++}`).slice(0, 8), 16) / 2 ** 32;
}
