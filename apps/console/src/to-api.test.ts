// Calls reach an api that ends the connections it keeps whenever it likes.
import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { createToApi } from './to-api.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

async function listening(server: Server): Promise<URL> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
}

test('a connection that was kept and has ended is no api that is away', async () => {
  const answered = new Set<Socket>();
  const api = createServer((request, response) => {
    if (answered.has(request.socket)) return void request.socket.destroy();
    answered.add(request.socket);
    response.end(request.method);
  });
  const toApi = createToApi([await listening(api)]);
  const own = await listening(createServer(toApi));
  for (const method of ['GET', 'GET', 'POST', 'GET', 'POST', 'GET', 'GET']) {
    const answer = await fetch(new URL('/api/x', own), { method });
    expect([answer.status, await answer.text()]).toEqual([200, method]);
  }
});
