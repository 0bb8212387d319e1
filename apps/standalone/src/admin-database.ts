// The database for a command beside `npm start`: the running platform's own where one runs, else opened here.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import {
  createDatabase,
  type Database,
  type databaseFields,
  loadOrMakePepper,
  runningEmbedded,
} from '@message-push/database';
import { type Config, createLog } from '@message-push/runtime';
import { lockDataDir } from './data-dir.ts';

/** A platform that has the folder may still be starting (the first time it makes its database): so long it is waited for. */
const WAIT_MS = 30_000;

export interface OpenDatabase {
  database: Database;
  close(): Promise<void>;
}

/** With DATABASE_URL that one; else the embedded database of `dataDir`, which one process at a time has open. */
export async function openDatabase(config: Config<typeof databaseFields>, dataDir: string): Promise<OpenDatabase> {
  const log = createLog('admin', 'error', 2);
  if (config.databaseUrl !== undefined) {
    const database = await createDatabase({ ...config, peppers: config.peppers ?? keptPeppers(dataDir) }, { log });
    return { database, close: () => database.close() };
  }
  const deadline = Date.now() + WAIT_MS;
  for (;;) {
    if (await runningEmbedded(dataDir)) {
      const database = await createDatabase(
        { ...config, peppers: config.peppers ?? keptPeppers(dataDir) },
        { log, dir: dataDir, embedded: 'running' },
      );
      return { database, close: () => database.close() };
    }
    const unlock = tryLock(dataDir, Date.now() < deadline);
    if (unlock) return openHere(config, dataDir, unlock);
    await pause(100);
  }
}

/** Undefined while somebody else has the folder; the last try says who. */
function tryLock(dataDir: string, again: boolean): (() => void) | undefined {
  try {
    return lockDataDir(dataDir);
  } catch (error) {
    if (again) return undefined;
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${reason} It serves no embedded database: if it runs with DATABASE_URL, set the same one here.`);
  }
}

async function openHere(
  config: Config<typeof databaseFields>,
  dataDir: string,
  unlock: () => void,
): Promise<OpenDatabase> {
  try {
    const peppers = config.peppers ?? loadOrMakePepper(join(dataDir, 'pepper'));
    const database = await createDatabase(
      { ...config, peppers },
      { log: createLog('admin', 'error', 2), dir: dataDir },
    );
    return {
      database,
      async close() {
        await database.close();
        unlock();
      },
    };
  } catch (error) {
    unlock();
    throw error;
  }
}

/** The platform's pepper: a new one made here would make secrets that nobody else can verify. */
function keptPeppers(dataDir: string): string[] {
  const file = join(dataDir, 'pepper');
  if (!existsSync(file)) throw new Error(`Set PEPPER to the one that the platform runs with (there is no ${file}).`);
  return loadOrMakePepper(file);
}
