// Settings of `npm run cluster`, and the environment of each process that it starts.
import { join } from 'node:path';
import { databaseFields, loadOrMakePepper } from '@message-push/database';
import { type Config, field } from '@message-push/runtime';
import type { Role } from '@message-push/testkit/control';
import { z } from 'zod';
import { clusterDirField, standaloneFields } from '../config.ts';
import { keptSecret } from '../data-dir.ts';
import { root } from '../running.ts';

const { host, logLevel } = standaloneFields;

export const clusterFields = {
  host,
  logLevel,
  ...databaseFields,
  dataDir: clusterDirField,
  clusterSecret: field('CLUSTER_SECRETS', z.string().min(16).optional(), 'Secrets of the inner calls.', {
    secret: true,
  }),
};
export type ClusterConfig = Config<typeof clusterFields>;

const COMPILE_CACHE = join(root, 'node_modules', '.message-push', 'compile-cache');

type Environment = Record<string, string | undefined>;

export interface Secrets {
  /** As CLUSTER_SECRETS takes them. */
  cluster: string;
  peppers: string[];
}

/** Those of the environment, else those of the data folder, made at the first start. */
export function secretsOf(config: ClusterConfig, dataDir: string): Secrets {
  return {
    cluster: config.clusterSecret ?? keptSecret(join(dataDir, 'cluster-secret.json')),
    peppers: config.peppers ?? loadOrMakePepper(join(dataDir, 'pepper')),
  };
}

/** Variables by which a user fixes the port of the first process of a role. */
const PORT_VARIABLES: Partial<Record<Role, string>> = {
  api: 'API_PORT',
  gateway: 'GATEWAY_PORT',
  console: 'CONSOLE_PORT',
};

/** All that the console needs of the launcher's environment: passwords of engines are not for a process that browsers talk to. */
const OF_THE_SYSTEM = ['PATH', 'HOME', 'LANG', 'TZ', 'NODE_OPTIONS'];

function only(environment: Environment, names: string[]): Environment {
  return Object.fromEntries(names.map((name) => [name, environment[name]]));
}

/** What a process is told besides what the launcher's own environment says of limits and engines. */
export function processEnvironment(
  role: Role,
  id: string,
  { base, host, secrets, apiUrl }: { base: Environment; host: string; secrets: Secrets; apiUrl(): string },
): Environment {
  const portVariable = id === `${role}-1` ? PORT_VARIABLES[role] : undefined;
  const common: Environment = {
    ...(role === 'console' ? only(base, OF_THE_SYSTEM) : base),
    HOST: host,
    PORT: (portVariable && base[portVariable]) || '0',
    ADVERTISE_ADDRESS: undefined,
    PROCESS_NAME: id,
    NODE_RING_KEY: role === 'node' ? id : undefined,
    // Reading the same sources takes most of a start: 0.3 s of CPU instead of 0.7 s, times nine.
    NODE_COMPILE_CACHE: base.NODE_COMPILE_CACHE ?? COMPILE_CACHE,
  };
  if (role === 'console') return { ...common, API_URL: apiUrl(), NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' };
  const proxies = [base.API_TRUSTED_PROXIES, '127.0.0.1'].filter((text) => text !== undefined && text !== '');
  return {
    ...common,
    CLUSTER_SECRETS: secrets.cluster,
    CLUSTER_SECRETS_FILE: undefined,
    PEPPER: secrets.peppers.join(','),
    PEPPER_FILE: undefined,
    // The console's process hands calls on from this machine: what it says of the caller's address is believed.
    API_TRUSTED_PROXIES: proxies.join(','),
  };
}
