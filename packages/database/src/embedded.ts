// The embedded PostgreSQL (PGlite) of one data folder: in a worker thread, reached through a Unix socket like any other.
import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, realpathSync } from 'node:fs';
import { connect as connectSocket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { Log } from '@message-push/runtime';

/** Beside the generated client: made once per checkout, not part of it. */
const TEMPLATES = fileURLToPath(new URL('../generated/', import.meta.url));
/** The name that PostgreSQL drivers look for in a folder given as host. */
const SOCKET = '.s.PGSQL.5432';
/** The system's limit is 107 bytes on Linux and 103 on macOS. */
const SOCKET_PATH_MAX = 103;
/** JavaScript's part of the thread's memory: without these bounds 10,000 polls leave 100 MB more behind. */
const HEAP = { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 256 };
/** A worker that died is started again after this pause. */
const RESTART_MS = 500;

export interface Embedded {
  socketDir: string;
  close(): Promise<void>;
}

/** What the worker is told and what it says. */
export interface WorkerInput {
  dataDir: string;
  socket: string;
  /** Folder of the initialised, empty database that new ones are copied from. */
  templates: string;
}
export type WorkerEvent = { kind: 'initializing' } | { kind: 'ready' } | { kind: 'closed' };

/**
 * Opens the database in `dataDir`, making it at the first start. The caller holds the lock of the folder. Resolves when it
 * answers. A worker that dies is started again; until then calls reject as from a database that is away.
 */
export async function openEmbedded(
  dataDir: string,
  log: Log,
  { templates = TEMPLATES, spawn = spawnWorker }: { templates?: string; spawn?: (input: WorkerInput) => Worker } = {},
): Promise<Embedded> {
  mkdirSync(dataDir, { recursive: true });
  const socketDir = socketDirOf(dataDir, true);
  const input: WorkerInput = { dataDir, socket: join(socketDir, SOCKET), templates };
  let closing = false;
  let worker = await ready(spawn(input), log);
  watch();

  function watch(): void {
    worker.once('exit', () => {
      if (closing) return;
      log.error('the embedded database stopped and is started again');
      setTimeout(restart, RESTART_MS).unref();
    });
    worker.on('error', (error) => log.error({ error }, 'the embedded database failed'));
  }

  async function restart(): Promise<void> {
    try {
      if (closing) return;
      worker = await ready(spawn(input), log);
      if (closing) await stopWorker(worker);
      else watch();
    } catch (error) {
      log.error({ error }, 'the embedded database does not start');
      setTimeout(restart, RESTART_MS).unref();
    }
  }

  return {
    socketDir,
    close() {
      closing = true;
      return stopWorker(worker);
    },
  };
}

function spawnWorker(workerData: WorkerInput): Worker {
  return new Worker(new URL('./embedded-worker.ts', import.meta.url), { workerData, resourceLimits: HEAP });
}

function ready(worker: Worker, log: Log): Promise<Worker> {
  return new Promise((resolve, reject) => {
    const failed = (error: unknown) => reject(new Error('The embedded database did not open.', { cause: error }));
    worker.once('error', failed);
    worker.once('exit', failed);
    worker.on('message', (event: WorkerEvent) => {
      if (event.kind === 'initializing') log.info('making the embedded database (a few seconds, only once)');
      if (event.kind !== 'ready') return;
      worker.off('error', failed);
      worker.off('exit', failed);
      resolve(worker);
    });
  });
}

function stopWorker(worker: Worker): Promise<void> {
  if (worker.threadId === -1) return Promise.resolve(); // it has ended already
  return new Promise((resolve) => {
    worker.once('exit', () => resolve());
    worker.postMessage('close');
  });
}

/** The folder of the socket when a process serves the database of this data folder now. */
export async function runningEmbedded(dataDir: string): Promise<string | undefined> {
  let socketDir: string;
  try {
    socketDir = socketDirOf(dataDir, false);
  } catch {
    return undefined; // no such data folder
  }
  return new Promise((resolve) => {
    const socket = connectSocket(join(socketDir, SOCKET));
    socket.once('connect', () => {
      socket.destroy();
      resolve(socketDir);
    });
    socket.once('error', () => resolve(undefined));
  });
}

/**
 * The folder of the socket, for its owner alone, since whoever reaches the socket may do everything: in the data folder,
 * or, when that path is too long for a socket, in the system's temporary folder under a name made from it.
 */
function socketDirOf(dataDir: string, make: boolean): string {
  const real = realpathSync(dataDir);
  const inside = join(real, 'socket');
  const short = join(tmpdir(), `message-push-${createHash('sha256').update(real).digest('hex').slice(0, 16)}`);
  const place = Buffer.byteLength(join(inside, SOCKET)) <= SOCKET_PATH_MAX ? inside : short;
  if (make) mkdirSync(place, { recursive: true, mode: 0o700 });
  const found = lstatSync(place);
  if (!found.isDirectory() || (process.getuid && found.uid !== process.getuid()) || (found.mode & 0o077) !== 0) {
    throw new Error(`${place} must be a folder of this user alone (mode 700). Remove it, or choose another DATA_DIR.`);
  }
  return place;
}
