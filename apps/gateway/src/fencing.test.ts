// Leaders and pauses: two that believe they lead cannot both write, and who stood still convicts nobody on what it did not hear.
import { afterEach, expect, test, vi } from 'vitest';
import { atEnd, metric, startGateway, startNode, startPlatform, startState, undoAll, until } from './fixture.ts';
import { FAST, Grip, idsOf, linkOf, ringOf, startCluster } from './fixture-cluster.ts';
import type { GatewayConfig } from './index.ts';

// Several gateways in one process, on a busy machine.
vi.setConfig({ testTimeout: 20_000, hookTimeout: 20_000 });
afterEach(undoAll);

async function twoLeaders(config: Partial<GatewayConfig> = {}) {
  const grip = new Grip();
  const cluster = await startCluster({
    gateways: 2,
    nodes: 2,
    config,
    state: (id, shared) => (id === 'g1' ? grip.wrap(shared) : shared),
  });
  atEnd(() => grip.release());
  const [g1, g2] = cluster.gateways;
  if (g1 === undefined || g2 === undefined) throw new Error('two were started');
  /** A change that only g1 hears of, and begins to write. */
  const tell = () =>
    cluster.nodes[0]?.links.find((link) => link.peer.id === 'g1')?.send({ type: 'state', state: 'draining' });
  return { ...cluster, grip, g1, g2, tell };
}

test('a leader that stood still between its decision and its write is fenced off, even if the next one decided nothing', async () => {
  const { grip, g1, g2, state, tell } = await twoLeaders();
  grip.hold('announce', 'ring.write');
  const writes = grip.calls('ring.write');
  tell();
  await until(() => grip.calls('ring.write') > writes);
  await until(async () => (await metric(g2, 'mp_gateway_ring_leader')) === 1);
  expect(await metric(g1, 'mp_gateway_ring_leader')).toBe(1);
  await until(async () => (await state.ring.read()).epoch === 2);
  const [taken, before] = await state.ring.history(2);
  expect(taken).toMatchObject({ epoch: 2, cause: 'g2 leads', nodes: before?.nodes });
  grip.release();
  // Its write was refused; what it knows reaches the ring by the one that leads.
  await until(async () => (await metric(g1, 'mp_gateway_ring_leader')) === 0);
  await until(async () => (await ringOf({ state }))[0]?.state === 'draining');
  const history = (await state.ring.history(50)).reverse();
  const epochs = history.map(({ epoch }) => epoch);
  expect(epochs).toEqual([...epochs].sort());
  expect(history.map(({ version }) => version)).toEqual(history.map((_, i) => i + 1));
  expect(history.at(-1)).toMatchObject({ epoch: 2, cause: 'n1 drains' });
});

test('a leader that stood still before its decision asks for its lease again: it does not even try to write', async () => {
  const { grip, g1, g2, state, tell } = await twoLeaders();
  grip.hold('announce', 'announced');
  const asked = grip.calls('announced');
  tell();
  await until(() => grip.calls('announced') > asked);
  await until(async () => (await metric(g2, 'mp_gateway_ring_leader')) === 1);
  await until(async () => (await state.ring.read()).epoch === 2);
  const writes = grip.calls('ring.write');
  grip.release();
  await until(async () => (await metric(g1, 'mp_gateway_ring_leader')) === 0);
  expect(grip.calls('ring.write')).toBe(writes);
});

test('a leader that stands still while a node dies is missed soon: the next one knows that it does not count', async () => {
  // The lease ends well after the word of the one that stands still. The next one looks within two silences, also on a busy machine.
  const { grip, g2, state, nodes } = await twoLeaders({
    gatewayLeaseMs: 3500,
    gatewayViewMs: 500,
    linkSilentMs: 1000,
    linkLateMs: 20_000,
  });
  grip.hold('lease', 'announce', 'announced', 'ring.write');
  await nodes[0]?.kill();
  await until(async () => (await metric(g2, 'mp_gateway_ring_leader')) === 1);
  await until(async () => (await ringOf({ state })).length === 1);
  expect(await state.ring.read()).toMatchObject({ epoch: 2, cause: expect.stringMatching(/^n1 left: .*; g2 leads$/) });
});

test('a gateway that stood still gives its nodes their whole time again, and convicts nobody meanwhile', async () => {
  let jump = 0;
  const clock = { now: () => Date.now() + jump };
  const linkSilentMs = 1500;
  const cluster = await startCluster({
    gateways: 1,
    nodes: 2,
    clock,
    config: { linkSilentMs, gatewayLeaseMs: 20_000 },
  });
  const [n1] = cluster.nodes;
  // The link is gone at once, and no dial is answered.
  n1?.wires.cut('g1', 'refused');
  n1?.wires.cut('g1', 'silent');
  await until(async () => (await linkOf(cluster, 'g1', 'n1'))?.open === false);
  jump = 10_000;
  const since = Date.now();
  await until(async () => (await idsOf(cluster)).join() === 'n2');
  expect(Date.now() - since).toBeGreaterThanOrEqual(linkSilentMs - 50);
});

test('a gateway that stood still forgets refusals from before, too', async () => {
  let jump = 0;
  const clock = { now: () => Date.now() + jump };
  const grip = new Grip();
  const config = { linkRetryMinMs: 400, linkRetryMaxMs: 400, linkSilentMs: 5000 };
  const cluster = await startCluster({ gateways: 1, nodes: 2, clock, config, state: (_, shared) => grip.wrap(shared) });
  grip.hold('announced');
  await until(() => grip.calls('announced') > 0);
  cluster.nodes[0]?.wires.cut('g1', 'refused');
  await until(async () => ((await linkOf(cluster, 'g1', 'n1'))?.refusals ?? 0) >= 2);
  cluster.nodes[0]?.wires.heal('g1');
  jump = 10_000;
  grip.release();
  await until(async () => (await linkOf(cluster, 'g1', 'n1'))?.open);
  expect(await idsOf(cluster)).toEqual(['n1', 'n2']);
});

test('a state that has lost its leases is led with an epoch above all that it has seen', async () => {
  const state = await startState();
  const lost = { version: 7, epoch: 5, nodes: [], at: 0, cause: 'test' };
  await state.ring.write(lost, 0);
  const platform = await startGateway({ state, config: FAST });
  await startNode(platform.registry, 'n1');
  await until(async () => (await ringOf({ state })).length === 1);
  expect((await state.ring.read()).epoch).toBe(6);
  expect(await metric(platform, 'mp_gateway_ring_leader')).toBe(1);
});

test('a version that state has lost is written again, above every version that anybody has', async () => {
  let current = await startState();
  const state = new Proxy(current, {
    get(_, key) {
      const value: unknown = Reflect.get(current, key);
      return typeof value === 'function' ? value.bind(current) : value;
    },
  });
  const { registry, node } = await startPlatform({ state, config: FAST });
  await startNode(registry, 'n2');
  await until(async () => (await ringOf({ state })).length === 2);
  const grown = await state.ring.read();
  const older = await startState();
  await older.ring.write({ ...grown, version: 1, nodes: grown.nodes.slice(0, 1) }, 0);
  current = older;
  await until(async () => (await older.ring.read()).version === grown.version + 1);
  expect(await older.ring.read()).toMatchObject({
    nodes: grown.nodes,
    cause: `version ${grown.version} was lost by state`,
  });
  expect(node.links).toHaveLength(1);
});
