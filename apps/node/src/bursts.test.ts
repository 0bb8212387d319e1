// How much a node sends ahead of its clients: bursts go out live, who does not read is bounded, and everything comes in order.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Made, Maker, openStores, postOf, type Stores, startNode, type TestNode, Undo } from './fixture.ts';
import { TestGateway, type TestSession } from './fixture-gateway.ts';

const KB = 1024;
const undo = new Undo();
let stores: Stores;
let node: TestNode;
let gateway: TestGateway;
let maker: Maker;

beforeEach(async () => {
  stores = await openStores(undo);
  maker = new Maker(stores.state);
});
afterEach(() => undo.run());

const until = (done: () => unknown) => vi.waitFor(() => expect(done()).toBeTruthy(), { timeout: 5000, interval: 5 });
const numbersOf = (session: TestSession) => session.received.map((text) => Number.parseInt(text, 10));
const received = (session: TestSession) => session.received.reduce((sum, text) => sum + text.length, 0);

async function start(env: Record<string, string> = {}): Promise<void> {
  node = await startNode(undo, stores, 'node-1', env);
  gateway = new TestGateway(undo, node);
  await until(() => gateway.link !== undefined);
}

async function online(uid: string, at = gateway): Promise<TestSession> {
  const session = at.session({ uid });
  session.bind();
  await until(() => session.bounds.length > 0);
  return session;
}

/** Messages of 16 KB, numbered from 0. */
function make(uid: string, count: number): Promise<Made[]> {
  const numbers = [...Array(count).keys()];
  return Promise.all(numbers.map((i) => maker.make(uid, { content: `${i} ${'x'.repeat(16 * KB - 4)}` })));
}

/** In posts of ten, as a consumer bounds them by their bytes. */
async function post(to: TestNode, made: Made[]): Promise<void> {
  for (let from = 0; from < made.length; from += 10) await to.post(postOf(...made.slice(from, from + 10)));
}

test('a burst that is posted before anything of it is written goes out live, although the inbox has let most of it go', async () => {
  await start();
  const session = await online('ann');
  session.writes = false;
  await post(node, await make('ann', 40));
  await until(() => session.received.length === 40);
  expect(numbersOf(session)).toEqual([...Array(40).keys()]);
});

test('a client that does not read holds at most 768 KB, and gets the rest in order when it does', async () => {
  await start();
  const session = await online('ann');
  session.writes = false;
  await post(node, await make('ann', 60));
  await until(() => session.received.length >= 48);
  // The answer to another's post comes behind everything that was sent before it.
  const other = await online('bob');
  await post(node, await make('bob', 1));
  await until(() => other.received.length === 1);
  expect(received(session)).toBeLessThan((768 + 17) * KB);
  session.writes = true;
  session.write();
  await until(() => numbersOf(session).at(-1) === 59);
  expect(numbersOf(session)).toEqual([...numbersOf(session)].sort((a, b) => a - b));
});

test('when clients that do not read fill the node, each may have only 64 KB on the way', async () => {
  await start({ NODE_UNWRITTEN_BYTES_MAX: String(512 * KB) });
  const slow = await online('ann');
  slow.writes = false;
  await post(node, await make('ann', 40));
  await until(() => received(slow) >= 500 * KB);
  const next = await online('bob');
  next.writes = false;
  await post(node, await make('bob', 10));
  await until(() => next.received.length >= 4);
  next.writes = true;
  next.write();
  await until(() => next.received.length === 10);
  expect(numbersOf(next)).toEqual([...Array(10).keys()]);
  expect(received(slow)).toBeLessThan((512 + 17) * KB);
});

test('a session that moved with unwritten messages gets little from its new node until they are written', async () => {
  await start();
  const moving = await online('ann');
  moving.writes = false;
  await post(node, await make('ann', 10));
  await until(() => moving.received.length === 10);
  const target = await startNode(undo, stores, 'node-2');
  const there = new TestGateway(undo, target);
  await until(() => there.link !== undefined);
  const session = there.adopt(moving);
  session.writes = false;
  session.bind();
  await until(() => session.bounds.length > 0);
  await post(target, await make('ann', 10));
  const other = await online('bob', there);
  await post(target, await make('bob', 1));
  await until(() => other.received.length === 1);
  expect(received(session)).toBeLessThan((64 + 17) * KB);
  session.writes = true;
  session.write();
  await until(() => session.received.length === 10);
});
