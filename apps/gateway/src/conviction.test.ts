// Several gateways, one ring: a node leaves when most of them miss it, whoever leads; one cut link changes it for nobody.
import { createEmbeddedRegistry } from '@message-push/registry';
import { afterEach, expect, test, vi } from 'vitest';
import { login, metric, startGateway, startNode, undoAll, until } from './fixture.ts';
import { FAST, Grip, idsOf, linkOf, ringOf, startCluster, uidOf } from './fixture-cluster.ts';

// Several gateways in one process, on a busy machine.
vi.setConfig({ testTimeout: 20_000, hookTimeout: 20_000 });
afterEach(undoAll);

/** Three times as long as the silence that convicts. */
const LONG_MS = 900;

test.each([
  ['g1', 'silent'],
  ['g1', 'refused'],
  ['g2', 'silent'],
  ['g2', 'refused'],
] as const)(
  'the link of one gateway (%s, %s) is no verdict: the ring stays, its sessions are bound at the next node, and come back',
  async (id, how) => {
    const cluster = await startCluster({ gateways: 2, nodes: 2 });
    const [n1, n2] = cluster.nodes;
    const gateway = cluster.gateways.find((each) => each.id === id);
    const other = cluster.gateways.find((each) => each.id !== id);
    if (n1 === undefined || n2 === undefined || gateway === undefined || other === undefined) throw new Error('none');
    const { version } = await cluster.state.ring.read();
    const uids = [uidOf('n1', ['n1', 'n2']), uidOf('n1', ['n1', 'n2'], 1)] as const;
    const clients = [await login(gateway, uids[0]), await login(other, uids[1])];
    expect(n1.binds).toHaveLength(2);
    n1.wires.cut(id, how);
    await until(() => n2.binds.length === 1);
    expect(n2.binds[0]?.uid).toBe(uids[0]);
    await until(async () => ((await linkOf(cluster, id, 'n1'))?.silent_ms ?? 0) > LONG_MS);
    expect((await cluster.state.ring.read()).version).toBe(version);
    n1.wires.heal(id);
    await until(() => n1.binds.length === 3);
    expect(n1.binds[2]).toMatchObject({ uid: uids[0], repeat: true });
    await until(() => n2.frames.some((frame) => frame.type === 'unbind'));
    expect((await cluster.state.ring.read()).version).toBe(version);
    expect(clients.every((client) => client.closed === undefined)).toBe(true);
  },
);

test('a killed node leaves within a second, with the word of all gateways, and its sessions go on elsewhere', async () => {
  const cluster = await startCluster({
    gateways: 3,
    nodes: 2,
    config: { linkSilentMs: 2000, gatewayOwnerWaitMs: 2000 },
  });
  const [n1, n2] = cluster.nodes;
  const uids = [0, 1, 2].map((nth) => uidOf('n1', ['n1', 'n2'], nth));
  const clients = await Promise.all(cluster.gateways.map((gateway, i) => login(gateway, uids[i] ?? '')));
  const since = Date.now();
  await n1?.kill();
  await until(() => n2?.binds.length === 3);
  expect(Date.now() - since).toBeLessThan(1000);
  expect(n2?.binds.map(({ uid }) => uid).sort()).toEqual([...uids].sort());
  expect((await cluster.state.ring.read()).cause).toMatch(
    /^n1 left: it refused the link \(seen by [23] of 3 gateways\)$/,
  );
  expect(clients.every((client) => client.closed === undefined)).toBe(true);
});

test('silence that most gateways see convicts, even if the leader is linked; that life of the node stays out', async () => {
  const cluster = await startCluster({ gateways: 3, nodes: 2 });
  const since = Date.now();
  for (const id of ['g2', 'g3']) cluster.nodes[0]?.wires.cut(id, 'silent');
  await until(async () => (await idsOf(cluster)).join() === 'n2');
  expect(Date.now() - since).toBeGreaterThanOrEqual(250);
  expect((await cluster.state.ring.read()).cause).toBe('n1 left: it was silent (seen by 2 of 3 gateways)');
  expect(await linkOf(cluster, 'g1', 'n1')).toMatchObject({ open: true });
  for (const id of ['g2', 'g3']) cluster.nodes[0]?.wires.heal(id);
  await until(async () => (await linkOf(cluster, 'g2', 'n1'))?.open && (await linkOf(cluster, 'g3', 'n1'))?.open);
  const { registration } = cluster.nodes[1] ?? {};
  if (registration) await cluster.registry.register({ ...registration, weight: 2 });
  await until(async () => (await ringOf(cluster))[0]?.weight === 2);
  expect(await idsOf(cluster)).toEqual(['n2']);
});

test('a gateway whose lease has ended has no vote', async () => {
  const grip = new Grip();
  const cluster = await startCluster({
    gateways: 2,
    nodes: 2,
    state: (id, shared) => (id === 'g2' ? grip.wrap(shared) : shared),
  });
  const [n1] = cluster.nodes;
  n1?.wires.cut('g1', 'silent');
  await until(async () => ((await linkOf(cluster, 'g1', 'n1'))?.silent_ms ?? 0) > LONG_MS);
  expect(await idsOf(cluster)).toEqual(['n1', 'n2']);
  // It still serves, but nobody can know.
  grip.away = true;
  await until(async () => (await idsOf(cluster)).join() === 'n2');
  expect((await cluster.state.ring.read()).cause).toBe('n1 left: it was silent');
  expect(n1?.links.some((link) => link.peer.id === 'g2')).toBe(true);
});

test('when state comes back, nobody is convicted before the other gateways had time to tell what they see', async () => {
  const grips = { g1: new Grip(), g2: new Grip() };
  const cluster = await startCluster({
    gateways: 2,
    nodes: 2,
    config: { gatewayViewMs: 300 },
    state: (id, shared) => (id === 'g1' ? grips.g1 : grips.g2).wrap(shared),
  });
  cluster.nodes[0]?.wires.cut('g1', 'silent');
  await until(async () => ((await linkOf(cluster, 'g1', 'n1'))?.silent_ms ?? 0) > LONG_MS);
  const [g1] = cluster.gateways;
  if (g1 === undefined) throw new Error('two were started');
  const passed = async (ms: number) => {
    const since = Date.now();
    await until(() => Date.now() - since > ms);
  };
  for (const grip of Object.values(grips)) grip.away = true;
  // Longer than a word counts.
  await passed(1000);
  grips.g1.away = false;
  await until(async () => (await metric(g1, 'mp_gateway_ring_leader')) === 1);
  grips.g2.away = false;
  await passed(1200);
  expect(await idsOf(cluster)).toEqual(['n1', 'n2']);
});

test('a registry that loses its list changes nothing, also for a gateway that starts then; the dead are convicted without it', async () => {
  const cluster = await startCluster({ gateways: 2, nodes: 3 });
  const [n1, n2, n3] = cluster.nodes;
  const { version } = await cluster.state.ring.read();
  for (const node of [n1, n2]) if (node) await cluster.registry.deregister(node.registration);
  const partial = createEmbeddedRegistry();
  if (n3) await partial.register(n3.registration);
  const late = await startGateway({ id: 'g3', state: cluster.state, registry: partial, config: FAST });
  await until(() => cluster.nodes.every(({ links }) => links.length === 3));
  const client = await login(late, uidOf('n1', ['n1', 'n2', 'n3']));
  expect(n1?.binds).toHaveLength(1);
  expect((await cluster.state.ring.read()).version).toBe(version);
  await n1?.kill();
  await until(async () => (await idsOf(cluster)).join() === 'n2,n3');
  expect((await cluster.state.ring.read()).cause).toMatch(/^n1 left: it /);
  await until(() => (n2?.binds.length ?? 0) + (n3?.binds.length ?? 0) === 1);
  expect(client.closed).toBeUndefined();
});

test('a node that the leader cannot reach joins, and drains, by the links of the others', async () => {
  const cluster = await startCluster({ gateways: 3, nodes: 1 });
  const n2 = await startNode(cluster.registry, 'n2', { wired: true, register: false });
  n2.wires.cut('g1', 'silent');
  await cluster.registry.register(n2.registration);
  await until(async () => (await idsOf(cluster)).join() === 'n1,n2');
  expect(n2.links).toHaveLength(2);
  n2.say('draining');
  await until(async () => (await ringOf(cluster))[1]?.state === 'draining');
});

test('of two processes with one name the one that most gateways are linked with stays, whatever the leader is told', async () => {
  const cluster = await startCluster({ gateways: 3, nodes: 1 });
  const { incarnation } = cluster.nodes[0]?.registration ?? {};
  const rival = await startNode(cluster.registry, 'n1');
  // The leader loses the first one, and is introduced to the other.
  cluster.nodes[0]?.wires.cut('g1', 'refused');
  await until(() => rival.links.length === 1);
  await until(async () => (await linkOf(cluster, 'g1', 'n1'))?.open);
  await startNode(cluster.registry, 'n2');
  await until(async () => (await idsOf(cluster)).join() === 'n1,n2');
  expect((await ringOf(cluster))[0]?.incarnation).toBe(incarnation);
});
