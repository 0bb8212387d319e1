// Processes that a launcher left behind when it was killed: they stop by themselves, and the next start makes sure of it.
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { isAlive, ownerSchema, readJson, writePrivate } from '../data-dir.ts';
import type { Member } from './member.ts';
import { several } from './words.ts';

const listSchema = z.array(ownerSchema);
const GRACE_MS = 10_000;
const LOOK_MS = 50;

function fileOf(dataDir: string): string {
  return join(dataDir, 'children.json');
}

/** Remembers who lives, for the next launcher. */
export function recordChildren(dataDir: string, members: Member[]): void {
  const owners = members.filter(({ alive }) => alive).map(({ owner }) => owner);
  writePrivate(fileOf(dataDir), JSON.stringify(owners));
}

/** Waits for those that are left, then kills the rest; the caller holds the lock of the folder. */
export async function endLeftovers(dataDir: string, say: (line: string) => void): Promise<void> {
  let left = (readJson(fileOf(dataDir), listSchema) ?? []).filter(isAlive);
  if (left.length === 0) return;
  say(`Ending ${several(left.length, 'process', 'processes')} of a launcher that was killed …`);
  for (const { pid } of left) signal(pid, 'SIGCONT');
  for (const { pid } of left) signal(pid, 'SIGTERM');
  for (const until = Date.now() + GRACE_MS; left.length > 0; left = left.filter(isAlive)) {
    if (Date.now() > until) for (const { pid } of left) signal(pid, 'SIGKILL');
    await pause(LOOK_MS);
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // it has ended in the meantime
  }
}
