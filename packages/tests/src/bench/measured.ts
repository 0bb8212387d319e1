// Processes under measurement: the platform and a bare ws server, both started with the probe, asked in the same way.
import { type ChildProcess, spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BackEnd, backEnd, type Platform, type RunInfo, startPlatform, temporaryDir } from '@message-push/testkit';

const here = dirname(fileURLToPath(import.meta.url));
export const PROBE_ARGS = ['--expose-gc', '--import', join(here, 'probe.ts')];

/** Bytes, milliseconds of CPU and what keeps the event loop busy (count by type), of the whole process. */
export interface Reading {
  rss: number;
  heapUsed: number;
  cpuMs: number;
  resources: Record<string, number>;
}

/** Asks a process started with PROBE_ARGS and an IPC channel. `probe` collects garbage first, `cpu` does not. */
export function probe(child: ChildProcess, question: 'probe' | 'cpu' = 'probe'): Promise<Reading> {
  return new Promise((resolve) => {
    const onMessage = (message: unknown) => {
      if (typeof message !== 'object' || message === null || !('probe' in message)) return;
      child.off('message', onMessage);
      resolve(message.probe as Reading); // written by probe.ts
    };
    child.on('message', onMessage);
    child.send(question);
  });
}

/** What load is put on: one process or a cluster. */
export interface Target {
  run: RunInfo;
  back: BackEnd;
  /** WebSocket URL of a gateway. */
  url: string;
  app: string;
  /** Where the consumer tells its metrics. */
  metrics: string;
  end(): Promise<void>;
}

export interface Bench extends Target {
  platform: Platform;
}

/** The platform as `npm start -- --no-console` runs it, with the probe. */
export async function startBench(env: Record<string, string> = {}): Promise<Bench> {
  const dir = temporaryDir();
  const platform = await startPlatform({ dataDir: dir.path, nodeArgs: PROBE_ARGS, env });
  return {
    platform,
    run: platform.run,
    metrics: `${platform.run.api}/metrics`,
    back: backEnd(platform.run),
    url: platform.run.gateways[0] ?? '',
    app: platform.run.demo.app_id,
    async end() {
      await platform.kill9();
      dir.remove();
    },
  };
}

/** A bare ws server in a process of its own: the yardstick. */
export async function startBare(): Promise<{ child: ChildProcess; url: string; end(): void }> {
  const child = spawn(process.execPath, [...PROBE_ARGS, join(here, 'bare-server.ts')], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const port = await new Promise<number>((resolve) => {
    child.on('message', (message) => {
      if (typeof message === 'object' && message !== null && 'port' in message) resolve(Number(message.port));
    });
  });
  return { child, url: `ws://127.0.0.1:${port}/`, end: () => void child.kill('SIGKILL') };
}

/** Middle of an odd number of figures. */
export function median(values: number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** The value below which `share` of the sorted values lie. */
export function quantile(sorted: number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
