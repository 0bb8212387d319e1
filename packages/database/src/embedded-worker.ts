// The thread that owns the embedded PostgreSQL: makes its files at the first start, then serves them on a Unix socket.
import { rmSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';
import type { WorkerEvent, WorkerInput } from './embedded.ts';
import { prepareFiles } from './embedded-files.ts';
import { SharedSession } from './embedded-session.ts';

/** The platform's own connection, the admin command line, and somebody with psql. */
const CONNECTIONS_MAX = 8;
/** A client that stopped in the middle of a transaction keeps the one session: after this time it is thrown out. */
const IDLE_MS = 30_000;

async function main({ dataDir, socket, templates }: WorkerInput): Promise<void> {
  const files = await prepareFiles(dataDir, templates, () => say({ kind: 'initializing' }));
  const session = await SharedSession.open(files);
  rmSync(socket, { force: true }); // left by a process that was killed; the lock of the folder is ours
  const server = new PGLiteSocketServer({
    db: session,
    path: socket,
    maxConnections: CONNECTIONS_MAX,
    idleTimeout: IDLE_MS,
  });
  await server.start();
  parentPort?.once('message', async () => {
    await server.stop();
    await session.close();
    rmSync(socket, { force: true });
    say({ kind: 'closed' });
    parentPort?.close();
  });
  say({ kind: 'ready' });
}

function say(event: WorkerEvent): void {
  parentPort?.postMessage(event);
}

// The only sender of workerData is embedded.ts.
await main(workerData as WorkerInput);
