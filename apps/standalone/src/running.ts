// Finds the platform that runs on the data folder, for the small commands beside `npm start`.
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { z } from 'zod';
import { holderOf, readJson, runFileSchema } from './data-dir.ts';

/** Root of the checkout: relative data folders are below it, wherever a command was typed. */
export const root = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));

/** DATA_DIR as an absolute path. */
export function dataDirOf(setting: string): string {
  return resolve(root, setting);
}

/** run.json of the running platform, or a sentence on standard error and exit code 1. */
export function runningPlatform(dataDir: string): z.infer<typeof runFileSchema> {
  const run = readJson(join(dataDir, 'run.json'), runFileSchema);
  // A platform that was killed leaves its run.json behind.
  if (run && holderOf(dataDir) === run.pid) return run;
  process.stderr.write(`No platform runs on ${dataDir}. Start one with: npm start\n`);
  process.exit(1);
}
