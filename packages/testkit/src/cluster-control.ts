// Talks to the launcher of a running cluster through the socket in its data folder.
import { request } from 'node:http';
import { join, relative } from 'node:path';

export const ROLES = ['api', 'gateway', 'node', 'consumer', 'console'] as const;
export type Role = (typeof ROLES)[number];

/** A process of the cluster, living or dead. */
export interface ProcessInfo {
  role: Role;
  id: string;
  pid: number;
  /** host:port; empty until it listens. */
  address: string;
  state: 'starting' | 'serving' | 'draining' | 'stopping' | 'paused' | 'dead';
  /** In this state since, epoch milliseconds. */
  since: number;
  /** How it ended. */
  ended?: string;
  /** What it waits for. */
  missing?: string[];
}

/** What the launcher can be told. */
export type ClusterCommand =
  | { command: 'add'; role: Role }
  | { command: 'drain' | 'stop' | 'kill' | 'pause' | 'resume'; id: string }
  | { command: 'status' };

/** One line of an answer: progress while it lasts, then the processes as they are, or why not. */
export type ControlLine = { say: string } | { id?: string; processes: ProcessInfo[] } | { error: string };

const SOCKET_PATH_MAX = 100;

/** No launcher listens there. */
export class NoClusterError extends Error {
  override name = 'NoClusterError';
}

/** Where the launcher of this data folder listens: the shorter of two forms, since a system takes about 100 characters. */
export function controlSocket(dataDir: string): string {
  const absolute = join(dataDir, 'control.sock');
  const fromHere = relative(process.cwd(), absolute);
  const path = fromHere.length < absolute.length ? fromHere : absolute;
  if (path.length > SOCKET_PATH_MAX)
    throw new Error(`DATA_DIR: ${dataDir} is too long for a socket; choose a folder with a shorter path.`);
  return path;
}

/** Resolves when the command is done, with the processes as they are then; `id` is the one that was added. */
export function controlCluster(
  dataDir: string,
  command: ClusterCommand,
  onProgress: (line: string) => void = () => undefined,
): Promise<{ id?: string; processes: ProcessInfo[] }> {
  return new Promise((resolve, reject) => {
    const call = request({ socketPath: controlSocket(dataDir), method: 'POST', path: '/' }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
        const lines = text.split('\n');
        text = lines.pop() ?? '';
        for (const line of lines) take(JSON.parse(line)); // written by the launcher: one ControlLine a line
      });
      response.on('end', () => reject(new Error('The launcher ended before it had answered.')));
      response.on('error', reject);
    });
    const take = (line: ControlLine) => {
      if ('say' in line) onProgress(line.say);
      else if ('error' in line) reject(new Error(line.error));
      else resolve(line);
    };
    call.on('error', (error: NodeJS.ErrnoException) => {
      const absent = error.code === 'ENOENT' || error.code === 'ECONNREFUSED';
      reject(absent ? new NoClusterError(`No cluster runs on ${dataDir}. Start one with: npm run cluster`) : error);
    });
    call.end(JSON.stringify(command));
  });
}
