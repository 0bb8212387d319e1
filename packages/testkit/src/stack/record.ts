// stack.json: what runs in a folder, so that a later command finds it, and the ports that were used, so that they stay the same.
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Identity, lives } from './processes.ts';
import { type Engine, StackError } from './types.ts';

export interface Entry {
  port: number;
  /** Folder of its data and log. */
  dir: string;
  /** The process, while it is meant to run. */
  process?: Identity;
  /** When it was started, ISO 8601. */
  startedAt?: string;
}

export type Stack = Partial<Record<Engine, Entry>>;

export function readStack(dir: string): Stack {
  const file = join(dir, 'stack.json');
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return {};
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new StackError(`${file} is not JSON. Stop what it names by hand, then delete it.`);
  }
}

/** Read and replaced in one step of this process; who starts engines holds the lock of the folder. */
export function record(dir: string, engine: Engine, entry: Entry): void {
  write(dir, { ...readStack(dir), [engine]: entry });
}

export function forget(dir: string, engine: Engine): void {
  const { [engine]: _gone, ...rest } = readStack(dir);
  write(dir, rest);
}

export function isRunning(entry: Entry | undefined): entry is Entry & { process: Identity } {
  return entry?.process !== undefined && lives(entry.process);
}

function write(dir: string, stack: Stack): void {
  const file = join(dir, 'stack.json');
  writeFileSync(`${file}.new`, `${JSON.stringify(stack, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
