// Who is connected: at a stop a connection ends with its last answer, and at once when none is due on it.
import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Node's own `closeIdleConnections` counts who has sent nothing yet, or half a request, as busy, until its head is overdue. */
export class Connections {
  /** Requests under way on each. */
  readonly #open = new Map<Socket, number>();
  #stopping = false;

  constructor(server: Server) {
    server.on('connection', (socket: Socket) => {
      // Of those who came just before the port was closed.
      if (this.#stopping) return void socket.destroy();
      this.#open.set(socket, 0);
      socket.once('close', () => this.#open.delete(socket));
    });
    server.on('request', ({ socket }, response: ServerResponse) => {
      this.#count(socket, 1);
      // Also when the caller has gone.
      response.once('close', () => this.#count(socket, -1));
    });
  }

  stop(): void {
    this.#stopping = true;
    for (const [socket, requests] of this.#open) if (requests === 0) socket.destroy();
  }

  #count(socket: Socket, more: number): void {
    const before = this.#open.get(socket);
    if (before === undefined) return;
    this.#open.set(socket, before + more);
    if (this.#stopping && before + more === 0) socket.destroySoon();
  }
}
