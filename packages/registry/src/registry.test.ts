import { loadConfig } from '@message-push/runtime';
import { expect, test } from 'vitest';
import { createRegistry, type Registration, registryFields } from './index.ts';

const STATIC = 'node n1 10.0.0.1:7001 2, gateway g1 [::1]:7002';

function listOf(role: Registration['role'], env: Record<string, string>): Registration[] {
  let seen: Registration[] = [];
  createRegistry(loadConfig(registryFields, env)).watch(role, (list) => {
    seen = list;
  });
  return seen;
}

test('a static list is read from configuration, with weight 1 unless given', () => {
  const env = { REGISTRY: 'static', REGISTRY_STATIC: STATIC };
  const unknown = { incarnation: '', metadata: {} };
  expect(listOf('node', env)).toEqual([{ role: 'node', id: 'n1', address: '10.0.0.1:7001', weight: 2, ...unknown }]);
  expect(listOf('gateway', env)).toEqual([{ role: 'gateway', id: 'g1', address: '[::1]:7002', weight: 1, ...unknown }]);
});

test.each(['node n1', 'server n1 a:1', 'node n1 a:b', 'node n1 a:1 0', 'node n1 a:1 1 x', 'node n1 a:1, node n1 b:1'])(
  'a static list with "%s" is refused with a sentence',
  (list) => {
    expect(() => loadConfig(registryFields, { REGISTRY_STATIC: list })).toThrow(/REGISTRY_STATIC: .+/);
  },
);

test('a registry that does not exist is refused with a sentence', () => {
  expect(() => loadConfig(registryFields, { REGISTRY: 'nacos' })).toThrow(/REGISTRY: only "embedded"/);
});

test('an empty static list is refused: nobody would find anybody', () => {
  expect(() => createRegistry(loadConfig(registryFields, { REGISTRY: 'static' }))).toThrow(/REGISTRY_STATIC is empty/);
});

test('a node that is not on the static list is told so; a listed one goes back to its listed form when it leaves', async () => {
  const registry = createRegistry(loadConfig(registryFields, { REGISTRY: 'static', REGISTRY_STATIC: STATIC }));
  const node: Registration = {
    role: 'node',
    id: 'n1',
    incarnation: 'i1',
    address: '10.0.0.1:7001',
    weight: 2,
    metadata: {},
  };
  await expect(registry.register({ ...node, id: 'n9' })).rejects.toThrow(/n9 is not in REGISTRY_STATIC/);
  const incarnations: string[] = [];
  registry.watch('node', ([first]) => incarnations.push(first?.incarnation ?? 'none'));
  await registry.register(node);
  await registry.deregister(node);
  expect(incarnations).toEqual(['', 'i1', '']);
});
