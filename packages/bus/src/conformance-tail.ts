// What a bus promises to those who watch it beside all groups.
import { expect, test, vi } from 'vitest';
import type { Bus, TailOptions } from './index.ts';

interface Scene {
  bus: Bus;
  reopen(): Promise<void>;
  publish(contents: string[], partition?: number): Promise<number[]>;
}

const text = (value: Uint8Array) => Buffer.from(value).toString();

/** Tails the pushes; what came is `partition:offset content`, in order of coming. */
async function watch(bus: Bus, more: Partial<TailOptions> = {}) {
  const seen: string[] = [];
  const missed: boolean[] = [];
  const tail = await bus.tail('pushes', {
    onRecords: (partition, records, gap) => {
      missed.push(gap);
      seen.push(...records.map(({ offset, value }) => `${partition}:${offset} ${text(value)}`));
    },
    ...more,
  });
  const has = (...lines: string[]) => vi.waitFor(() => expect(seen.toSorted()).toEqual(lines.toSorted()), 10_000);
  return { tail, seen, missed, has };
}

export function tailConformance(scene: () => Scene): void {
  test('a tail sees what is published from now on to any partition, in order, and nothing before', async () => {
    const { bus, publish } = scene();
    await publish(['before'], 0);
    const { seen, missed, has } = await watch(bus);
    for (let n = 0; n < 20; n++) await publish([`a${n}`, `b${n}`], n % 2);
    const all = Array.from({ length: 20 }, (_, n) => {
      const offset = 2 * (n >> 1) + (n % 2 === 0 ? 1 : 0);
      return [`${n % 2}:${offset} a${n}`, `${n % 2}:${offset + 1} b${n}`];
    }).flat();
    await has(...all);
    for (const partition of ['0', '1'])
      expect(seen.filter((line) => line.startsWith(partition))).toEqual(
        all.filter((line) => line.startsWith(partition)),
      );
    expect(missed).not.toContain(true);
  });

  test('a tail may begin some records before the end, as far as there are any', async () => {
    const { bus, publish } = scene();
    await publish(['a', 'b', 'c', 'd'], 0);
    await publish(['x'], 1);
    const { has } = await watch(bus, { back: 2 });
    await publish(['e'], 0);
    await has('0:2 c', '0:3 d', '0:4 e', '1:0 x');
  });

  test('what is published while a tail begins comes once', async () => {
    const { bus, publish } = scene();
    await publish(Array.from({ length: 50 }, (_, n) => `${n}`));
    const publishing = Promise.all(Array.from({ length: 50 }, (_, n) => publish([`${50 + n}`])));
    const { seen } = await watch(bus, { back: 100 });
    await publishing;
    const last = await publish(['last']);
    await vi.waitFor(() => expect(seen.at(-1)).toBe(`0:${last[0]} last`), 10_000);
    const offsets = seen.map((line) => Number(/:(\d+)/.exec(line)?.[1]));
    expect(offsets).toEqual(offsets.map((_, n) => (offsets[0] ?? 0) + n));
    expect(offsets[0]).toBe(0);
  });

  test('a tail commits nothing, holds no group up, and several see everything each', async () => {
    const { bus, publish } = scene();
    const watchers = [await watch(bus), await watch(bus)];
    await publish(['one'], 1);
    for (const { has } of watchers) await has('1:0 one');
    const lag = await bus.lag('delivery', 'pushes');
    expect(lag.map(({ committed, end }) => end - committed).reduce((sum, n) => sum + n)).toBe(1);
  });

  test('after a tail was closed nothing comes, and the others go on', async () => {
    const { bus, publish } = scene();
    const [closed, other] = [await watch(bus), await watch(bus)];
    await publish(['one']);
    await closed.has('0:0 one');
    closed.tail.close();
    closed.tail.close();
    await publish(['two']);
    await other.has('0:0 one', '0:1 two');
    expect(closed.seen).toEqual(['0:0 one']);
  });

  test('a tail ends with its bus, and of a closed bus there is none', async () => {
    const { bus, reopen, publish } = scene();
    const { seen } = await watch(bus);
    await reopen();
    await publish(['after']);
    await expect(bus.tail('pushes', { onRecords: () => {} })).rejects.toMatchObject({ code: 'BUS_UNAVAILABLE' });
    const { has } = await watch(scene().bus, { back: 1 });
    await has('0:0 after');
    expect(seen).toEqual([]);
  });
}
