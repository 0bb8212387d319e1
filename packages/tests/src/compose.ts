// compose.yaml as it is read by tests: its services with merges and anchors resolved.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

export const root = join(dirname(fileURLToPath(import.meta.url)), '../../..');

export interface Service {
  image?: string;
  command?: string[];
  entrypoint?: string[];
  environment?: Record<string, string>;
  secrets?: string[];
  user?: string;
  cap_drop?: string[];
  ports?: string[];
  profiles?: string[];
  healthcheck?: { test: string[] };
  depends_on?: Record<string, { condition: string }>;
  deploy?: { replicas: number };
  build?: { context: string; target: string };
}

export interface Compose {
  services: Record<string, Service>;
  secrets: Record<string, { file: string }>;
  volumes: Record<string, unknown>;
}

/** The file's shape is checked by what the tests then ask of it. */
export function readCompose(): Compose {
  return parse(readFileSync(join(root, 'compose.yaml'), 'utf8'), { merge: true });
}

/** Services that run our own code. */
export function ownServices({ services }: Compose): [string, Service][] {
  return Object.entries(services).filter(([, service]) => service.build !== undefined);
}
