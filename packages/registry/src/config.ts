// Settings of the registry, read from the environment by the loader of runtime.
import { readFileSync } from 'node:fs';
import { type Config, ConfigError, field, flag, int } from '@message-push/runtime';
import { z } from 'zod';
import type { Registration } from './index.ts';
import type { NacosOptions } from './nacos.ts';

const ROLES: readonly Registration['role'][] = ['node', 'gateway', 'consumer', 'api'];
const FORM = 'write "role id host:port [weight]", separated by commas';

/** `node n1 10.0.0.1:7001 2, gateway g1 10.0.0.2:7002`: the processes of a static list. Their incarnations are unknown (''). */
const staticList = z
  .string()
  .default('')
  .transform((text, context): Registration[] => {
    const list: Registration[] = [];
    for (const row of text.split(',').map((part) => part.trim())) {
      if (row === '') continue;
      const parsed = parseRow(row);
      if (parsed) list.push(parsed);
      else context.addIssue({ code: 'custom', message: `"${row}" is not a process: ${FORM}` });
    }
    const keys = new Set(list.map(({ role, id }) => `${role} ${id}`));
    if (keys.size < list.length) context.addIssue({ code: 'custom', message: 'a role and id are listed twice' });
    return list;
  });

const SERVER = /^(?:[\w.-]+|\[[\da-fA-F:]+\]):\d{1,5}$/;
const serverList = z
  .string()
  .default('')
  .transform((text) => text.split(',').flatMap((server) => server.trim() || []))
  .refine((servers) => servers.every((server) => SERVER.test(server)), {
    error: 'write host:port, separated by commas',
  });

const name = z.string().regex(/^[\w-]{1,64}$/, { error: 'write 1 to 64 letters, digits, "-" or "_"' });

function parseRow(row: string): Registration | undefined {
  const [roleText = '', id = '', address = '', weightText = '1', ...more] = row.split(/\s+/);
  const role = ROLES.find((known) => known === roleText);
  const weight = Number(weightText);
  if (!role || id === '' || !/^.+:\d{1,5}$/.test(address) || !(weight > 0 && weight <= 100) || more.length > 0)
    return undefined;
  return { role, id, incarnation: '', address, weight, metadata: {} };
}

export const registryFields = {
  registry: field(
    'REGISTRY',
    z
      .enum(['embedded', 'static', 'nacos'], { error: 'write "embedded" (one process), "static" (a list) or "nacos"' })
      .default('embedded'),
    'Which registry introduces the processes to each other',
  ),
  registryStatic: field('REGISTRY_STATIC', staticList, `Processes of a static registry: ${FORM}`),
  nacosServers: field('NACOS_SERVERS', serverList, 'Nacos 2.x, 3.0 or 3.1: host:port of each server, by commas'),
  nacosTls: field('NACOS_TLS', flag(false), 'Speak TLS with Nacos'),
  nacosCaFile: field(
    'NACOS_CA_FILE',
    z.string().optional(),
    'Certificates (PEM) to trust Nacos by; unset: the system’s',
  ),
  nacosNamespace: field('NACOS_NAMESPACE', name.default('public'), 'Id of the namespace in Nacos'),
  nacosPrefix: field('NACOS_PREFIX', name.default('message-push'), 'Services in Nacos are named <prefix>-<role>'),
  nacosUsername: field('NACOS_USERNAME', z.string().optional(), 'User of Nacos; unset: it asks for none'),
  nacosPassword: field('NACOS_PASSWORD', z.string().optional(), 'Its password', { secret: true }),
  nacosConnectTimeoutMs: field(
    'NACOS_CONNECT_TIMEOUT_MS',
    int(500, 50, 10_000),
    'A server of Nacos that is not reached by then is passed over',
    { unit: 'ms' },
  ),
  nacosTimeoutMs: field('NACOS_TIMEOUT_MS', int(1_500, 100, 10_000), 'The same for its answer', { unit: 'ms' }),
  nacosBeatMs: field(
    'NACOS_BEAT_MS',
    int(1_000, 200, 10_000),
    'Pause between two heartbeats; silent for three of them is not listed, for six forgotten',
    { unit: 'ms' },
  ),
  nacosPollMs: field(
    'NACOS_POLL_MS',
    int(1_000, 100, 60_000),
    'Pause between two looks at a list that nobody says has changed',
    {
      unit: 'ms',
    },
  ),
  nacosHoldMs: field(
    'NACOS_HOLD_MS',
    int(5_000, 600, 600_000),
    'After trouble with Nacos nobody is missed for this long; more than three heartbeats',
    { unit: 'ms' },
  ),
};

export type RegistryConfig = Config<typeof registryFields>;

/** The settings of Nacos, with what they contradict each other in refused. */
export function nacosOptions(config: RegistryConfig): NacosOptions {
  const { nacosServers: servers, nacosUsername: username, nacosPassword: password } = config;
  const problems: string[] = [];
  if (servers.length === 0) problems.push('NACOS_SERVERS: REGISTRY=nacos needs at least one host:port');
  if ((username === undefined) !== (password === undefined))
    problems.push('NACOS_USERNAME: a user needs a password (NACOS_PASSWORD), and a password its user');
  if (config.nacosHoldMs <= 3 * config.nacosBeatMs)
    problems.push('NACOS_HOLD_MS: must be more than three times NACOS_BEAT_MS');
  if (config.nacosCaFile !== undefined && !config.nacosTls) problems.push('NACOS_CA_FILE: is only for NACOS_TLS=true');
  if (problems.length > 0) throw new ConfigError(problems);
  return {
    servers,
    tls: config.nacosTls,
    ca: config.nacosCaFile === undefined ? undefined : caOf(config.nacosCaFile),
    namespace: config.nacosNamespace,
    prefix: config.nacosPrefix,
    credentials: username !== undefined && password !== undefined ? { username, password } : undefined,
    connectTimeoutMs: config.nacosConnectTimeoutMs,
    timeoutMs: config.nacosTimeoutMs,
    beatMs: config.nacosBeatMs,
    pollMs: config.nacosPollMs,
    holdMs: config.nacosHoldMs,
  };
}

function caOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    throw new ConfigError([`NACOS_CA_FILE: ${path} cannot be read`]);
  }
}
