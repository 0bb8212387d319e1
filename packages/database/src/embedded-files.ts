// The files of the embedded PostgreSQL: complete or not there, whenever the process that makes them is killed.
import { constants, cpSync, existsSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import own from '../package.json' with { type: 'json' };

const UNFINISHED_MS_MAX = 10 * 60_000;

/** The folder of the database in `dataDir`, made when it is not there. The caller holds the lock of `dataDir`. */
export async function prepareFiles(dataDir: string, templates: string, initializing: () => void): Promise<string> {
  const target = join(dataDir, 'database');
  removeUnfinished(dataDir, 'database.new-', 0);
  if (existsSync(target)) return target;
  initializing();
  const fresh = mkdtempSync(`${target}.new-`);
  const template = await templateFiles(templates);
  if (template) cpSync(template, fresh, { recursive: true, mode: constants.COPYFILE_FICLONE });
  else await initialize(fresh);
  renameSync(fresh, target);
  return target;
}

/** An initialised, empty database, made once since it takes seconds; undefined when its folder cannot be written to. */
async function templateFiles(templates: string): Promise<string | undefined> {
  const name = `embedded-${own.dependencies['@electric-sql/pglite']}`;
  const template = join(templates, name);
  if (existsSync(template)) return template;
  let fresh: string;
  try {
    removeUnfinished(templates, `${name}.new-`, UNFINISHED_MS_MAX);
    fresh = mkdtempSync(`${template}.new-`);
  } catch {
    return undefined;
  }
  await initialize(fresh);
  try {
    renameSync(fresh, template);
  } catch {
    rmSync(fresh, { recursive: true, force: true }); // another process was first
  }
  return template;
}

async function initialize(dataDir: string): Promise<void> {
  const database = await PGlite.create({ dataDir });
  await database.close();
}

/** Removes what a killed process left, if it is older than `ageMs`: younger ones may be somebody's work. */
function removeUnfinished(folder: string, prefix: string, ageMs: number): void {
  for (const name of readdirSync(folder)) {
    if (!name.startsWith(prefix)) continue;
    const path = join(folder, name);
    if (Date.now() - statSync(path).mtimeMs >= ageMs) rmSync(path, { recursive: true, force: true });
  }
}
