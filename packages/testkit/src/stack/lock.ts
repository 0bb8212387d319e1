// One process at a time in a folder; the lock of a process that is gone does not count.
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Identity, identify, lives } from './processes.ts';
import type { Say } from './types.ts';

const SAY_EVERY_MS = 4_000;
let taken = 0;

/** Waits for the lock, does the work, gives the lock back. */
export async function withLock<T>(dir: string, say: Say, work: () => Promise<T>): Promise<T> {
  mkdirSync(dir, { recursive: true });
  const lock = join(dir, 'lock');
  const mine = `${lock}.${process.pid}.${taken++}`;
  writeFileSync(mine, JSON.stringify(identify(process.pid)));
  try {
    let said = Number.NEGATIVE_INFINITY;
    while (!take(mine, lock)) {
      const owner = ownerOf(lock);
      if (owner && !lives(owner)) removeDead(lock, `${mine}.dead`);
      if (performance.now() - said > SAY_EVERY_MS) {
        if (owner && owner.pid !== process.pid && lives(owner))
          say(`waiting for process ${owner.pid}, which works in ${dir}`);
        said = performance.now();
      }
      await delay(50);
    }
  } finally {
    rmSync(mine, { force: true });
  }
  try {
    return await work();
  } finally {
    rmSync(lock, { force: true });
  }
}

/** A link fails when the name exists: one step. */
function take(mine: string, lock: string): boolean {
  try {
    linkSync(mine, lock);
    return true;
  } catch {
    return false;
  }
}

/** A rename has one winner; when it took the lock of a living owner away, that one is put back. */
function removeDead(lock: string, aside: string): void {
  try {
    renameSync(lock, aside);
  } catch {
    return;
  }
  const owner = ownerOf(aside);
  if (owner && lives(owner)) take(aside, lock);
  rmSync(aside, { force: true });
}

function ownerOf(lock: string): Identity | undefined {
  try {
    return JSON.parse(readFileSync(lock, 'utf8'));
  } catch {
    return undefined;
  }
}
