// A log of pushes that was deleted and made again while consumers read it: its offsets begin at 0 again.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Bus, createEmbeddedBus, type SubscribeOptions, type Subscription } from '@message-push/bus';
import { parseSeq } from '@message-push/protocol';
import { createLog, systemClock } from '@message-push/runtime';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Commits } from './commits.ts';
import {
  openStores,
  PARTITIONS,
  publish,
  pushTo,
  type Stores,
  StubNode,
  setRing,
  startConsumer,
  Undo,
} from './fixture.ts';
import { LogBook } from './log-book.ts';

const undo = new Undo();
let stores: Stores;

beforeEach(async () => {
  stores = await openStores(undo);
});
afterEach(() => undo.run());

const soon = <T>(check: () => T) => vi.waitFor(check, { timeout: 8000, interval: 10 });
const log = createLog('test', 'silent');
const generation = async () => (await stores.state.logSeen())?.generation ?? 0;

/** A log of pushes of its own. */
async function anotherLog(): Promise<Bus> {
  const dir = mkdtempSync(join(tmpdir(), 'message-push-anew-'));
  undo.add(() => rmSync(dir, { recursive: true, force: true }));
  const bus = await createEmbeddedBus({ dir, clock: systemClock, partitions: PARTITIONS });
  undo.add(() => bus.close());
  return bus;
}

interface Reader {
  options: SubscribeOptions;
  inner: Subscription;
}

/** A bus whose log of pushes can be made anew under its readers, as it happens to a topic of Kafka: taken without waiting, given again. */
class MortalBus implements Bus {
  #first: Bus;
  #pushes: Bus;
  #readers: Reader[] = [];

  constructor(bus: Bus) {
    this.#first = bus;
    this.#pushes = bus;
  }

  async makeAnew(): Promise<void> {
    this.#pushes = await anotherLog();
    for (const { options, inner } of this.#readers) {
      options.onRevoked?.([0, 1]);
      void inner.close();
    }
    for (const reader of this.#readers) reader.inner = await this.#pushes.subscribe(reader.options);
  }

  async subscribe(options: SubscribeOptions): Promise<Subscription> {
    const reader = { options, inner: await this.#of(options.topic).subscribe(options) };
    if (options.topic === 'pushes') this.#readers.push(reader);
    return {
      commit: (offsets) => reader.inner.commit(offsets),
      pause: (partition) => reader.inner.pause(partition),
      resume: (partition) => reader.inner.resume(partition),
      rewind: (partition) => reader.inner.rewind(partition),
      close: () => reader.inner.close(),
    };
  }

  describe: Bus['describe'] = (topic) => this.#of(topic).describe(topic);
  publish: Bus['publish'] = (topic, records) => this.#of(topic).publish(topic, records);
  lag: Bus['lag'] = (group, topic) => this.#of(topic).lag(group, topic);
  tail: Bus['tail'] = (topic, options) => this.#of(topic).tail(topic, options);
  read: Bus['read'] = (topic, partition, offset) => this.#of(topic).read(topic, partition, offset);
  ping = () => this.#pushes.ping();
  close = async () => {};

  #of(topic: string): Bus {
    return topic === 'pushes' ? this.#pushes : this.#first;
  }
}

test('after the log was made anew pushes are delivered and archived once, in one new generation for all consumers', async () => {
  const node = await new StubNode('node-1').listen(undo);
  await setRing(stores.state, [node]);
  const bus = new MortalBus(stores.bus);
  const uids = ['u1', 'u2', 'u3', 'u4'];
  for (const uid of uids) await node.bind(stores.state, uid);
  for (let i = 0; i < 2; i++) await startConsumer(undo, { ...stores, bus });
  const send = (...contents: string[]) =>
    publish(bus, ...contents.flatMap((content) => uids.map((uid) => pushTo([uid], content))));
  const settled = () =>
    soon(async () => {
      const lag = await Promise.all([bus.lag('delivery', 'pushes'), bus.lag('history', 'pushes')]);
      expect(lag.flat().map(({ committed, end }) => end - committed)).toEqual([0, 0, 0, 0]);
    });
  await send('a', 'b', 'c');
  await settled();
  const before = await generation();

  await bus.makeAnew();
  const anew = await send('d', 'e');
  await settled();
  for (const uid of uids) expect(node.contents(uid)).toEqual(['a', 'b', 'c', 'd', 'e']);
  expect(await generation()).toBe(before + 1);
  const seqs = node.deliveries('u1').map(({ message }) => parseSeq(message.seq).generation);
  expect(seqs).toEqual([before, before, before, before + 1, before + 1]);
  for (const { message_id } of anew) {
    const push = await soon(() => stores.archive.push(message_id));
    expect(push).toBeDefined();
  }
});

test('records of a log that is gone get no sequence of the one that is there, and raise nothing', async () => {
  const bus = new MortalBus(stores.bus);
  const book = new LogBook({ bus, state: stores.state, clock: systemClock, log });
  const old = await book.open();
  expect(await book.open(old.bus_id)).toBe(old);
  await bus.makeAnew();
  const { busId } = await bus.describe('pushes');
  expect(await book.open(busId)).toMatchObject({ bus_id: busId, generation: old.generation + 1 });
  await expect(book.open(old.bus_id)).rejects.toThrow('of a log that is not there any more');
  expect(await book.open(busId)).toMatchObject({ generation: old.generation + 1 });
  expect(await generation()).toBe(old.generation + 1);
});

test('many records that find the log made anew at once raise the generation once, in each of two consumers', async () => {
  const bus = new MortalBus(stores.bus);
  const books = [1, 2].map(() => new LogBook({ bus, state: stores.state, clock: systemClock, log }));
  const [old] = await Promise.all(books.map((book) => book.open()));
  await bus.makeAnew();
  const { busId } = await bus.describe('pushes');
  const opened = await Promise.all([...books, ...books, ...books].map((book) => book.open(busId)));
  expect(new Set(opened.map((record) => record.generation))).toEqual(new Set([(old?.generation ?? 0) + 1]));
});

test('a consumer hears of a generation that others raised', async () => {
  let now = 0;
  const clock = { ...systemClock, now: () => now };
  const book = new LogBook({ bus: stores.bus, state: stores.state, clock, log });
  const { generation: first, bus_id, topic, partitions } = await book.open();
  for (const other of ['another', bus_id])
    await stores.state.openLog({ bus_id: other, topic, partitions, ends: [0, 0] });
  expect((await book.open()).generation).toBe(first);
  book.saw(first, 0, 1);
  now = 10_000;
  await book.tell();
  expect((await book.open()).generation).toBe(first + 2);
});

test('an offset of the old log is neither committed again for the new one, nor taken for its progress', async () => {
  const calls: { offsets: { partition: number; offset: number }[]; end: PromiseWithResolvers<void> }[] = [];
  const committed: number[][] = [];
  const commits = new Commits({ everyMs: 0, log, onCommitted: (...of) => committed.push(of) });
  commits.to({
    commit: (offsets) => {
      const end = Promise.withResolvers<void>();
      calls.push({ offsets, end });
      return end.promise;
    },
  });
  const callAt = (at: number) => vi.waitUntil(() => calls[at], { interval: 1 });
  commits.own([0, 1]);
  const since = commits.since(0);
  commits.set(0, 1000, since);
  const first = await callAt(0);
  commits.forget([0]);
  commits.own([0]);
  first.end.reject(new Error('the group changes'));
  commits.set(1, 5, commits.since(1));
  const second = await callAt(1);
  expect(second.offsets).toEqual([{ partition: 1, offset: 5 }]);
  commits.forget([1]);
  commits.own([1]);
  second.end.resolve();
  commits.set(0, 1001, since);
  commits.set(0, 3, commits.since(0));
  const third = await callAt(2);
  expect(third.offsets).toEqual([{ partition: 0, offset: 3 }]);
  third.end.resolve();
  await vi.waitUntil(() => committed.length > 0, { interval: 1 });
  expect(committed).toEqual([[0, 3]]);
});
