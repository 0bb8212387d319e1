import { createLog, loadConfig, Metrics, systemClock } from '@message-push/runtime';
import { expect, test } from 'vitest';
import { createRegistry, type Registration, registryFields } from './index.ts';

const STATIC = 'node n1 10.0.0.1:7001 2, gateway g1 [::1]:7002';

const deps = () => ({ log: createLog('test', 'silent'), metrics: new Metrics(), clock: systemClock });
const open = async (env: Record<string, string>) => createRegistry(loadConfig(registryFields, env), deps());

async function listOf(role: Registration['role'], env: Record<string, string>): Promise<Registration[]> {
  let seen: Registration[] = [];
  (await open(env)).watch(role, (list) => {
    seen = list;
  });
  return seen;
}

test('a static list is read from configuration, with weight 1 unless given', async () => {
  const env = { REGISTRY: 'static', REGISTRY_STATIC: STATIC };
  const unknown = { incarnation: '', metadata: {} };
  expect(await listOf('node', env)).toEqual([
    { role: 'node', id: 'n1', address: '10.0.0.1:7001', weight: 2, ...unknown },
  ]);
  expect(await listOf('gateway', env)).toEqual([
    { role: 'gateway', id: 'g1', address: '[::1]:7002', weight: 1, ...unknown },
  ]);
});

test.each(['node n1', 'server n1 a:1', 'node n1 a:b', 'node n1 a:1 0', 'node n1 a:1 1 x', 'node n1 a:1, node n1 b:1'])(
  'a static list with "%s" is refused with a sentence',
  (list) => {
    expect(() => loadConfig(registryFields, { REGISTRY_STATIC: list })).toThrow(/REGISTRY_STATIC: .+/);
  },
);

test('a registry that does not exist is refused with a sentence', () => {
  expect(() => loadConfig(registryFields, { REGISTRY: 'eureka' })).toThrow(/REGISTRY: write "embedded"/);
});

test('an empty static list is refused: nobody would find anybody', async () => {
  await expect(open({ REGISTRY: 'static' })).rejects.toThrow(/REGISTRY_STATIC is empty/);
});

const NACOS = { REGISTRY: 'nacos', NACOS_SERVERS: 'a:8848, 10.0.0.2:8848' };
test.each([
  ['no server', { NACOS_SERVERS: '' }, /NACOS_SERVERS: .+/],
  ['a server without a port', { NACOS_SERVERS: 'nacos' }, /NACOS_SERVERS: .+/],
  ['a user without a password', { NACOS_USERNAME: 'u' }, /NACOS_PASSWORD/],
  ['a password without a user', { NACOS_PASSWORD: 'p' }, /NACOS_USERNAME/],
  ['a prefix that is no name', { NACOS_PREFIX: 'a b' }, /NACOS_PREFIX: .+/],
  ['a hold within three beats', { NACOS_HOLD_MS: '3000' }, /NACOS_HOLD_MS: .+/],
  ['certificates without TLS', { NACOS_CA_FILE: '/ca.pem' }, /NACOS_CA_FILE: .+/],
  ['certificates that are not there', { NACOS_TLS: 'true', NACOS_CA_FILE: '/no/such/ca.pem' }, /NACOS_CA_FILE: .+/],
])('Nacos with %s is refused with a sentence', async (_, env, sentence) => {
  await expect(open({ ...NACOS, ...env })).rejects.toThrow(sentence);
});

test('a node that is not on the static list is told so; a listed one goes back to its listed form when it leaves', async () => {
  const registry = await open({ REGISTRY: 'static', REGISTRY_STATIC: STATIC });
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
