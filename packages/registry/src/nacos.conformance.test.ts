// What every registry promises, and what is particular to Nacos: its heartbeats, its absences, its ghosts.
import { networkInterfaces } from 'node:os';
import { describe, expect, type TestContext, test } from 'vitest';
import { registryConformance } from './conformance.ts';
import type { Registration, Registry } from './index.ts';
import { inCi, type Line, nodeAt, openLine, openNacos, tellIds, testPrefix, testServers } from './nacos-fixture.ts';

if (testServers !== '') {
  registryConformance('Nacos', async () => ({
    registry: await openNacos({ NACOS_PREFIX: testPrefix() }),
    forgets: true,
    end: async () => {},
  }));
  describe.concurrent('registry: Nacos, its own', ownPromises);
} else if (inCi) {
  test('Nacos', () => {
    throw new Error('set TEST_NACOS_SERVERS');
  });
} else {
  test.skip('Nacos: set TEST_NACOS_SERVERS to run it');
}

function ownPromises(): void {
  async function open({ onTestFinished }: TestContext, env: Record<string, string>): Promise<Registry> {
    const registry = await openNacos(env);
    onTestFinished(() => registry.close());
    return registry;
  }
  async function line({ onTestFinished }: TestContext): Promise<Line> {
    const one = await openLine();
    onTestFinished(() => one.close());
    return one;
  }
  const eventually = <T>({ expect }: TestContext, get: () => T) => expect.poll(get, { interval: 5, timeout: 30_000 });

  test('what is said in place is heard within two seconds, exactly', async (context) => {
    const env = { NACOS_PREFIX: testPrefix() };
    const [teller, listener] = await Promise.all([open(context, env), open(context, env)]);
    let known: Registration[] = [];
    listener.watch('node', (list) => {
      known = list;
    });
    const node = nodeAt('北京 "n1"', 7001, { metadata: { state: 'up', zone: 'a=b,c&d' } });
    await teller.register(node);
    await eventually(context, () => known).toEqual([node]);
    for (const state of ['draining', 'up']) {
      const changed = { ...node, weight: node.weight / 3, metadata: { state, ready: 'über' } };
      const from = performance.now();
      await teller.register(changed);
      await eventually(context, () => known).toEqual([changed]);
      expect(performance.now() - from).toBeLessThan(2000);
    }
  });

  const external = Object.values(networkInterfaces()).some((all) => all?.some((one) => !one.internal));
  test.skipIf(!external)('a change is heard by push, long before the next look', async (context) => {
    const env = { NACOS_PREFIX: testPrefix(), NACOS_POLL_MS: '60000' };
    const [teller, listener] = await Promise.all([open(context, env), open(context, env)]);
    const lists = tellIds(listener);
    await teller.register(nodeAt('n1', 7001));
    await eventually(context, () => lists.at(-1)).toBe('n1');
    const from = performance.now();
    await teller.register(nodeAt('n2', 7002));
    await eventually(context, () => lists.at(-1)).toBe('n1,n2');
    expect(performance.now() - from).toBeLessThan(2000);
  });

  test('who has just registered stays on the list: the first heartbeat is not late', async (context) => {
    const env = { NACOS_PREFIX: testPrefix() };
    const [teller, listener] = await Promise.all([open(context, env), open(context, env)]);
    const lists = tellIds(listener);
    await teller.register(nodeAt('n1', 7001));
    await eventually(context, () => lists.at(-1)).toBe('n1');
    const until = performance.now() + 10_000;
    await eventually(context, () => performance.now()).toBeGreaterThan(until);
    expect(lists.filter((ids) => ids !== '')).toEqual(['n1']);
    await teller.deregister(nodeAt('n1', 7001));
    await eventually(context, () => lists.at(-1)).toBe('');
  });

  test('who dies without a word is missed, also when it was the last one', async (context) => {
    const env = { NACOS_PREFIX: testPrefix() };
    const [mortal, listener] = await Promise.all([open(context, env), open(context, env)]);
    const lists = tellIds(listener);
    await mortal.register(nodeAt('n1', 7001));
    await eventually(context, () => lists.at(-1)).toBe('n1');
    await mortal.close();
    const from = performance.now();
    await eventually(context, () => lists.at(-1)).toBe('');
    expect(performance.now() - from).toBeLessThan(12_000);
  });

  test('nobody comes back after leaving, and a successor in the same place is left alone', async (context) => {
    const env = { NACOS_PREFIX: testPrefix(), NACOS_BEAT_MS: '200' };
    const [former, next, listener] = await Promise.all([open(context, env), open(context, env), open(context, env)]);
    const lists = tellIds(listener);
    let known: Registration[] = [];
    listener.watch('node', (list) => {
      known = list;
    });
    for (let i = 0; i < 20; i++) await former.register(nodeAt(`n${i}`, 7100 + i));
    await eventually(context, () => known.length).toBe(20);
    const reborn = nodeAt('n0', 7100, { incarnation: 'i2' });
    await next.register(reborn);
    await Promise.all(Array.from({ length: 20 }, (_, i) => former.deregister(nodeAt(`n${i}`, 7100 + i))));
    await eventually(context, () => known).toEqual([reborn]);
    const { length } = lists;
    const until = performance.now() + 2500;
    await eventually(context, () => performance.now()).toBeGreaterThan(until);
    expect(lists.slice(length)).toEqual([]);
  });

  test('the order of starts does not matter: who registers while Nacos is away is known when it is there', async (context) => {
    const NACOS_PREFIX = testPrefix();
    const way = await line(context);
    way.cut();
    const [early, listener] = await Promise.all([
      open(context, { NACOS_PREFIX, NACOS_SERVERS: way.address }),
      open(context, { NACOS_PREFIX }),
    ]);
    const lists = tellIds(listener);
    const earlyLists = tellIds(early);
    await early.register(nodeAt('n1', 7001));
    await expect(early.ping()).rejects.toThrow(`${way.address} does not answer`);
    expect(earlyLists).toEqual([]);
    way.mend();
    await eventually(context, () => lists.at(-1)).toBe('n1');
    await eventually(context, () => earlyLists.at(-1)).toBe('n1');
    await expect(early.ping()).resolves.toBeUndefined();
  });

  test('Nacos away, then back with nobody on its list, then with some: nobody is missed, and who is new is heard of', async (context) => {
    const env = { NACOS_PREFIX: testPrefix(), NACOS_BEAT_MS: '300', NACOS_HOLD_MS: '12000' };
    const ways = [await line(context), await line(context)] as const;
    const [nodes, listener] = await Promise.all(
      ways.map(({ address }) => open(context, { ...env, NACOS_SERVERS: address })),
    );
    const witness = await open(context, env);
    if (nodes === undefined || listener === undefined) throw new Error('two ways above');
    const lists = tellIds(listener);
    const truth = tellIds(witness);
    await nodes.register(nodeAt('n1', 7001));
    await nodes.register(nodeAt('n2', 7002));
    await eventually(context, () => [lists.at(-1), truth.at(-1)]).toEqual(['n1,n2', 'n1,n2']);
    const before = lists.length;
    for (const way of ways) way.cut();
    await eventually(context, () => truth.at(-1)).toBe('');
    await expect(listener.ping()).rejects.toThrow('does not answer');
    // For the listener this is a server that has just started: it answers, and knows nobody yet.
    ways[1].mend();
    await witness.register(nodeAt('n3', 7003));
    await eventually(context, () => lists.at(-1)).toBe('n1,n2,n3');
    ways[0].mend();
    await eventually(context, () => truth.at(-1)).toBe('n1,n2,n3');
    expect(lists.slice(before)).toEqual(['n1,n2,n3']);
    await nodes.close();
    await eventually(context, () => lists.at(-1)).toBe('n3');
  });
}
