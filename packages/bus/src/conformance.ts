// The specification of a bus, as tests that every implementation passes. Long, so that the whole of it is in one place.
import { setTimeout as pause } from 'node:timers/promises';
import { ApiError } from '@message-push/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { tailConformance } from './conformance-tail.ts';
import type { Bus, BusBatch, SubscribeOptions, Subscription } from './index.ts';

/** One test's own log, with at least two partitions for pushes and receipts. */
export interface BusBench {
  /** Opens the log; after the bus before was closed or its process killed, the same log again. */
  open(): Promise<Bus>;
  /** Publishes in another process to partition 0 of `pushes`, kills it with -9 in the middle, answers the offsets it was told. */
  killedPublisher?(): Promise<number[]>;
  /** Removes the log. */
  end(): Promise<void>;
}

const text = (value: Uint8Array) => Buffer.from(value).toString();
const value = (content: string) => Buffer.from(content);

/** What a subscriber saw, and how to wait for more of it. */
class Seen {
  readonly values: string[] = [];
  readonly batches: BusBatch[] = [];
  readonly assigned: number[] = [];
  readonly revoked: number[] = [];

  async until(condition: () => boolean, what: string): Promise<void> {
    const deadline = Date.now() + 20_000;
    while (!condition()) {
      if (Date.now() > deadline) throw new Error(`not within 20 s: ${what}; seen ${this.values.slice(-5).join()}`);
      await pause(2);
    }
  }

  async count(n: number): Promise<void> {
    await this.until(() => this.values.length >= n, `${n} records`);
  }
}

function follow(bus: Bus, more: Partial<SubscribeOptions> = {}): { seen: Seen; member: Promise<Subscription> } {
  const seen = new Seen();
  const member = bus.subscribe({
    group: 'delivery',
    topic: 'pushes',
    batchMax: 100,
    onBatch: async (batch) => {
      seen.batches.push(batch);
      seen.values.push(...batch.records.map((record) => text(record.value)));
    },
    onAssigned: (partitions) => seen.assigned.push(...partitions.map(({ partition }) => partition)),
    onRevoked: (partitions) => seen.revoked.push(...partitions),
    ...more,
  });
  return { seen, member };
}

export function busConformance(name: string, make: () => Promise<BusBench>): void {
  describe(`bus: ${name}`, () => {
    let bench: BusBench;
    let bus: Bus;
    beforeEach(async () => {
      bench = await make();
      bus = await bench.open();
    });
    afterEach(async () => {
      await bus.close();
      await bench.end();
    });
    const reopen = async () => {
      await bus.close();
      bus = await bench.open();
    };
    const publish = (contents: string[], partition = 0) =>
      bus.publish(
        'pushes',
        contents.map((content) => ({ partition, value: value(content) })),
      );
    storing();
    reading();
    groups();
    tailConformance(() => ({ bus, reopen, publish }));

    function storing(): void {
      test('publish answers the offsets in the order given, per partition without gaps', async () => {
        const records = [0, 1, 0, 0, 1].map((partition) => ({ partition, value: value(`to ${partition}`) }));
        expect(await bus.publish('pushes', records)).toEqual([0, 0, 1, 2, 1]);
        expect((await bus.describe('pushes')).ends.slice(0, 2)).toEqual([3, 2]);
      });

      test('publishing nothing stores nothing', async () => {
        expect(await bus.publish('pushes', [])).toEqual([]);
        expect((await bus.describe('pushes')).ends.every((end) => end === 0)).toBe(true);
      });

      test('a record that cannot be stored is refused with BUS_UNAVAILABLE, and nothing of its call is stored', async () => {
        const records = [0, 9999].map((partition) => ({ partition, value: value('x') }));
        const error = await bus.publish('pushes', records).catch((reason) => reason);
        expect(error).toBeInstanceOf(ApiError);
        expect(error.code).toBe('BUS_UNAVAILABLE');
        expect((await bus.describe('pushes')).ends[0]).toBe(0);
      });

      test('a thousand records of one call are stored, and read in order', async () => {
        const contents = Array.from({ length: 1000 }, (_, i) => `record ${i}`);
        expect(await publish(contents)).toEqual(contents.map((_, i) => i));
        const { seen } = follow(bus);
        await seen.count(1000);
        expect(seen.values).toEqual(contents);
        expect(seen.batches.every((batch) => batch.records.length <= 100 && batch.end === 1000)).toBe(true);
      });

      test('publishes of the same moment are stored each as a whole, and every caller gets its own offsets', async () => {
        const calls = Array.from({ length: 50 }, (_, call) => [`${call} first`, `${call} second`]);
        const offsets = await Promise.all(calls.map((contents) => publish(contents)));
        expect(offsets.flat().toSorted((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i));
        const { seen } = follow(bus);
        await seen.count(100);
        for (const [call, [first = -1, second = -1]] of offsets.entries()) {
          expect(second).toBe(first + 1);
          expect(seen.values.slice(first, second + 1)).toEqual(calls[call]);
        }
      });

      test('a call of several megabytes is stored in order', async () => {
        const contents = Array.from({ length: 25 }, (_, i) => `${i} ${'x'.repeat(200_000)}`);
        expect(await publish(contents)).toEqual(contents.map((_, i) => i));
        const { seen } = follow(bus);
        await seen.count(25);
        expect(seen.values.map((content) => content.split(' ')[0])).toEqual(contents.map((_, i) => `${i}`));
      });

      test('after it was closed, a bus refuses with BUS_UNAVAILABLE', async () => {
        await bus.close();
        await expect(publish(['x'])).rejects.toMatchObject({ code: 'BUS_UNAVAILABLE' });
        await expect(bus.ping()).rejects.toMatchObject({ code: 'BUS_UNAVAILABLE' });
        bus = await bench.open();
      });

      test('identity, partitions and ends survive a restart', async () => {
        await publish(['a', 'b'], 1);
        const before = await bus.describe('pushes');
        expect(before.busId).not.toBe('');
        await reopen();
        expect(await bus.describe('pushes')).toEqual(before);
      });

      test('one record can be read by its offset, with the bytes and the time it was stored with', async () => {
        const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
        await bus.publish('pushes', [{ partition: 1, value: bytes }]);
        const record = await bus.read('pushes', 1, 0);
        expect(record?.offset).toBe(0);
        expect(Uint8Array.from(record?.value ?? [])).toEqual(bytes);
        expect(record?.at).toBeGreaterThan(0);
        expect(await bus.read('pushes', 1, 1)).toBeUndefined();
        expect(await bus.read('pushes', 0, 0)).toBeUndefined();
      });

      test('a publisher killed with -9 loses nothing that it was answered, and leaves no gap', async (context) => {
        if (!bench.killedPublisher) return context.skip();
        await bus.close();
        const answered = await bench.killedPublisher();
        bus = await bench.open();
        expect(answered.length).toBeGreaterThan(20);
        const [end = 0] = (await bus.describe('pushes')).ends;
        expect(end).toBeGreaterThanOrEqual(answered.length);
        const { seen } = follow(bus);
        await seen.count(end);
        expect(seen.values).toEqual(Array.from({ length: end }, (_, i) => `record ${i}`));
      });

      test('dead letters are kept apart and can be read', async () => {
        const [offset = -1] = await bus.publish('dead', [{ partition: 0, value: value('{"reason":"unreadable"}') }]);
        const record = await bus.read('dead', 0, offset);
        expect(text(record?.value ?? new Uint8Array())).toBe('{"reason":"unreadable"}');
        expect((await bus.describe('pushes')).ends[0]).toBe(0);
      });
    }

    function reading(): void {
      test('records of one partition are read in the order of publishing, as they come', async () => {
        const { seen } = follow(bus);
        const sent: string[] = [];
        for (let i = 0; i < 50; i++) {
          sent.push(`a${i}`, `b${i}`);
          await Promise.all([publish([`a${i}`]), publish([`b${i}`])]);
        }
        await seen.count(100);
        expect(seen.values).toEqual(sent);
      });

      test('a subscriber that waits hears of a new record at once', async () => {
        const { seen, member } = follow(bus);
        await member;
        await publish(['first']);
        await seen.count(1);
        const from = performance.now();
        await publish(['second']);
        await seen.count(2);
        expect(performance.now() - from).toBeLessThan(1000);
      });

      test('what was read but not committed comes again after a crash', async () => {
        await publish(['a', 'b', 'c']);
        const { seen, member } = follow(bus);
        await seen.count(3);
        await (await member).commit([{ partition: 0, offset: 2 }]);
        await reopen();
        const again = follow(bus);
        await again.seen.count(1);
        expect(again.seen.values).toEqual(['c']);
      });

      test('a batch that its reader refuses comes again, before anything behind it', async () => {
        const tries: string[] = [];
        const { member } = follow(bus, {
          batchMax: 2,
          onBatch: async ({ records }) => {
            tries.push(records.map((record) => text(record.value)).join('+'));
            if (tries.length <= 2) throw new Error('not now');
          },
        });
        await publish(['a', 'b', 'c']);
        await new Seen().until(() => tries.length >= 4, 'four tries');
        expect(tries).toEqual(['a+b', 'a+b', 'a+b', 'c']);
        await (await member).close();
      });

      test('only one batch of a partition is under way at a time', async () => {
        let under = 0;
        let most = 0;
        const seen = new Seen();
        follow(bus, {
          batchMax: 1,
          onBatch: async ({ records }) => {
            under += 1;
            most = Math.max(most, under);
            await pause(1);
            under -= 1;
            seen.values.push(...records.map((record) => text(record.value)));
          },
        });
        for (let i = 0; i < 20; i++) await publish([`${i}`]);
        await seen.count(20);
        expect(most).toBe(1);
      });

      test('a partition whose batch takes long does not hold others', async () => {
        const slow = Promise.withResolvers<void>();
        const seen = new Seen();
        const { member } = follow(bus, {
          onBatch: async ({ partition, records }) => {
            seen.values.push(...records.map((record) => text(record.value)));
            if (partition === 0) await slow.promise;
          },
        });
        await member;
        await publish(['slow'], 0);
        await seen.count(1);
        for (let n = 1; n <= 5; n++) {
          await publish([`other ${n}`], 1);
          await seen.count(1 + n);
        }
        await publish(['behind the slow one'], 0);
        expect(seen.values).toEqual(['slow', ...[1, 2, 3, 4, 5].map((n) => `other ${n}`)]);
        slow.resolve();
        await seen.count(7);
      });

      test('a partition whose batches are refused does not hold others, and stays with its member', async () => {
        const seen = new Seen();
        let refused = 0;
        const { member } = follow(bus, {
          onBatch: async ({ partition, records }) => {
            if (partition === 0) {
              refused += 1;
              throw new Error('not now');
            }
            seen.values.push(...records.map((record) => text(record.value)));
          },
          onRevoked: (partitions) => seen.revoked.push(...partitions),
        });
        await publish(['refused'], 0);
        await seen.until(() => refused > 0, 'the batch was refused');
        await publish(['a'], 1);
        await seen.count(1);
        await seen.until(() => refused > 3, 'the batch came again');
        await publish(['b'], 1);
        await seen.count(2);
        await (await member).commit([{ partition: 1, offset: 2 }]);
        expect(seen.revoked).toEqual([]);
      });

      test('a batch says which log it is of, and where its partition ended', async () => {
        await publish(['a', 'b', 'c']);
        const { seen } = follow(bus, { batchMax: 2 });
        await seen.count(3);
        const { busId } = await bus.describe('pushes');
        expect(seen.batches.map((batch) => batch.busId)).toEqual([busId, busId]);
        expect(seen.batches.map(({ end }) => end)).toEqual([3, 3]);
      });

      test('a paused partition is not read until it is resumed; others go on', async () => {
        const { seen, member } = follow(bus);
        (await member).pause(0);
        await publish(['held'], 0);
        await publish(['other'], 1);
        await seen.count(1);
        await bus.ping();
        expect(seen.values).toEqual(['other']);
        (await member).resume(0);
        await seen.count(2);
        expect(seen.values).toEqual(['other', 'held']);
      });

      test('a rewound partition starts again at its committed offset', async () => {
        await publish(['a', 'b', 'c']);
        const { seen, member } = follow(bus, { batchMax: 1 });
        await seen.count(3);
        await (await member).commit([{ partition: 0, offset: 1 }]);
        (await member).rewind(0);
        await seen.count(5);
        expect(seen.values).toEqual(['a', 'b', 'c', 'b', 'c']);
      });

      test('a partition rewound in the middle of a batch goes back too', async () => {
        const seen = new Seen();
        let rewound = false;
        const { member } = follow(bus, {
          batchMax: 1,
          onBatch: async ({ records }) => {
            seen.values.push(...records.map((record) => text(record.value)));
            if (records[0]?.offset === 1 && !rewound) (await member).rewind(0);
            rewound ||= records[0]?.offset === 1;
          },
        });
        await publish(['a', 'b', 'c']);
        await seen.count(5);
        expect(seen.values).toEqual(['a', 'b', 'a', 'b', 'c']);
      });
    }

    function groups(): void {
      test('two groups read everything, each at its own pace', async () => {
        await publish(['a', 'b']);
        const delivery = follow(bus);
        const history = follow(bus, { group: 'history' });
        await Promise.all([delivery.seen.count(2), history.seen.count(2)]);
        await (await delivery.member).commit([{ partition: 0, offset: 2 }]);
        expect((await bus.lag('delivery', 'pushes'))[0]).toEqual({ partition: 0, committed: 2, end: 2 });
        expect((await bus.lag('history', 'pushes'))[0]).toEqual({ partition: 0, committed: 0, end: 2 });
      });

      test('a new group starts at the oldest record, and its lag says how far it is behind', async () => {
        await publish(['a', 'b', 'c']);
        expect((await bus.lag('history', 'pushes'))[0]).toEqual({ partition: 0, committed: 0, end: 3 });
        const { seen } = follow(bus, { group: 'history' });
        await seen.count(3);
        expect(seen.values).toEqual(['a', 'b', 'c']);
      });

      test('a member hears where its group is before its first batch, also after a restart', async () => {
        await publish(['a', 'b', 'c'], 0);
        const first = follow(bus);
        await first.seen.count(3);
        await (await first.member).commit([{ partition: 0, offset: 2 }]);
        await reopen();
        const heard: string[] = [];
        const { seen } = follow(bus, {
          onAssigned: (partitions) => {
            for (const { partition, committed } of partitions) heard.push(`${partition} at ${committed}`);
          },
          onBatch: async ({ records }) => {
            heard.push(...records.map((record) => text(record.value)));
          },
        });
        await seen.until(() => heard.includes('c'), 'the record behind the committed offset');
        expect(heard.slice(-1)).toEqual(['c']);
        expect(heard.slice(0, -1).toSorted()).toEqual(['0 at 2', '1 at 0']);
      });

      test('a subscriber that can not begin fails, and leaves its partitions to others', async () => {
        const failing = follow(bus, {
          onAssigned: () => {
            throw new Error('cannot begin');
          },
        });
        await expect(failing.member).rejects.toThrow('cannot begin');
      });

      test('a partition that moves is read on by its new member only after the batch under way has ended', async () => {
        const gate = Promise.withResolvers<void>();
        const under = new Map<number, number>();
        const both: number[] = [];
        const begun: string[] = [];
        const member = (name: string) =>
          follow(bus, {
            onBatch: async ({ partition }) => {
              begun.push(name);
              under.set(partition, (under.get(partition) ?? 0) + 1);
              if ((under.get(partition) ?? 0) > 1) both.push(partition);
              await gate.promise;
              under.set(partition, (under.get(partition) ?? 0) - 1);
            },
          });
        const a = member('a');
        await a.member;
        const { partitions } = await bus.describe('pushes');
        for (let p = 0; p < partitions; p++) await publish([`to ${p}`], p);
        await a.seen.until(() => under.size === partitions, 'all partitions have a batch under way');
        const b = member('b');
        // Long enough for a member that does not wait for the other one.
        setTimeout(() => gate.resolve(), 1500);
        await b.seen.until(() => begun.includes('b'), 'the second member has a batch');
        expect(both).toEqual([]);
      });

      test('two members share the partitions, and one takes over all when the other leaves', async () => {
        const a = follow(bus);
        await a.member;
        const { partitions } = await bus.describe('pushes');
        expect(a.seen.assigned.length).toBe(partitions);
        const b = follow(bus);
        await b.member;
        await b.seen.until(() => b.seen.assigned.length > 0, 'the second member has a partition');
        expect(a.seen.revoked.length).toBe(b.seen.assigned.length);
        for (let p = 0; p < partitions; p++) await publish([`to ${p}`], p);
        await a.seen.until(() => a.seen.values.length + b.seen.values.length === partitions, 'all records');
        expect(b.seen.values.toSorted()).toEqual(b.seen.assigned.map((p) => `to ${p}`).toSorted());
        await (await b.member).close();
        // Nothing was committed: the partitions of the second are read again from their start by the first.
        await a.seen.count(partitions);
        expect(a.seen.values.toSorted()).toEqual(Array.from({ length: partitions }, (_, p) => `to ${p}`).toSorted());
      });

      test('a member cannot commit a partition that was taken from it', async () => {
        const a = follow(bus);
        await a.member;
        const b = follow(bus);
        await b.member;
        await a.seen.until(() => a.seen.revoked.length > 0, 'a partition was taken away');
        const [partition = -1] = a.seen.revoked;
        await publish(['x'], partition);
        await expect((await a.member).commit([{ partition, offset: 1 }])).rejects.toThrow();
        await b.seen.count(1);
        await (await b.member).commit([{ partition, offset: 1 }]);
      });

      test('closing a subscription waits for its batch under way, and nothing comes after', async () => {
        const seen = new Seen();
        let ended = false;
        const { member } = follow(bus, {
          batchMax: 1,
          onBatch: async ({ records }) => {
            seen.values.push(...records.map((record) => text(record.value)));
            await pause(20);
            ended = true;
          },
        });
        await publish(['a', 'b']);
        await seen.count(1);
        await (await member).close();
        expect(ended).toBe(true);
        await publish(['c']);
        await bus.ping();
        expect(seen.values).toEqual(['a']);
        await expect((await member).commit([{ partition: 0, offset: 1 }])).rejects.toThrow();
      });
    }
  });
}
