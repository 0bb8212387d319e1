// The specification of a registry, as tests that every implementation passes.
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Registration, Registry } from './index.ts';

export interface RegistryBench {
  registry: Registry;
  /** False for a list that does not change: those who left stay on it. */
  forgets: boolean;
  end(): Promise<void>;
}

/** The processes that the suite registers: an implementation with a fixed list must have them on it. */
export const CONFORMANCE_PROCESSES: Registration[] = [
  { role: 'node', id: 'n1', incarnation: 'i1', address: '127.0.0.1:7001', weight: 1, metadata: {} },
  { role: 'node', id: 'n2', incarnation: 'i2', address: '127.0.0.1:7002', weight: 2.5, metadata: { zone: 'b' } },
  { role: 'gateway', id: 'g1', incarnation: 'i3', address: '127.0.0.1:7003', weight: 1, metadata: {} },
];

export function registryConformance(name: string, make: () => Promise<RegistryBench>): void {
  describe(`registry: ${name}`, () => {
    const [first, second, gateway] = CONFORMANCE_PROCESSES as [Registration, Registration, Registration]; // three above
    let bench: RegistryBench;
    let registry: Registry;
    beforeEach(async () => {
      bench = await make();
      registry = bench.registry;
    });
    afterEach(async () => {
      await registry.close();
      await bench.end();
    });

    /** The lists that a watcher of the role was given. */
    function watch(role: Registration['role']) {
      const lists: Registration[][] = [];
      const stop = registry.watch(role, (list) => lists.push(list));
      const now = () => lists.at(-1)?.toSorted((a, b) => (a.id < b.id ? -1 : 1));
      const until = async (condition: (list: Registration[]) => boolean) => {
        const deadline = Date.now() + 20_000;
        while (!condition(now() ?? [])) {
          if (Date.now() > deadline) throw new Error(`not within 20 s; the last list is ${JSON.stringify(now())}`);
          await pause(2);
        }
      };
      return { lists, stop, now, until };
    }
    const has = (wanted: Registration) => (list: Registration[]) =>
      list.some(({ id, incarnation }) => id === wanted.id && incarnation === wanted.incarnation);

    test('a watcher hears at once what is known, whole', async () => {
      await registry.register(first);
      await registry.register(second);
      const nodes = watch('node');
      await nodes.until((list) => has(first)(list) && has(second)(list));
      expect(nodes.now()).toEqual([first, second]);
    });

    test('a watcher hears of those who register later, with the whole list each time', async () => {
      const nodes = watch('node');
      await registry.register(first);
      await nodes.until(has(first));
      await registry.register(second);
      await nodes.until(has(second));
      expect(nodes.now()).toEqual([first, second]);
    });

    test('roles do not mix', async () => {
      const nodes = watch('node');
      const gateways = watch('gateway');
      await registry.register(gateway);
      await gateways.until(has(gateway));
      expect(gateways.now()).toEqual([gateway]);
      expect(nodes.lists.flat().some(({ role }) => role !== 'node')).toBe(false);
    });

    test('who registers again replaces what it said before', async () => {
      const nodes = watch('node');
      await registry.register(first);
      const reborn = { ...first, incarnation: 'i9', address: '127.0.0.1:7009' };
      await registry.register(reborn);
      await nodes.until(has(reborn));
      expect(nodes.now()?.filter(({ id }) => id === first.id)).toEqual([reborn]);
    });

    test('an old incarnation that leaves does not take the new one with it', async () => {
      const nodes = watch('node');
      const reborn = { ...first, incarnation: 'i9' };
      await registry.register(first);
      await registry.register(reborn);
      await registry.deregister(first);
      await registry.register(second);
      await nodes.until(has(second));
      expect(nodes.now()).toEqual([reborn, second]);
    });

    test('who leaves is not on the list any more', async (context) => {
      if (!bench.forgets) return context.skip();
      const nodes = watch('node');
      await registry.register(first);
      await registry.register(second);
      await nodes.until(has(second));
      await registry.deregister(first);
      await nodes.until((list) => !has(first)(list));
      expect(nodes.now()).toEqual([second]);
    });

    test('a watcher that was stopped hears nothing more', async () => {
      const stopped = watch('node');
      const living = watch('node');
      stopped.stop();
      const { length } = stopped.lists;
      await registry.register(first);
      await living.until(has(first));
      expect(stopped.lists.length).toBe(length);
    });

    test('what a watcher does to its list changes nobody else’s', async () => {
      await registry.register(second);
      const spoiler = watch('node');
      await spoiler.until(has(second));
      for (const registration of spoiler.lists.at(-1) ?? []) registration.metadata.zone = 'spoiled';
      const nodes = watch('node');
      await nodes.until(has(second));
      expect(nodes.now()?.find(({ id }) => id === second.id)?.metadata).toEqual({ zone: 'b' });
    });

    test('it answers a ping', async () => {
      await expect(registry.ping()).resolves.toBeUndefined();
    });
  });
}
