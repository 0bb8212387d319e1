import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { ConfigError, loadConfig, redacted } from './config.ts';
import { processFields, reachableAt } from './process-fields.ts';

const dir = mkdtempSync(join(tmpdir(), 'process-fields-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const SECRET = 'a secret of many characters';
const load = (env: Record<string, string>) => loadConfig(processFields, { CLUSTER_SECRETS: SECRET, ...env });
const problemsOf = (env: Record<string, string>) => {
  try {
    loadConfig(processFields, env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
};

describe('secrets', () => {
  test('lie in the environment or in a file, several by commas', () => {
    const file = join(dir, 'secrets');
    writeFileSync(file, `${SECRET},\n${SECRET} too\n`);
    expect(load({}).clusterSecrets).toEqual([SECRET]);
    expect(loadConfig(processFields, { CLUSTER_SECRETS_FILE: file }).clusterSecrets).toEqual([SECRET, `${SECRET} too`]);
  });

  test('without one, with a short one, with two sources or an unreadable file the variable is named', () => {
    expect(problemsOf({})).toEqual([expect.stringMatching(/^CLUSTER_SECRETS: set it/)]);
    expect(problemsOf({ CLUSTER_SECRETS: `${SECRET},short` })).toEqual([
      expect.stringMatching(/^CLUSTER_SECRETS: .*16/),
    ]);
    const both = { CLUSTER_SECRETS: SECRET, CLUSTER_SECRETS_FILE: join(dir, 'secrets') };
    expect(problemsOf(both)).toEqual([expect.stringMatching(/^CLUSTER_SECRETS_FILE: .*one of the two/)]);
    expect(problemsOf({ CLUSTER_SECRETS_FILE: join(dir, 'nowhere') })).toEqual([expect.stringContaining('ENOENT')]);
  });

  test('only a secret is read from a file', () => {
    expect(load({ HOST_FILE: join(dir, 'nowhere') }).host).toBe('0.0.0.0');
  });

  test('are not logged', () => {
    expect(JSON.stringify(redacted(processFields, load({})))).not.toContain(SECRET);
  });
});

describe('where others reach a process', () => {
  const interfaces = {
    lo: [one('127.0.0.1', true)],
    eth0: [{ ...one('fe80::1', false), family: 'IPv6' as const, scopeid: 1 }, one('10.1.2.3', false)],
  };
  test.each([
    [{ host: '127.0.0.1' }, '127.0.0.1:81'],
    [{ host: '::1' }, '[::1]:81'],
    [{ host: '0.0.0.0' }, '10.1.2.3:81'],
    [{ host: '::' }, '10.1.2.3:81'],
    [{ host: '0.0.0.0', advertise: 'push-1.example.com' }, 'push-1.example.com:81'],
    [{ host: '0.0.0.0', advertise: 'push-1.example.com:9000' }, 'push-1.example.com:9000'],
    [{ host: '0.0.0.0', advertise: '[fd00::7]' }, '[fd00::7]:81'],
    [{ host: '0.0.0.0', advertise: '[fd00::7]:9000' }, '[fd00::7]:9000'],
  ])('%o, bound to port 81: %s', (at, address) => {
    expect(reachableAt({ port: 0, ...at }, 81, interfaces)).toBe(address);
    if ('advertise' in at) expect(load({ ADVERTISE_ADDRESS: at.advertise }).advertise).toBe(at.advertise);
  });

  test('a machine without a network is reached on loopback', () => {
    expect(reachableAt({ host: '0.0.0.0', port: 0 }, 81, { lo: [one('127.0.0.1', true)] })).toBe('127.0.0.1:81');
  });

  test.each(['http://a:80', 'a b', ':80', 'fd00::7', 'a:port'])('%s is no address to advertise', (text) => {
    expect(problemsOf({ CLUSTER_SECRETS: SECRET, ADVERTISE_ADDRESS: text })).toEqual([
      'ADVERTISE_ADDRESS: write host or host:port',
    ]);
  });

  function one(address: string, internal: boolean) {
    return { address, internal, family: 'IPv4' as const, netmask: '', mac: '', cidr: null };
  }
});
