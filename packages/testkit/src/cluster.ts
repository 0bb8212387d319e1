// Starts a real cluster for tests, one process per part, by the very launcher of `npm run cluster`; and adds, drains and kills its parts.
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { type ClusterCommand, controlCluster, type ProcessInfo, type Role } from './cluster-control.ts';
import { type RunInfo, readRun, root, waitForRun } from './launch.ts';

export interface ClusterOptions {
  /** Data folder of this cluster alone. */
  dir: string;
  /** Engines (BUS, KAFKA_BROKERS, …) and limits of all processes. */
  env: Record<string, string>;
  gateways?: number;
  nodes?: number;
  consumers?: number;
  apis?: number;
  /** More options of `npm run cluster`, e.g. --respawn. */
  args?: string[];
  timeoutMs?: number;
}

/** A running cluster. */
export interface RunningCluster {
  /** run.json as it is now: changes with the processes. */
  readonly run: RunInfo;
  readonly child: ChildProcess;
  /** Base URLs of the apis that live. */
  readonly apis: string[];
  /** WebSocket URLs of the gateways that live. */
  readonly gateways: string[];
  /** All that the launcher printed. */
  output(): string;
  /** Who lives, and who died. */
  processes(): Promise<ProcessInfo[]>;
  /** Resolves with the new process when it is ready. */
  add(role: Role): Promise<ProcessInfo>;
  /** kill -9; resolves when it is gone. */
  kill(id: string): Promise<void>;
  /** SIGSTOP: its connections stay open, nothing is answered. */
  pause(id: string): Promise<void>;
  /** SIGCONT. */
  resume(id: string): Promise<void>;
  /** SIGTERM; resolves when it has ended. */
  stop(id: string): Promise<void>;
  /** Empties it and ends it; resolves when it has ended. */
  drain(id: string): Promise<void>;
  /** Ctrl-C: everything ends in order. Answers the exit code. */
  stopAll(): Promise<number | null>;
  /** kill -9 of the launcher alone; its processes end by themselves. */
  killLauncher(): Promise<void>;
}

const START_MS = 120_000;

/** Resolves when every process is ready. The cluster ends with this process, however it ends. */
export async function startCluster(options: ClusterOptions): Promise<RunningCluster> {
  const { dir, env, timeoutMs = START_MS, args = [] } = options;
  const counts = (['gateways', 'nodes', 'consumers', 'apis'] as const).flatMap((name) =>
    options[name] === undefined ? [] : [`--${name}`, String(options[name])],
  );
  const child = spawn(
    process.execPath,
    [join(root, 'apps/standalone/src/cluster/main.ts'), ...counts, ...args],
    // The channel to this process is the launcher's sign that it lives.
    { env: { ...process.env, NODE_ENV: '', ...env, DATA_DIR: dir }, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk) => {
      output = (output + chunk).slice(-200_000);
    });
  }
  const exited = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  const printed = () => output;
  const first = await waitForRun(dir, Object.assign(child, { printed }), timeoutMs);
  const run = () => readRun(dir) ?? first;
  const tell = (command: ClusterCommand) => controlCluster(dir, command);
  const withId = (command: Exclude<ClusterCommand['command'], 'add' | 'status'>) => async (id: string) => {
    await tell({ command, id });
  };
  return {
    child,
    get run() {
      return run();
    },
    get apis() {
      return run().apis ?? [run().api];
    },
    get gateways() {
      return run().gateways;
    },
    output: printed,
    processes: async () => (await tell({ command: 'status' })).processes,
    async add(role) {
      const { id, processes } = await tell({ command: 'add', role });
      const added = processes.find((one) => one.id === id);
      if (!added) throw new Error(`the new ${role} is not among the processes`);
      return added;
    },
    kill: withId('kill'),
    pause: withId('pause'),
    resume: withId('resume'),
    stop: withId('stop'),
    drain: withId('drain'),
    async stopAll() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGINT');
      return exited;
    },
    async killLauncher() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
