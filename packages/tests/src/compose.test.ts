// compose.yaml and the Dockerfile keep what they say: pinned images, known settings, no secret, no root, a health check each.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { apiFields } from '@message-push/api';
import { archiveFields } from '@message-push/archive';
import { busFields } from '@message-push/bus';
import { consumerFields } from '@message-push/consumer';
import { databaseFields } from '@message-push/database';
import { gatewayFields } from '@message-push/gateway';
import { nodeFields } from '@message-push/node';
import { registryFields } from '@message-push/registry';
import { type Fields, processFields } from '@message-push/runtime';
import { stateFields } from '@message-push/state';
import { describe, expect, test } from 'vitest';
import { ownServices, readCompose, root } from './compose.ts';

const compose = readCompose();
const own = ownServices(compose);
const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8');
const ignored = readFileSync(join(root, '.dockerignore'), 'utf8').split('\n');

/** What each of our services reads, as its main.ts merges it. */
const FIELDS: Record<string, Fields> = {
  api: { ...apiFields, ...busFields, ...stateFields, ...archiveFields, ...databaseFields, ...registryFields },
  gateway: { ...gatewayFields, ...stateFields, ...databaseFields, ...registryFields },
  node: { ...nodeFields, ...busFields, ...stateFields, ...registryFields },
  consumer: { ...consumerFields, ...busFields, ...stateFields, ...archiveFields },
  admin: { ...databaseFields },
};

test('the topology is the one that is promised', () => {
  const replicas = Object.fromEntries(own.map(([name, service]) => [name, service.deploy?.replicas ?? 1]));
  expect(replicas).toEqual({ api: 1, gateway: 2, node: 3, consumer: 2, console: 1, admin: 1 });
  const engines = Object.keys(compose.services).filter((name) => !own.some(([known]) => known === name));
  expect(engines.sort()).toEqual(['elasticsearch', 'kafka', 'nacos', 'postgres', 'redis']);
});

describe.each(own)('%s', (name, service) => {
  test('runs a file that exists, from an image that the Dockerfile makes', () => {
    const file = [...(service.entrypoint ?? []), ...(service.command ?? [])].find((part) => part.endsWith('.ts'));
    expect(existsSync(join(root, file ?? 'none'))).toBe(true);
    expect(dockerfile).toContain(` AS ${service.build?.target}\n`);
  });

  test('is set up by known settings only, and by no secret in clear', () => {
    const variables = Object.keys(service.environment ?? {});
    if (name === 'console') return expect(variables.sort()).toEqual(['API_URL', 'PORT']);
    const fields = Object.values({ ...FIELDS[name], ...(name === 'admin' ? {} : processFields) });
    const known = fields.map(({ env, secret }) => (secret ? `${env}_FILE` : env));
    for (const variable of variables) {
      // An address with a password in it is a secret, one without is none.
      if (variable !== 'REDIS_URL') expect(known).toContain(variable);
    }
  });

  test('finds each secret file that it names', () => {
    const files = Object.entries(service.environment ?? {}).filter(([variable]) => variable.endsWith('_FILE'));
    const mounted = (service.secrets ?? []).map((secret) => `/run/secrets/${secret}`);
    expect(files.map(([, file]) => file).sort()).toEqual(mounted.sort());
    for (const secret of service.secrets ?? []) expect(compose.secrets).toHaveProperty(secret);
  });

  test('has no rights: not root, no capability', () => {
    expect(service.user).toBe('node');
    expect(service.cap_drop).toEqual(['ALL']);
  });

  test('waits for the engines that it uses, and for no other', () => {
    const text = JSON.stringify(service.environment);
    const used = ['kafka', 'redis', 'nacos', 'elasticsearch'].filter((engine) => text.includes(`${engine}:`));
    if (text.includes('DATABASE_URL')) used.push('postgres');
    expect(Object.keys(service.depends_on ?? {}).sort()).toEqual(used.sort());
  });
});

test('every service says whether it is well', () => {
  for (const [name, service] of Object.entries(compose.services)) {
    if (!service.profiles) expect(service.healthcheck?.test.length, name).toBeGreaterThan(1);
  }
});

test('every image is pinned to a full version, and the one of ours to the Node.js of this repository', () => {
  const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  expect(dockerfile.match(/^FROM node:\S+/gm)).toEqual([`FROM node:${devDependencies.node}-bookworm-slim`]);
  for (const [name, { image }] of Object.entries(compose.services)) {
    expect(image, name).toMatch(/^[a-z/-]+:v?\d+\.\d+(\.\d+)?(-[a-z]+)?$/);
  }
});

test('nothing but the public ports of the platform is open, and those on this machine alone', () => {
  const open = Object.entries(compose.services).flatMap(([name, { ports = [] }]) => ports.map((port) => [name, port]));
  expect(open.map(([name]) => name).sort()).toEqual(['api', 'console', 'gateway']);
  for (const [, port] of open) expect(port).toMatch(/^127\.0\.0\.1:/);
});

test('secrets and what is made here never get into an image or into git', () => {
  const gitIgnored = readFileSync(join(root, '.gitignore'), 'utf8').split('\n');
  for (const { file } of Object.values(compose.secrets)) expect(file).toMatch(/^secrets\//);
  expect(gitIgnored).toContain('/secrets/');
  for (const place of ['secrets', '.env', '.git', '.data', '**/node_modules']) expect(ignored).toContain(place);
});
