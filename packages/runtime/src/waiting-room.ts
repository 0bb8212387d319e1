// The port of a process whose engines are away: alive, not ready, and says what is missing.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface WaitingRoom {
  /** The port it took. */
  port: number;
  /** Frees the port. */
  close(): Promise<void>;
}

/** Listens until the application itself can. */
export async function openWaitingRoom(
  at: { host: string; port: number },
  missing: () => string[],
): Promise<WaitingRoom> {
  const server = createServer((request, response) => {
    const path = request.url?.split('?')[0];
    const alive = path === '/healthz';
    const body = alive
      ? { status: 'ok' }
      : path === '/readyz'
        ? { status: 'waiting', missing: missing() }
        : { code: 503, msg: `Not ready: ${missing().join(', ')}`, error: 'NOT_READY' };
    const headers = { 'content-type': 'application/json', connection: 'close', ...(!alive && { 'retry-after': '1' }) };
    response.writeHead(alive ? 200 : 503, headers).end(JSON.stringify(body));
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject).listen(at.port, at.host, resolve);
  await promise;
  return {
    // A TCP server that listens has an address of this form.
    port: (server.address() as AddressInfo).port,
    close() {
      server.closeAllConnections();
      return new Promise((done) => server.close(() => done()));
    },
  };
}
