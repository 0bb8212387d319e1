// A node that was started anew under its old name, while the ring still names its last incarnation.
import { createEmbeddedRegistry } from '@message-push/registry';
import { afterEach, expect, test } from 'vitest';
import { login, startGateway, startNode, startState, undoAll, until } from './fixture.ts';

afterEach(undoAll);

test('no session is bound at an incarnation before the ring names it: the bind would be taken for one of the dead', async () => {
  const state = await startState();
  // Somebody else leads the ring: it changes when the test says so.
  await state.lease('ring', 'another gateway', 600_000);
  const registry = createEmbeddedRegistry();
  const node = await startNode(registry, 'n1', { incarnation: 'second' });
  const ring = (version: number, incarnation: string) => ({
    version,
    epoch: 1,
    nodes: [{ id: 'n1', incarnation, address: node.registration.address, weight: 1, state: 'up' as const }],
    at: 0,
    cause: 'test',
  });
  await state.ring.write(ring(1, 'first'), 0);
  const platform = await startGateway({ state, registry, config: { gatewayBoundWaitMs: 50 } });
  await until(() => node.links.length === 1);
  const client = await login(platform, 'u1');
  expect(node.binds).toEqual([]);
  await state.ring.write(ring(2, 'second'), 1);
  await until(() => node.binds.length === 1);
  expect(node.binds[0]).toMatchObject({ uid: 'u1', ring_version: 2 });
  const [bind] = node.binds;
  if (bind) node.down(bind, 'after');
  await client.until(() => client.messages().length === 1);
});
