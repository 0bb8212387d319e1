// Finds the platform that runs on the data folder, for the small commands beside `npm start`.
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadConfig } from '@message-push/runtime';
import type { z } from 'zod';
import { clusterDirField, environment, isSet, standaloneFields } from './config.ts';
import { holderOf, readJson, runFileSchema } from './data-dir.ts';

/** Root of the checkout: relative data folders are below it, wherever a command was typed. */
export const root = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));

/** DATA_DIR as an absolute path. */
export function dataDirOf(setting: string): string {
  return resolve(root, setting);
}

export type RunningPlatform = z.infer<typeof runFileSchema>;

/** The platform of DATA_DIR; when that is not set, of `npm start` or else of `npm run cluster`. Exits with a sentence when none runs. */
export function runningPlatform(): RunningPlatform {
  const found = findPlatform();
  if (found) return found;
  process.stderr.write(
    `No platform runs on ${folders().join(' or ')}. Start one with: npm start (or npm run cluster)\n`,
  );
  process.exit(1);
}

/** Its run.json as it is now: in a cluster, apis and gateways come and go. */
export function findPlatform(): RunningPlatform | undefined {
  for (const folder of folders()) {
    const run = readJson(join(folder, 'run.json'), runFileSchema);
    // A platform that was killed leaves its run.json behind.
    if (run && holderOf(folder) === run.pid) return run;
  }
  return undefined;
}

function folders(): string[] {
  const { dataDir } = loadConfig({ dataDir: standaloneFields.dataDir }, environment);
  const { clusterDir } = loadConfig({ clusterDir: clusterDirField }, environment);
  return (isSet('DATA_DIR') ? [dataDir] : [dataDir, clusterDir]).map(dataDirOf);
}
