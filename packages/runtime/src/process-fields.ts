// Settings that every process of its own has: where it listens, where others reach it, the cluster secret, the log.
import { networkInterfaces } from 'node:os';
import { z } from 'zod';
import { type Config, field, int } from './config.ts';

/** Where a process listens when PORT is not set. */
export const DEFAULT_PORTS = { api: 8080, gateway: 8090, node: 7100, consumer: 7200 } as const;

const PORTS = Object.entries(DEFAULT_PORTS).map(([role, port]) => `${role} ${port}`);

export const processFields = {
  host: field('HOST', z.string().min(1).default('0.0.0.0'), 'Address to listen on.'),
  port: field(
    'PORT',
    z.coerce.number().int().min(0).max(65_535).optional(),
    `Port to listen on; 0 = a free one, which the log names. Unset: ${PORTS.join(', ')}.`,
  ),
  advertise: field(
    'ADVERTISE_ADDRESS',
    z
      .string()
      .max(261)
      .regex(/^(\[[0-9a-fA-F:.]+\]|[^\s:[\]/]+)(:\d{1,5})?$/, { error: 'write host or host:port' })
      .optional(),
    'host or host:port at which other processes reach this one. Unset: where it listens; with HOST=0.0.0.0 the first address of the machine.',
  ),
  processName: field(
    'PROCESS_NAME',
    z
      .string()
      .regex(/^[\w.-]{1,128}$/, { error: 'use letters, digits, dots, dashes and underscores' })
      .optional(),
    'Name of this process in logs and on the console; unset: one that is new with each start. (A node is called NODE_RING_KEY.)',
  ),
  logLevel: field(
    'LOG_LEVEL',
    z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
    'Least severe level.',
  ),
  clusterSecrets: field(
    'CLUSTER_SECRETS',
    z
      .string({ error: 'set it to the same random text for every process of the platform' })
      .transform((text) => text.split(',').map((secret) => secret.trim()))
      .refine((list) => list.every((secret) => secret.length >= 16), {
        error: 'each secret needs at least 16 characters; separate several by commas',
      }),
    'Secrets of the inner calls and of client tokens, separated by commas: the first is used, all are accepted.',
    { secret: true },
  ),
  stopTimeoutMs: field(
    'STOP_TIMEOUT_MS',
    int(60_000, 1000, 3_600_000),
    'A stop that has not ended by then is cut off (exit code 1).',
    { unit: 'ms' },
  ),
};

export type ProcessConfig = Config<typeof processFields>;

/** Where an application listens and, when it differs, where others reach it (`host` or `host:port`). */
export interface ListenAt {
  host: string;
  port: number;
  advertise?: string | undefined;
}

/** `host:port` at which others reach what is bound to `port`. */
export function reachableAt({ host, advertise }: ListenAt, port: number, interfaces = networkInterfaces()): string {
  if (advertise !== undefined) return /:\d+$/.test(advertise) ? advertise : `${advertise}:${port}`;
  if (host !== '0.0.0.0' && host !== '::') return `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const external = Object.values(interfaces)
    .flat()
    .find((one) => one !== undefined && !one.internal && one.family === 'IPv4');
  return `${external?.address ?? '127.0.0.1'}:${port}`;
}
