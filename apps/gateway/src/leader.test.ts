// The ring's writer over real links and real state: who joins, who leaves, what is never written.
import { createEmbeddedRegistry, createStaticRegistry } from '@message-push/registry';
import { afterEach, expect, test, vi } from 'vitest';
import { metric, startGateway, startNode, startPlatform, startState, undoAll, until } from './fixture.ts';

// Several gateways in one process, on a busy machine.
vi.setConfig({ testTimeout: 20_000, hookTimeout: 20_000 });
afterEach(undoAll);

const pause = (ms: number) => {
  const until_ = Date.now() + ms;
  return until(() => Date.now() >= until_);
};

test('a registered node joins only when it answers its link', async () => {
  const platform = await startGateway();
  const ghost = {
    role: 'node' as const,
    id: 'ghost',
    incarnation: 'x',
    address: '127.0.0.1:1',
    weight: 1,
    metadata: {},
  };
  await platform.registry.register(ghost);
  await startNode(platform.registry, 'n1');
  await until(async () => (await platform.state.ring.read()).version > 0);
  await pause(200);
  const ring = await platform.state.ring.read();
  expect(ring.nodes.map(({ id, state }) => [id, state])).toEqual([['n1', 'up']]);
  expect(ring).toMatchObject({ version: 1, cause: 'n1 joined' });
});

test('a ring is never written empty: it is kept and said to be frozen', async () => {
  const { state, node, ...platform } = await startPlatform();
  await node.kill();
  await until(async () => (await metric({ ...platform, state }, 'mp_gateway_ring_frozen')) === 1);
  await pause(300);
  expect((await state.ring.read()).nodes.map(({ id }) => id)).toEqual(['n1']);
});

test('an incarnation that left is never added again, a new one is', async () => {
  const { state, registry, node } = await startPlatform();
  const other = await startNode(registry, 'n2');
  await until(async () => (await state.ring.read()).nodes.length === 2);
  const port = Number(node.registration.address.split(':')[1]);
  await node.kill();
  await until(async () => (await state.ring.read()).nodes.length === 1);
  const zombie = await startNode(registry, 'n1', { port, incarnation: node.registration.incarnation });
  await until(() => zombie.links.length === 1);
  await pause(300);
  expect((await state.ring.read()).nodes.map(({ id }) => id)).toEqual(['n2']);
  await zombie.kill();
  await startNode(registry, 'n1', { port });
  await until(async () => (await state.ring.read()).nodes.length === 2);
  expect(other.links).toHaveLength(1);
});

test('a node started anew under its name replaces its old incarnation', async () => {
  const { state, registry, node } = await startPlatform();
  await startNode(registry, 'n2');
  await until(async () => (await state.ring.read()).nodes.length === 2);
  const port = Number(node.registration.address.split(':')[1]);
  await node.kill();
  const again = await startNode(registry, 'n1', { port });
  await until(async () =>
    (await state.ring.read()).nodes.some(({ incarnation }) => incarnation === again.registration.incarnation),
  );
  const history = await state.ring.history(10);
  expect(history.every(({ nodes }) => nodes.length > 0)).toBe(true);
});

test('weights and drains of the registry reach the ring', async () => {
  const { state, registry, node } = await startPlatform();
  await registry.register({ ...node.registration, weight: 2 });
  await until(async () => (await state.ring.read()).nodes[0]?.weight === 2);
  await registry.register({ ...node.registration, weight: 2, metadata: { state: 'draining' } });
  await until(async () => (await state.ring.read()).nodes[0]?.state === 'draining');
  await registry.register({ ...node.registration, weight: 2 });
  await until(async () => (await state.ring.read()).nodes[0]?.state === 'up');
  expect((await state.ring.history(4)).map(({ cause }) => cause)).toEqual([
    'n1 takes sessions again',
    'n1 drains',
    'n1 has weight 2',
    'n1 joined',
  ]);
});

test('a drain that a node tells on its link reaches the ring where the registry is a list that never changes', async () => {
  const state = await startState();
  const nodes = await Promise.all(['n1', 'n2'].map((id) => startNode(createEmbeddedRegistry(), id)));
  const listed = nodes.map(({ registration }) => ({ ...registration, incarnation: '', metadata: {} }));
  await startGateway({ state, registry: createStaticRegistry(listed) });
  const stateOf = async (id: string) => (await state.ring.read()).nodes.find((node) => node.id === id)?.state;
  await until(async () => (await stateOf('n1')) === 'up' && (await stateOf('n2')) === 'up');
  const [n1] = nodes;
  n1?.say('draining');
  await until(async () => (await stateOf('n1')) === 'draining');
  n1?.say('up');
  await until(async () => (await stateOf('n1')) === 'up');
  n1?.say('draining');
  await until(async () => (await stateOf('n1')) === 'draining');
  await n1?.kill();
  await until(async () => (await stateOf('n1')) === undefined);
  expect((await state.ring.read()).cause).toBe('n1 left: drained');
  expect(await stateOf('n2')).toBe('up');
});

test('a node started anew under its name keeps its place in one version, even while the registry is away; others lose nothing', async () => {
  const { state, registry, node } = await startPlatform({ config: { linkRetryMinMs: 600, linkRetryMaxMs: 600 } });
  const other = await startNode(registry, 'n2');
  await until(async () => (await state.ring.read()).nodes.length === 2);
  const before = await state.ring.read();
  const port = Number(node.registration.address.split(':')[1]);
  await node.kill();
  // It cannot register: the list still names its last life.
  const again = await startNode(registry, 'n1', { port, register: false });
  await until(async () => (await state.ring.read()).version > before.version);
  const { incarnation } = again.registration;
  const nodes = before.nodes.map((each) => (each.id === 'n1' ? { ...each, incarnation } : each));
  expect(await state.ring.read()).toMatchObject({ version: before.version + 1, cause: 'n1 was started anew', nodes });
  expect(other.links).toHaveLength(1);
});

test('a node that keeps failing has to wait, longer each time, also when another gateway leads by then', async () => {
  const config = { gatewayHoldMinMs: 400, gatewayHoldMaxMs: 800 };
  const { state, registry, node, ...first } = await startPlatform({ config });
  await startNode(registry, 'n2');
  const has = async (id: string) => (await state.ring.read()).nodes.some((each) => each.id === id);
  await until(() => has('n2'));
  const port = Number(node.registration.address.split(':')[1]);
  const waits: number[] = [];
  let present = node;
  for (let life = 0; life < 3; life++) {
    await present.kill();
    await until(async () => !(await has('n1')));
    const left = (await state.ring.read()).at;
    if (life === 1) {
      await startGateway({ state, registry, config, id: 'g2' });
      await first.app.stop();
    }
    present = await startNode(registry, 'n1', { port });
    await until(() => has('n1'));
    const joined = (await state.ring.history(50)).find(({ cause }) => cause.includes('n1 joined'));
    waits.push((joined?.at ?? 0) - left);
  }
  expect(waits[0]).toBeLessThan(400);
  expect(waits[1]).toBeGreaterThanOrEqual(400);
  expect(waits[2]).toBeGreaterThanOrEqual(800);
});

test('absence from the registry convicts nobody whose link is open', async () => {
  const { state, registry, node } = await startPlatform();
  await registry.deregister(node.registration);
  await pause(300);
  expect((await state.ring.read()).version).toBe(1);
});

test('of several gateways one writes; when it stops the next one goes on with higher versions', async () => {
  const state = await startState();
  const registry = createEmbeddedRegistry();
  const first = await startGateway({ state, registry, id: 'g1' });
  const second = await startGateway({ state, registry, id: 'g2' });
  await startNode(registry, 'n1');
  await until(() => first.app.missing().length === 0 && second.app.missing().length === 0);
  const leads = async () => [
    await metric(first, 'mp_gateway_ring_leader'),
    await metric(second, 'mp_gateway_ring_leader'),
  ];
  expect((await leads()).reduce((sum, each) => sum + each)).toBe(1);
  const [leader, follower] = (await leads())[0] === 1 ? [first, second] : [second, first];
  await leader.app.stop();
  await startNode(registry, 'n2');
  await until(async () => (await state.ring.read()).nodes.length === 2);
  expect(await metric(follower, 'mp_gateway_ring_leader')).toBe(1);
  const ring = await state.ring.read();
  expect(ring.epoch).toBe(2);
  expect((await state.ring.history(9)).map(({ cause }) => cause).join()).toContain(`${follower.id} leads`);
  await until(async () => (await metric(follower, 'mp_gateway_ring_version')) === ring.version);
});

test('a gateway tells its figures', async () => {
  const platform = await startPlatform();
  await until(async () => (await platform.state.announced('gateway')).length === 1);
  await until(async () => {
    const [own] = await platform.state.announced('gateway');
    return own?.id === 'g1' && JSON.parse(own.data).links.length === 1 && JSON.parse(own.data).ring_version === 1;
  });
});
