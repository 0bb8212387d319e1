// The data folder of one running platform: its lock, its secrets, and run.json that tells others where it listens.
import { randomBytes } from 'node:crypto';
import { chmodSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

export const ownerSchema = z.object({ pid: z.number(), started: z.string(), boot: z.string() });
/** A process, told apart from a later one with the same pid. */
export type Owner = z.infer<typeof ownerSchema>;

/** Takes the folder for this process, or throws a sentence that names who has it. Answers the function that gives it back. */
export function lockDataDir(dir: string): () => void {
  mkdirSync(dir, { recursive: true });
  chmodSync(dir, 0o700);
  const lock = join(dir, 'lock');
  const mine = `${lock}.${process.pid}`;
  writeFileSync(mine, JSON.stringify(ownerOf(process.pid)));
  try {
    for (let tries = 0; tries < 20; tries++) {
      try {
        linkSync(mine, lock); // fails when the lock exists, in one step
        return () => rmSync(lock, { force: true });
      } catch {
        removeIfStale(dir, lock);
      }
    }
    throw new Error(`The lock ${lock} can't be taken.`);
  } finally {
    rmSync(mine, { force: true });
  }
}

/** The pid of the process that has the folder now. */
export function holderOf(dir: string): number | undefined {
  const owner = readJson(join(dir, 'lock'), ownerSchema);
  return owner && isAlive(owner) ? owner.pid : undefined;
}

function removeIfStale(dir: string, lock: string): void {
  const owner = readJson(lock, ownerSchema);
  if (owner && isAlive(owner)) {
    throw new Error(
      `The data folder ${dir} is in use by process ${owner.pid}. Stop that one first, or choose another folder with DATA_DIR.`,
    );
  }
  // A rename has one winner: of two processes that both saw the dead owner, one takes the file away.
  const aside = `${lock}.dead.${process.pid}`;
  try {
    renameSync(lock, aside);
  } catch {
    return;
  }
  const taken = readJson(aside, ownerSchema);
  if (taken && isAlive(taken)) linkSync(aside, lock);
  rmSync(aside, { force: true });
}

/** A pid can be used again: the same process has the same start time and the same boot. */
export function isAlive(owner: Owner): boolean {
  if (owner.boot !== bootId()) return false;
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false; // node: errors carry a code
  }
  return owner.started === startedAt(owner.pid);
}

export function ownerOf(pid: number): Owner {
  return { pid, started: startedAt(pid), boot: bootId() };
}

/** Start time of a process in clock ticks since boot (field 22 of /proc/PID/stat); empty where there is no /proc. */
function startedAt(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}

function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return '';
  }
}

/** A JSON file that fits its schema, else undefined. */
export function readJson<T>(file: string, schema: z.ZodType<T>): T | undefined {
  try {
    return schema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return undefined;
  }
}

/** Writes a file that only its owner can read, in one step. */
export function writePrivate(file: string, text: string): void {
  writeFileSync(`${file}.new`, text, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

/** A secret of 32 random bytes (hex), made once and kept. */
export function keptSecret(file: string): string {
  const kept = readJson(file, z.object({ secret: z.string().length(64) }));
  if (kept) return kept.secret;
  const secret = randomBytes(32).toString('hex');
  writePrivate(file, JSON.stringify({ secret }));
  return secret;
}

/** What run.json holds: where the platform of this folder listens, and what to try it with. */
export interface RunFile {
  mode: 'standalone' | 'cluster';
  pid: number;
  /** Of a cluster the first api that lives; `apis` has all. */
  api: string;
  apis?: string[];
  gateways: string[];
  console: string | null;
  demo: { app_id: string; app_secret: string } | null;
  operator: { email: string; password: string } | null;
  processes: { role: string; id: string; pid: number; address: string }[];
}

export const runFileSchema = z.object({
  pid: z.number(),
  api: z.string(),
  gateways: z.array(z.string()).min(1),
  demo: z.object({ app_id: z.string(), app_secret: z.string() }).nullable(),
});
