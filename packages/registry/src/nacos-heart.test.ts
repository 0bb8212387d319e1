import { createLog } from '@message-push/runtime';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Registration } from './index.ts';
import type { Instance, Listed } from './nacos-api.ts';
import { NacosError } from './nacos-error.ts';
import { Heart } from './nacos-heart.ts';

const node: Registration = {
  role: 'node',
  id: 'n1',
  incarnation: 'i1',
  address: '10.0.0.1:7001',
  weight: 1,
  metadata: { state: 'up' },
};

/** The server as a heart sees it: takes calls one by one, each of which can be held or fail. */
class Server {
  calls: string[] = [];
  underWay = 0;
  mostUnderWay = 0;
  there = new Map<number, Instance>();
  failure: Error | undefined;
  /** Calls wait for it. */
  gate: Promise<void> | undefined;

  async #call(name: string): Promise<void> {
    this.calls.push(name);
    this.mostUnderWay = Math.max(this.mostUnderWay, ++this.underWay);
    try {
      await this.gate;
      if (this.failure !== undefined) throw this.failure;
    } finally {
      this.underWay--;
    }
  }
  async put(_: string, instance: Instance): Promise<void> {
    await this.#call(`put ${instance.port} ${instance.metadata.state}`);
    this.there.set(instance.port, instance);
  }
  async beat(_: string, instance: Instance): Promise<boolean> {
    await this.#call('beat');
    const known = this.there.has(instance.port);
    if (!this.forgetful) this.there.set(instance.port, this.there.get(instance.port) ?? instance);
    return known || !this.forgetful;
  }
  /** It does not take an instance from its beat. */
  forgetful = false;
  async remove(_: string, { port }: Pick<Instance, 'port'>): Promise<void> {
    await this.#call(`remove ${port}`);
    this.there.delete(port);
  }
  async list(): Promise<Listed[]> {
    await this.#call('list');
    return [...this.there.values()].map((instance) => ({ ...instance, healthy: true, enabled: true }));
  }
}

let server: Server;
let heart: Heart;
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const away = new NacosError('away', 'nobody there');

beforeEach(() => {
  vi.useFakeTimers();
  server = new Server();
  const log = createLog('test', 'silent');
  heart = new Heart({ api: server, service: 's', beatMs: 1000, clock: { now: () => Date.now() }, log }, node);
});

afterEach(async () => {
  await heart.stop();
  vi.useRealTimers();
});

test('it is stored at once, and beats every second from then on', async () => {
  await heart.start();
  expect(server.calls).toEqual(['put 7001 up']);
  expect(heart.problem).toBeUndefined();
  await pass(3100);
  expect(server.calls).toEqual(['put 7001 up', 'beat', 'beat', 'beat']);
});

test('a server that has lost everything has it again after a beat, with all metadata', async () => {
  await heart.start();
  const before = server.there.get(7001);
  server.there.clear();
  await pass(1100);
  expect(server.there.get(7001)).toEqual(before);
});

test('a server that does not take it from a beat is told anew', async () => {
  await heart.start();
  server.there.clear();
  server.forgetful = true;
  await pass(1100);
  expect(server.calls).toEqual(['put 7001 up', 'beat', 'put 7001 up']);
});

test('one call is under way at a time, however late the answers', async () => {
  await heart.start();
  const { promise, resolve } = Promise.withResolvers<void>();
  server.gate = promise;
  await pass(10_000);
  const updated = heart.update({ ...node, metadata: { state: 'draining' } });
  await pass(10_000);
  expect(server.calls).toEqual(['put 7001 up', 'beat']);
  resolve();
  await updated;
  expect(server.calls).toEqual(['put 7001 up', 'beat', 'put 7001 draining']);
  expect(server.mostUnderWay).toBe(1);
});

test('while nobody answers the start is not held up, every beat is another try, and the problem has a name', async () => {
  server.failure = away;
  await heart.start();
  expect(heart.problem).toBe('nobody there');
  await pass(2100);
  expect(server.calls).toHaveLength(3);
  server.failure = undefined;
  await pass(1000);
  expect(heart.problem).toBeUndefined();
  expect(server.there.has(7001)).toBe(true);
});

test('what is said while nobody answers is stored later, not what was said before', async () => {
  await heart.start();
  server.failure = away;
  await heart.update({ ...node, metadata: { state: 'draining' } });
  server.failure = undefined;
  await pass(1000);
  expect(server.there.get(7001)?.metadata.state).toBe('draining');
});

test('what Nacos will never take is refused, and what was said before stays', async () => {
  await heart.start();
  server.failure = new NacosError('refused', 'too long');
  await expect(heart.update({ ...node, metadata: { state: 'x' } })).rejects.toThrow('too long');
  server.failure = undefined;
  await pass(1100);
  expect(heart.registration).toBe(node);
  expect(heart.problem).toBeUndefined();
  expect(server.there.get(7001)?.metadata.state).toBe('up');
});

test('a process with another address leaves its former one', async () => {
  await heart.start();
  await heart.update({ ...node, address: '10.0.0.1:7009' });
  expect([...server.there.keys()]).toEqual([7009]);
});

test('leaving waits for the beat that is under way, and looks again for a ghost', async () => {
  await heart.start();
  const { promise, resolve } = Promise.withResolvers<void>();
  server.gate = promise;
  await pass(1100);
  const left = heart.leave();
  await pass(5000);
  expect(server.calls.at(-1)).toBe('beat');
  resolve();
  await pass(10);
  expect(server.there.size).toBe(0);
  // A beat that had been on its way to another server arrives.
  await server.beat('s', {
    ip: '10.0.0.1',
    port: 7001,
    weight: 1,
    metadata: { 'mp.id': 'n1', 'mp.incarnation': 'i1' },
  });
  await pass(400);
  await left;
  expect(server.there.size).toBe(0);
  await pass(5000);
  expect(server.calls.slice(2)).toEqual(['list', 'remove 7001', 'beat', 'list', 'remove 7001']);
});

test('leaving does not take away who has the place by now', async () => {
  await heart.start();
  const successor: Instance = {
    ip: '10.0.0.1',
    port: 7001,
    weight: 1,
    metadata: { 'mp.id': 'n1', 'mp.incarnation': 'i2' },
  };
  server.there.set(7001, successor);
  const left = heart.leave();
  await pass(400);
  await left;
  expect(server.there.get(7001)).toBe(successor);
});

test('leaving says when nobody answers', async () => {
  await heart.start();
  server.failure = away;
  await expect(heart.leave()).rejects.toThrow('nobody there');
});
