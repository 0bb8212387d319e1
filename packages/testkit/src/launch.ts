// Starts real processes of the platform for tests, and ends them: with Ctrl-C, or with kill -9.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Root of the checkout. */
export const root = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));

/** The contents of run.json. */
export interface RunInfo {
  pid: number;
  api: string;
  /** All apis of a cluster. */
  apis?: string[];
  gateways: string[];
  console: string | null;
  demo: { app_id: string; app_secret: string };
  operator: { email: string; password: string } | null;
  processes: { role: string; id: string; pid: number; address: string }[];
}

export interface LaunchOptions {
  dataDir: string;
  env?: Record<string, string>;
  args?: string[];
  /** Flags of Node itself, e.g. --expose-gc. */
  nodeArgs?: string[];
  timeoutMs?: number;
}

/** A running platform. */
export interface Platform {
  readonly run: RunInfo;
  readonly child: ChildProcess;
  /** All it printed so far. */
  output(): string;
  /** kill -9; resolves when the process is gone. */
  kill9(): Promise<void>;
  /** Ctrl-C; resolves with the exit code. */
  stop(): Promise<number | null>;
}

/** A fresh data folder below the system's temporary folder. */
export function temporaryDir(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'message-push-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 3 }) };
}

/** Spawns the standalone platform on free ports without waiting for it. */
export function spawnPlatform({
  dataDir,
  env = {},
  args = ['--no-console'],
  nodeArgs = [],
}: LaunchOptions): ChildProcess & { printed: () => string } {
  const child = spawn(process.execPath, [...nodeArgs, join(root, 'apps/standalone/src/main.ts'), ...args], {
    env: {
      ...process.env,
      DATA_DIR: dataDir,
      API_PORT: '0',
      GATEWAY_PORT: '0',
      CONSOLE_PORT: '0',
      NODE_ENV: '',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk) => {
      output = (output + chunk).slice(-200_000);
    });
  }
  return Object.assign(child, { printed: () => output });
}

/** Starts the standalone platform and resolves when its run.json says so. */
export async function startPlatform(options: LaunchOptions): Promise<Platform> {
  const child = spawnPlatform(options);
  const exited = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  const run = await waitForRun(options.dataDir, child, options.timeoutMs ?? 90_000);
  return {
    run,
    child,
    output: child.printed,
    async kill9() {
      child.kill('SIGKILL');
      await exited;
    },
    async stop() {
      child.kill('SIGINT');
      return exited;
    },
  };
}

/** Resolves when `child` has written its run.json; rejects with what it printed when it ended or is late. */
export async function waitForRun(
  dataDir: string,
  child: ChildProcess & { printed: () => string },
  timeoutMs: number,
): Promise<RunInfo> {
  const until = Date.now() + timeoutMs;
  while (Date.now() < until) {
    const run = readRun(dataDir);
    if (run !== undefined && run.pid === child.pid) return run;
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`the platform ended (${child.exitCode ?? child.signalCode}):\n${child.printed()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  child.kill('SIGKILL');
  throw new Error(`the platform was not ready within ${timeoutMs} ms:\n${child.printed()}`);
}

/** run.json of a data folder, undefined while there is none. */
export function readRun(dataDir: string): RunInfo | undefined {
  try {
    return JSON.parse(readFileSync(join(dataDir, 'run.json'), 'utf8'));
  } catch {
    return undefined;
  }
}
