// Processes by identity: a pid with its start time and boot, so that a pid used again is never taken for the process meant.
import { spawn } from 'node:child_process';
import {
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  statSync,
} from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { type Command, StackError } from './types.ts';

const POLL_MS = 20;
/** A log larger than this is moved aside when its server starts. */
const LOG_BYTES_MAX = 16 * 1024 * 1024;

export interface Identity {
  pid: number;
  /** Boot id and start time in clock ticks since boot. */
  born: string;
}

/** Undefined when there is no such process, or all of it has ended and it only waits for its parent to notice. */
export function identify(pid: number): Identity | undefined {
  const stat = readOr(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' '); // a program's name may contain spaces
  if (stat === '' || fields[0] === 'X') return undefined;
  // A killed server is a zombie while its threads still end and its sockets are still open.
  if (fields[0] === 'Z' && threadsOf(pid) <= 1) return undefined;
  return { pid, born: `${readOr('/proc/sys/kernel/random/boot_id').trim()} ${fields[19]}` };
}

export function lives({ pid, born }: Identity): boolean {
  return identify(pid)?.born === born;
}

/** Sends a signal to this very process; false when it is gone. */
export function signal(identity: Identity, name: NodeJS.Signals): boolean {
  if (!lives(identity)) return false;
  try {
    return process.kill(identity.pid, name);
  } catch {
    return false;
  }
}

/** True when `gone` became true in time. */
export async function until(gone: () => boolean, timeoutMs: number): Promise<boolean> {
  const end = performance.now() + timeoutMs;
  while (!gone()) {
    if (performance.now() > end) return false;
    await delay(POLL_MS);
  }
  return true;
}

/** Processes whose working directory is `dir`. */
export function workingIn(dir: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => linkOr(`/proc/${pid}/cwd`) === dir && identify(pid) !== undefined);
}

/** Starts a server in a session of its own (a Ctrl-C of the terminal is not meant for it), its output appended to `log`. */
export async function launch({ file, args, cwd, env, account }: Command, log: string): Promise<Identity> {
  if (existsSync(log) && statSync(log).size > LOG_BYTES_MAX) renameSync(log, `${log}.1`);
  const output = openSync(log, 'a', 0o600);
  try {
    const child = spawn(file, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', output, output],
      detached: true,
      ...account,
    });
    await new Promise((resolve, reject) => child.once('spawn', resolve).once('error', reject));
    child.unref();
    const identity = child.pid === undefined ? undefined : identify(child.pid);
    if (!identity) throw new StackError(`${file} ended at once; see ${log}`);
    return identity;
  } finally {
    closeSync(output);
  }
}

/** The last lines of a file. */
export function tail(file: string, lines: number): string {
  return readOr(file).trimEnd().split('\n').slice(-lines).join('\n');
}

function threadsOf(pid: number): number {
  try {
    return readdirSync(`/proc/${pid}/task`).length;
  } catch {
    return 0;
  }
}

function readOr(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function linkOr(file: string): string {
  try {
    return readlinkSync(file);
  } catch {
    return '';
  }
}
