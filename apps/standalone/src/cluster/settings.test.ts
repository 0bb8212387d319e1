import { expect, test } from 'vitest';
import { processEnvironment, type Secrets } from './settings.ts';
import { processTable, several } from './words.ts';

const secrets: Secrets = { cluster: 'the cluster secret', peppers: ['new pepper', 'old pepper'] };
const of = (role: 'api' | 'gateway' | 'node' | 'consumer' | 'console', id: string, base: Record<string, string> = {}) =>
  processEnvironment(role, id, { base, host: '127.0.0.1', secrets, apiUrl: () => 'http://127.0.0.1:1' });

test('every process gets its name, a free port and the shared secrets, whatever the shell has set', () => {
  const shell = {
    PORT: '80',
    ADVERTISE_ADDRESS: 'elsewhere',
    PROCESS_NAME: 'x',
    PEPPER_FILE: '/x',
    NODE_RING_KEY: 'x',
  };
  expect(of('node', 'node-2', { ...shell, NODE_WEIGHT: '2' })).toMatchObject({
    HOST: '127.0.0.1',
    PORT: '0',
    ADVERTISE_ADDRESS: undefined,
    PROCESS_NAME: 'node-2',
    NODE_RING_KEY: 'node-2',
    NODE_WEIGHT: '2',
    CLUSTER_SECRETS: 'the cluster secret',
    PEPPER: 'new pepper,old pepper',
    PEPPER_FILE: undefined,
  });
  expect(of('api', 'api-1', shell).NODE_RING_KEY).toBeUndefined();
});

test('a port that somebody set is for the first of its role', () => {
  const base = { API_PORT: '8080', GATEWAY_PORT: '8090', CONSOLE_PORT: '3000' };
  const ports = (['api-1', 'api-2', 'gateway-1', 'console-1', 'node-1'] as const).map(
    (id) => of(id.split('-')[0] as 'api', id, base).PORT, // the name of each begins with its role
  );
  expect(ports).toEqual(['8080', '0', '8090', '3000', '0']);
});

test('the console learns the apis and no secret of the platform', () => {
  const env = of('console', 'console-1', { PATH: '/bin', DATABASE_URL: 'postgres://push:secret@127.0.0.1/push' });
  expect(env).toMatchObject({ PATH: '/bin', API_URL: 'http://127.0.0.1:1', NODE_ENV: 'production' });
  expect(JSON.stringify(env)).not.toContain('secret');
});

test('a proxy on this machine is believed besides those that were named', () => {
  expect(of('api', 'api-1').API_TRUSTED_PROXIES).toBe('127.0.0.1');
  expect(of('api', 'api-1', { API_TRUSTED_PROXIES: '10.0.0.1' }).API_TRUSTED_PROXIES).toBe('10.0.0.1,127.0.0.1');
});

test('the table has a line a process, with what it waits for or how it ended', () => {
  const common = { role: 'node', pid: 7, address: '127.0.0.1:1', since: 1000 } as const;
  const table = processTable(
    [
      { ...common, id: 'node-1', state: 'serving' },
      { ...common, id: 'node-22', address: '', state: 'starting', missing: ['state: no answer'] },
      { ...common, id: 'node-3', state: 'dead', ended: 'SIGKILL' },
    ],
    4400,
  );
  expect(table.split('\n')).toEqual([
    '  process  pid  address      state',
    '  node-1   7    127.0.0.1:1  serving, 3 s',
    '  node-22  7                 starting, 3 s, state: no answer',
    '  node-3   7    127.0.0.1:1  dead, 3 s, SIGKILL',
  ]);
  expect([several(1, 'node'), several(2, 'node'), several(2, 'process', 'processes')]).toEqual([
    '1 node',
    '2 nodes',
    '2 processes',
  ]);
});
