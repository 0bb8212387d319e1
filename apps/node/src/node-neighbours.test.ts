// A node among its gateways and on the ring: what it says of itself, and what stays behind when a gateway goes.
import { LinkError } from '@message-push/link';
import { createEmbeddedRegistry, type Registration } from '@message-push/registry';
import { createLog, loadConfig, Metrics, systemClock } from '@message-push/runtime';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { buildApp } from './app.ts';
import { nodeFields } from './config.ts';
import { dropFromRing, openStores, type Stores, startNode, type TestNode, Undo } from './fixture.ts';
import { TestGateway, type TestSession } from './fixture-gateway.ts';

const undo = new Undo();
let stores: Stores;
let node: TestNode;
let gateway: TestGateway;

beforeEach(async () => {
  stores = await openStores(undo);
  node = await startNode(undo, stores, 'node-1');
  gateway = await gatewayAt('gateway-1');
});
afterEach(() => undo.run());

const until = (done: () => unknown) =>
  vi.waitFor(async () => expect(await done()).toBeTruthy(), { timeout: 5000, interval: 5 });

async function gatewayAt(id: string): Promise<TestGateway> {
  const made = new TestGateway(undo, node, id);
  await until(() => made.link !== undefined);
  return made;
}

async function online(uid: string, about: Partial<TestSession['about']> = {}, at = gateway): Promise<TestSession> {
  const session = at.session({ uid, ...about });
  session.bind();
  await until(() => session.bounds.length > 0);
  return session;
}

const bindsOf = async (uid: string) => (await stores.state.inboxes.binds([{ app: 'demo', uid }]))[0] ?? [];
const level = async (name: string) => (await node.metrics.getSingleMetric(name)?.get())?.values[0]?.value;
const drain = (undoIt: boolean) => node.call('POST', '/v1/inner/drain', { undo: undoIt });
const stats = async () => (await node.call('GET', '/v1/inner/stats')).body;

test('a draining node says so on its links, also on those that open later', async () => {
  await drain(false);
  await until(() => gateway.states.length === 1);
  const later = await gatewayAt('gateway-2');
  await until(() => later.states.length === 1);
  await drain(true);
  await until(() => gateway.states.length === 2 && later.states.length === 2);
  expect(gateway.states).toEqual(['draining', 'up']);
  expect(later.states).toEqual(['draining', 'up']);
});

test('a node that the ring dropped while it drained comes back as another incarnation when it drains no more', async () => {
  await until(() => node.app.missing().length === 0);
  await drain(false);
  await dropFromRing(stores.state, 'node-1');
  const { version } = await stores.state.ring.read();
  const { incarnation } = node;
  await vi.waitFor(async () => expect(await stats()).toMatchObject({ ring_version: version, incarnation }));
  await drain(true);
  expect(await stats()).toMatchObject({ incarnation: `${incarnation}.1`, state: 'up' });
  await until(() => gateway.peers.length === 2);
  expect(gateway.peers.at(-1)).toBe(`${incarnation}.1`);
});

test('a gateway that dies leaves no session and no record behind; those of another gateway stay', async () => {
  const other = await gatewayAt('gateway-2');
  const stays = await online('u2', { platform: 'ios' }, other);
  await Promise.all([online('u1'), online('u2'), online('u2', { platform: 'pc' })]);
  await until(async () => (await level('mp_node_sessions')) === 4 && (await level('mp_link_open')) === 2);
  expect(await level('mp_node_uids')).toBe(2);
  gateway.link?.drop(new LinkError('closed', 'killed'));
  void gateway.client.close();
  await until(async () => (await bindsOf('u1')).length === 0);
  await until(async () => (await level('mp_node_sessions')) === 1 && (await level('mp_link_open')) === 1);
  expect(await level('mp_node_uids')).toBe(1);
  expect(await bindsOf('u2')).toHaveLength(1);
  const { body } = await node.call('GET', '/v1/inner/sessions?app=demo&uid=u2');
  expect(body).toMatchObject([{ session_id: stays.id, gateway: 'gateway-2' }]);
});

test.each([
  [{ NODE_RING_KEY: 'stable', NODE_WEIGHT: '2.5' }, 'stable', 2.5],
  [{}, undefined, 1],
] as const)('on the ring a node is called %j, else by its address', async (env, name, weight) => {
  const registry = createEmbeddedRegistry();
  const common = { log: createLog('test', 'silent'), metrics: new Metrics(), clock: systemClock, incarnation: 'i1' };
  const config = loadConfig(nodeFields, env);
  const app = buildApp({ ...common, config, clusterSecrets: ['a cluster secret'], ...stores, registry });
  const address = await app.listen({ host: '127.0.0.1', port: 0 });
  undo.add(() => app.stop());
  await app.start();
  const listed: Registration[] = [];
  registry.watch('node', (list) => listed.splice(0, listed.length, ...list));
  await until(() => listed.length === 1);
  expect(listed[0]).toMatchObject({ id: name ?? address, address, weight, incarnation: 'i1' });
});
