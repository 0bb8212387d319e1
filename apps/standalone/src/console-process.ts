// Runs the console as a child process, so that rendering a page never holds up a message.
import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { root } from './running.ts';

export interface ConsoleProcess {
  url: string;
  pid: number;
  /** Resolves when it has ended. */
  stop(): Promise<void>;
}

const START_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 3000;

/** Starts it on a port (0 = free); rejects with what it said when it can't serve. */
export function startConsole(options: { apiUrl: string; host: string; port: number }): Promise<ConsoleProcess> {
  const child = fork(join(root, 'apps/console/src/main.ts'), {
    env: {
      ...process.env,
      API_URL: options.apiUrl,
      HOST: options.host,
      PORT: String(options.port),
      NODE_ENV: 'production',
      NEXT_TELEMETRY_DISABLED: '1',
    },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    execArgv: [],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk) => {
      said = (said + chunk).slice(-4000);
    });
  }
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), START_TIMEOUT_MS);
    child.once('exit', () => {
      clearTimeout(timer);
      reject(new Error(`The console did not start:\n${said}`));
    });
    child.once('message', (message) => {
      clearTimeout(timer);
      // written by apps/console/src/main.ts
      const { listening } = message as { listening: string };
      resolve({ url: `http://${listening}`, pid: child.pid ?? 0, stop: () => stop(child) });
    });
  });
}

function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    child.once('exit', () => {
      clearTimeout(timer);
      resolve();
    });
    child.kill('SIGTERM');
  });
}
