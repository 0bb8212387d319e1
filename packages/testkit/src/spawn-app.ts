// One application as a process of its own, by its main.ts, with its settings in the environment.
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Role } from './cluster-control.ts';
import { root } from './launch.ts';

export interface SpawnedApp {
  readonly child: ChildProcess;
  /** host:port where it serves; rejects with what it printed when it ends before. */
  readonly listening: Promise<string>;
  /** Exit code, null when a signal ended it. */
  readonly exited: Promise<number | null>;
  /** Lines of its standard output. */
  lines(): string[];
  /** Its standard error. */
  complaint(): string;
}

/** Starts it on a free port of loopback, from this checkout or another; `env` replaces what the test's own environment says of engines. */
export function spawnApp(role: Role, env: Record<string, string>, checkout = root): SpawnedApp {
  const child = spawn(process.execPath, [join(checkout, 'apps', role, 'src', 'main.ts')], {
    env: { PATH: process.env.PATH, HOST: '127.0.0.1', PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const printed = { out: '', err: '' };
  child.stdout?.on('data', (chunk) => {
    printed.out += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    printed.err += chunk;
  });
  const exited = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)));
  const listening = new Promise<string>((resolve, reject) => {
    child.on('message', (message: { listening?: string }) => {
      if (message.listening !== undefined) resolve(message.listening);
    });
    void exited.then(() => reject(new Error(`the ${role} ended:\n${printed.err}${printed.out}`)));
  });
  listening.catch(() => undefined); // a test that ends it on purpose does not look
  return {
    child,
    listening,
    exited,
    lines: () => printed.out.split('\n').filter((line) => line !== ''),
    complaint: () => printed.err,
  };
}
