// One question to a server over a bare socket, and the first bytes of its answer.
import { connect } from 'node:net';

export function ask(port: number, question: string | Buffer, signal: AbortSignal): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', signal }, () => socket.write(question));
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('closed')));
    socket.once('data', (chunk) => {
      resolve(chunk);
      socket.destroy();
    });
  });
}
